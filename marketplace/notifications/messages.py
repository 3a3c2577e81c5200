"""What happened, put into words for one person: in their language, their time zone, and their own money format.

A folder of templates stands for one event: `subject.txt` (one line), `in_app.txt` (a sentence or two) and `body.txt`
(the paragraphs of the e-mail). `notices/mail.txt` and `notices/mail.html` put the same paragraphs into an e-mail, with
what every e-mail has: the facts, the deadline with what happens when nobody acts, and the one page where to act.
"""

import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parseaddr

from django.conf import settings
from django.template import Context, Engine
from django.utils import timezone, translation

from marketplace.accounts.models import User
from marketplace.notifications.models import Email, Notice, OutboxEntry


@dataclass(frozen=True)
class Message:
    """One event for one person, before it is put into words.

    `template` names a folder of templates; `path` is the one page where to act or to look, on this site.
    `by_mail` is False for what is told in the app alone.
    """

    entry: OutboxEntry
    user: User
    template: str
    path: str
    context: Mapping[str, object]
    by_mail: bool = True


Composer = Callable[[Sequence[OutboxEntry], datetime], Iterable[Message]]
"""Says whom a batch of entries concerns and what they are to be told, in a constant number of queries."""


def write(message: Message, at: datetime) -> tuple[Notice, Email | None]:
    """The notice and the e-mail of a message, not saved; `at` is when they are written."""
    user, entry = message.user, message.entry
    key = {"user": user, "topic": entry.topic, "subject_id": entry.subject_id, "seq": entry.seq}
    with translation.override(user.language), timezone.override(zone_of(user)):
        context = {
            **message.context,
            "user": user,
            "at": at,
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "page_url": settings.SITE_URL + message.path,
        }
        title = _line(_text(f"{message.template}/subject.txt", context))
        body = _line(_text(f"{message.template}/in_app.txt", context))
        notice = Notice(**key, title=title, body=body, url=message.path, created_at=entry.created_at)
        if not message.by_mail:
            return notice, None
        context |= {"subject": title, "paragraphs": _paragraphs(_text(f"{message.template}/body.txt", context))}
        email = Email(
            **key,
            address=user.email,
            subject=title,
            text=_tidy(_text("notices/mail.txt", context)),
            html=Engine.get_default().get_template("notices/mail.html").render(Context(context)),
            headers=_headers(message),
            created_at=at,
            next_try_at=at,
        )
    return notice, email


def zone_of(user: User) -> tzinfo:
    """The user's time zone; UTC where it is one that this machine does not know."""
    try:
        return zoneinfo.ZoneInfo(user.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return UTC


def _text(template: str, context: Mapping[str, object]) -> str:
    """A plain text: nothing is escaped for HTML in it."""
    return Engine.get_default().get_template(template).render(Context(dict(context), autoescape=False)).strip()


def _line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> list[str]:
    """Template text as paragraphs: line breaks within one are only how the template is written."""
    return [_line(paragraph) for paragraph in re.split(r"\n\s*\n", text) if paragraph.strip()]


def _tidy(text: str) -> str:
    """Never more than one empty line, and none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"


def _headers(message: Message) -> dict[str, str]:
    """A name of the e-mail's own that a second copy shares, and that no answering machine should answer (RFC 3834)."""
    entry = message.entry
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return {
        "Message-ID": f"<{entry.topic}.{entry.subject_id}.{entry.seq}.{message.user.pk}@{domain}>",
        "Auto-Submitted": "auto-generated",
    }
