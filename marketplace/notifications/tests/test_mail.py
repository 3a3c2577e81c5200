"""E-mails reach a real mail server once; or twice at most and marked, where nobody could know; or an operator."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings

from marketplace.accounts.models import User
from marketplace.notifications import mail
from marketplace.notifications.models import Email
from marketplace.notifications.tests.telling import AT, MailServer, mail_server, make_email
from marketplace.tests.concurrency import at_once

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=10)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A real mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def user() -> User:
    """Somebody who gets e-mails."""
    return User.objects.create_user("reader@example.com", name="Ana")


def test_a_queued_email_reaches_the_server_with_both_parts_and_its_own_name(user: User, server: MailServer) -> None:
    email = make_email(user, headers={"Message-ID": "<made.up.7.1@holdfast.example>"})

    assert mail.send_due(at=AT) == {"sent": 1}

    (received,) = server.received
    assert (received["To"], received["Subject"]) == ("reader@example.com", "Number 1")
    assert received["Message-ID"] == "<made.up.7.1@holdfast.example>"
    assert [part.get_content_type() for part in received.iter_parts()] == ["text/plain", "text/html"]
    assert received["X-Possibly-Repeated"] is None
    email.refresh_from_db()
    assert (email.state, email.sent_at, email.tries, email.possibly_repeated) == (Email.State.SENT, AT, 1, False)
    assert not mail.send_due(at=LATER)


def test_an_email_that_is_not_due_waits(user: User, server: MailServer) -> None:
    make_email(user, next_try_at=AT + timedelta(seconds=1))

    assert not mail.send_due(at=AT)


def test_an_email_whose_sender_was_lost_is_sent_again_once_and_marked(user: User, server: MailServer) -> None:
    email = make_email(user, state=Email.State.SENDING, tries=1, deliveries=1, next_try_at=AT + mail.LEASE)

    assert not mail.send_due(at=AT)
    assert mail.send_due(at=AT + mail.LEASE) == {"sent": 1}

    assert server.received[0]["X-Possibly-Repeated"] == "yes"
    email.refresh_from_db()
    assert (email.state, email.possibly_repeated) == (Email.State.SENT, True)


def test_an_email_that_two_senders_were_lost_with_is_left_to_operators(user: User, server: MailServer) -> None:
    email = make_email(user, state=Email.State.SENDING, tries=2, deliveries=2)

    assert mail.send_due(at=AT) == {"dead": 1}

    assert not server.received
    email.refresh_from_db()
    assert email.state == Email.State.DEAD


def test_the_database_refuses_a_third_delivery(user: User) -> None:
    with pytest.raises(IntegrityError, match="email_at_most_twice"), transaction.atomic():
        make_email(user, deliveries=3)


def test_a_temporary_refusal_is_tried_again_and_is_not_a_delivery(user: User, server: MailServer) -> None:
    email = make_email(user)
    server.answer = lambda _message: "451 try again later"
    assert mail.send_due(at=AT) == {"refused": 1}
    assert not mail.send_due(at=AT + timedelta(seconds=59))
    server.answer = lambda _message: "250 OK"

    assert mail.send_due(at=AT + timedelta(minutes=1)) == {"sent": 1}

    email.refresh_from_db()
    assert (email.state, email.tries, email.possibly_repeated) == (Email.State.SENT, 2, False)


def test_an_address_that_does_not_exist_is_given_up_at_once(user: User, server: MailServer) -> None:
    email = make_email(user)
    server.recipient_answer = "550 no such user"

    assert mail.send_due(at=AT) == {"dead": 1}

    email.refresh_from_db()
    assert (email.state, email.deliveries) == (Email.State.DEAD, 0)
    assert "no such user" in email.last_error


def test_an_email_refused_again_and_again_is_given_up_after_eight_tries(user: User, server: MailServer) -> None:
    email = make_email(user)
    server.answer = lambda _message: "451 try again later"
    at = AT
    for _try in range(Email.MOST_TRIES - 1):
        assert mail.send_due(at=at) == {"refused": 1}
        at += timedelta(hours=3)

    assert mail.send_due(at=at) == {"dead": 1}

    server.answer = lambda _message: "250 OK"
    assert mail.send_again([email], at) == 1
    assert mail.send_due(at=at) == {"sent": 1}


def test_a_connection_lost_in_the_middle_may_have_delivered(
    user: User, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes the e-mail, and its answer is lost."""
    email = make_email(user)
    honest = smtplib.SMTP.data

    def lossy(connection: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
        honest(connection, message)
        connection.close()
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(smtplib.SMTP, "data", lossy)
    assert mail.send_due(at=AT) == {"unknown": 1}
    monkeypatch.undo()
    assert mail.send_due(at=LATER) == {"sent": 1}

    assert [message["X-Possibly-Repeated"] for message in server.received] == [None, "yes"]
    email.refresh_from_db()
    assert email.possibly_repeated


def test_one_lost_connection_does_not_stop_the_others(
    user: User, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seq in range(1, 6):
        make_email(user, seq)
    honest, broken = smtplib.SMTP.data, ["once"]

    def lossy(connection: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
        if broken:
            broken.pop()
            connection.close()
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return honest(connection, message)

    monkeypatch.setattr(smtplib.SMTP, "data", lossy)

    assert mail.send_due(at=AT) == {"unknown": 1, "sent": 4}


def test_nothing_is_claimed_where_the_server_is_away(user: User) -> None:
    email = make_email(user)
    smtp = "django.core.mail.backends.smtp.EmailBackend"

    with (
        override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1),
        pytest.raises(ConnectionRefusedError),
    ):
        mail.send_due(at=AT)

    email.refresh_from_db()
    assert (email.state, email.tries, email.deliveries) == (Email.State.QUEUED, 0, 0)


def test_an_email_that_no_longer_matters_is_not_sent(user: User, server: MailServer) -> None:
    kept, dropped = make_email(user, 1), make_email(user, 2)

    assert mail.send_due(at=AT, pointless=lambda _emails, _at: [dropped.pk]) == {"sent": 1, "pointless": 1}

    assert [message["Subject"] for message in server.received] == ["Number 1"]
    kept.refresh_from_db()
    dropped.refresh_from_db()
    assert (kept.state, dropped.state) == (Email.State.SENT, Email.State.POINTLESS)


def test_a_subject_that_cannot_be_a_header_is_given_up_at_once(user: User, server: MailServer) -> None:
    make_email(user, subject="Two\nlines")

    assert mail.send_due(at=AT) == {"dead": 1}


def test_a_record_that_comes_after_the_lease_ran_out_changes_nothing(user: User, server: MailServer) -> None:
    email = make_email(user)
    taken = mail._claim([email.pk], AT, mail.LEASE)  # noqa: SLF001
    assert taken is not None
    mail.send_due(at=AT + mail.LEASE)

    mail._record(taken, state=Email.State.DEAD)  # noqa: SLF001

    email.refresh_from_db()
    assert (email.state, email.tries) == (Email.State.SENT, 2)


@pytest.mark.django_db(transaction=True)
def test_senders_at_the_same_time_send_each_email_once(user: User, server: MailServer) -> None:
    for seq in range(1, 61):
        make_email(user, seq)

    sent = at_once([lambda: mail.send_due(at=AT)["sent"]] * 4)

    assert sum(sent) == 60
    assert sorted(str(message["Subject"]) for message in server.received) == sorted(f"Number {n}" for n in range(1, 61))
