"""Sends the queued e-mails, each once; or, where nobody can know whether it arrived, at most twice and marked.

A mail server and a database cannot commit together. So each e-mail is claimed for itself, in a statement of its own
that says "the server may have it from here on", then sent outside any transaction, then recorded. A sender that dies
in between leaves an e-mail whose lease runs out: it is sent a second time, marked as possibly repeated, and not a
third. What the server has definitely refused was not delivered, and does not count.
"""

import logging
import smtplib
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models.functions import Least

from marketplace.notifications.models import Email

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than any one e-mail takes to send: EMAIL_TIMEOUT bounds each answer of the server
ROUND = 100
PATIENCE = 20.0  # seconds; what is left then waits for the next sweep, so that a slow mail server delays nothing else
FIRST_RETRY = timedelta(minutes=1)

Pruner = Callable[[Sequence[Email], datetime], Collection[int]]
"""Of e-mails that wait, says the ids of those that no longer matter to anyone."""

CLAIM = """
UPDATE notifications_email
   SET state = 'SENDING', tries = tries + 1, deliveries = deliveries + 1, claimed_at = %(at)s, next_try_at = %(until)s
 WHERE id = (SELECT id FROM notifications_email
              WHERE id = ANY (%(ids)s)
                AND state IN ('QUEUED', 'SENDING') AND next_try_at <= %(at)s AND deliveries < %(most)s
              ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *
"""


class Refused(Exception):
    """The mail server has definitely not taken the e-mail. `for_good`: nor will it ever."""

    def __init__(self, reason: object, *, for_good: bool) -> None:
        super().__init__(str(reason))
        self.for_good = for_good


def send_due(
    *, at: datetime, pointless: Pruner = lambda _emails, _at: (), lease: timedelta = LEASE, patience: float = PATIENCE
) -> Counter[str]:
    """Send what is due; return how many e-mails were "sent", "refused", "unknown", "dead" and "pointless".

    Makes network calls: not inside a transaction. Any number of workers may run it. Raises what the mail backend
    raises where the server cannot be reached; then nothing was claimed.
    """
    counts: Counter[str] = Counter()
    give_up_at = time.monotonic() + patience
    connection: BaseEmailBackend = get_connection()
    try:
        while time.monotonic() < give_up_at and (waiting := _waiting(at)):
            before = counts.total()
            counts["dead"] += _bury_lost(at)
            counts["pointless"] += _drop(pointless(waiting, at))
            ids = [email.pk for email in waiting]
            while time.monotonic() < give_up_at:
                connection.open()  # where the server is away this raises before anything is claimed
                email = _claim(ids, at, lease)
                if email is None:
                    break
                counts[_deliver(email, connection, at)] += 1
            if counts.total() == before:
                break  # other senders have them all
    finally:
        connection.close()
    return +counts


def send_again(emails: Sequence[Email], at: datetime) -> int:
    """An operator wants these dead e-mails sent after all. Returns how many.

    One that may have been delivered goes out marked as possibly repeated.
    """
    return Email.objects.filter(pk__in=[email.pk for email in emails], state=Email.State.DEAD).update(
        state=Email.State.QUEUED, tries=0, deliveries=Least("deliveries", Email.MOST_DELIVERIES - 1), next_try_at=at
    )


def _waiting(at: datetime) -> list[Email]:
    """A round of e-mails that are due, without their texts."""
    return list(Email.objects.to_send(at).defer("text", "html")[:ROUND])


def _claim(ids: Sequence[int], at: datetime, lease: timedelta) -> Email | None:
    """Take the one of these that waited longest; from here on the server may have it."""
    facts = {"ids": list(ids), "at": at, "until": at + lease, "most": Email.MOST_DELIVERIES}
    return next(iter(Email.objects.raw(CLAIM, facts)), None)


def _bury_lost(at: datetime) -> int:
    """Give up e-mails whose second sender was lost too: a third copy is worse than asking an operator."""
    lost = Email.objects.to_send(at).filter(deliveries__gte=Email.MOST_DELIVERIES)
    return lost.order_by().update(state=Email.State.DEAD, last_error="Two senders were lost while they sent it.")


def _drop(pks: Collection[int]) -> int:
    return Email.objects.filter(pk__in=pks, state=Email.State.QUEUED).update(state=Email.State.POINTLESS)


def _deliver(email: Email, connection: BaseEmailBackend, at: datetime) -> str:
    """Send one claimed e-mail and record what became of it: "sent", "refused", "unknown" or "dead"."""
    try:
        _hand_over(email, connection)
    except Refused as refusal:
        email.deliveries -= 1
        return _failed(email, "refused", refusal, at, give_up=refusal.for_good)
    except Exception as error:  # noqa: BLE001 -- whatever it was, the server may have the e-mail
        connection.close()
        return _failed(email, "unknown", error, at, give_up=email.deliveries >= Email.MOST_DELIVERIES)
    _record(email, state=Email.State.SENT, sent_at=at, last_error="")
    return "sent"


def _hand_over(email: Email, connection: BaseEmailBackend) -> None:
    """Give one e-mail to the mail server. Raises Refused where it has certainly not taken it."""
    headers = dict(email.headers)
    if email.deliveries > 1:
        headers["X-Possibly-Repeated"] = "yes"
    message = EmailMultiAlternatives(email.subject, email.text, to=[email.address], headers=headers)
    message.attach_alternative(email.html, "text/html")
    message.connection = connection
    try:
        message.message()
    except ValueError as error:  # a header that cannot be written
        raise Refused(error, for_good=True) from error
    try:
        if not message.send():
            raise Refused("the mail backend sent nothing", for_good=False)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _reason in error.recipients.values()]
        raise Refused(error, for_good=all(code >= 500 for code in codes)) from error
    except smtplib.SMTPDataError as error:
        raise Refused(error, for_good=error.smtp_code >= 500) from error
    except (smtplib.SMTPResponseException, smtplib.SMTPNotSupportedError) as error:
        raise Refused(error, for_good=False) from error  # of our address or our settings: an operator can mend it


def _failed(email: Email, outcome: str, error: Exception, at: datetime, *, give_up: bool) -> str:
    """Record a failure: try again later, or give up."""
    dead = give_up or email.tries >= Email.MOST_TRIES
    logger.warning("e-mail %s (%s) was %s: %r", email.pk, email.topic, outcome, error)
    _record(
        email,
        state=Email.State.DEAD if dead else Email.State.QUEUED,
        deliveries=email.deliveries,
        next_try_at=at + FIRST_RETRY * 2 ** (email.tries - 1),
        last_error=repr(error)[:1000],
    )
    return "dead" if dead else outcome


def _record(email: Email, **facts: object) -> None:
    """Write down what became of our claim, unless its lease ran out and another sender has it."""
    Email.objects.filter(pk=email.pk, state=Email.State.SENDING, tries=email.tries).update(**facts)
