"""What the tests of this app share: a made-up event, and a real mail server that remembers what it got."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.test import override_settings

from marketplace.accounts.models import User
from marketplace.notifications.messages import Message
from marketplace.notifications.models import Email, OutboxEntry

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEMPLATES = {
    "made_up/subject.txt": "{{ what }} & more",
    "made_up/in_app.txt": "It was {{ what }},\nreally.",
    "made_up/body.txt": "First <{{ what }}>\nparagraph.\n\nSecond paragraph.",
}


def made_up_templates() -> override_settings:
    """Settings under which the templates of a made-up event exist beside the project's own."""
    loaders = [("django.template.loaders.locmem.Loader", TEMPLATES), "django.template.loaders.filesystem.Loader"]
    engine: dict[str, Any] = settings.TEMPLATES[0]
    options = {**engine["OPTIONS"], "loaders": loaders}
    return override_settings(TEMPLATES=[{**engine, "APP_DIRS": False, "OPTIONS": options}])


def make_entries(number: int) -> list[OutboxEntry]:
    """So many events of a made-up subject."""
    return OutboxEntry.objects.bulk_create(
        OutboxEntry(topic="made.up", subject_id=7, seq=seq, created_at=AT) for seq in range(1, number + 1)
    )


def tells(user: User, *, poison: Sequence[int] = ()) -> Callable[..., list[Message]]:
    """A composer that tells the user of every entry, and fails with any batch that has one of the poisonous seqs."""

    def compose(entries: Sequence[OutboxEntry], at: datetime) -> list[Message]:
        if any(entry.seq in poison for entry in entries):
            raise LookupError("poison")
        return [
            Message(
                entry=entry,
                user=user,
                template="made_up",
                path="/somewhere/",
                context={"what": "this", "action": "Look", "facts": [("Order", "A1")]},
            )
            for entry in entries
        ]

    return compose


def make_email(user: User, seq: int = 1, **facts: object) -> Email:
    """A queued e-mail to the user."""
    given = {"topic": "made.up", "subject_id": 7, "seq": seq, "address": user.email, "subject": f"Number {seq}"}
    times = {"created_at": AT, "next_try_at": AT, "text": "Text", "html": "<p>Text</p>"}
    return Email.objects.create(user=user, **{**given, **times, **facts})


class MailServer:
    """A real SMTP server on a port of its own. `answer` is asked for each e-mail's reply, after it was kept."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answer: Callable[[EmailMessage], str] = lambda _message: "250 OK"
        self.recipient_answer = "250 OK"
        self.seconds_per_email = 0.0  # that the server takes after it has an e-mail and before it says so

    async def handle_RCPT(  # noqa: N802 -- the server's name for it
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take or refuse a recipient."""
        if self.recipient_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep an e-mail and answer."""
        assert isinstance(envelope.content, bytes)
        message = BytesParser(policy=SMTP_POLICY).parsebytes(envelope.content)
        assert isinstance(message, EmailMessage)
        answer = self.answer(message)
        if answer.startswith("2"):
            self.received.append(message)
        await asyncio.sleep(self.seconds_per_email)
        return answer


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server, with Django's settings pointing to it."""
    server = MailServer()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        with override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_TIMEOUT=5):
            yield server
    finally:
        controller.stop()
