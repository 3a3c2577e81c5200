"""Celery's worker is killed again and again while it sends: each e-mail arrives once, or twice and is marked."""

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.lib import hints
from marketplace.lib.clock import now
from marketplace.notifications.models import Email, OutboxEntry
from marketplace.notifications.tests.telling import MailServer, mail_server
from marketplace.tests.processes import kill, on_this_database, wait_for
from marketplace.tests.trade import make_shipped_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

WORKER = ("-m", "celery", "-A", "marketplace", "worker", "--pool", "solo", "--without-gossip", "--without-mingle")
EMAILS = 240
KILLS = 4


def work_until(received: int, server: MailServer, log: Path, *, slowly: bool) -> None:
    """Run a worker that is told by a hint, and kill it once the mail server has so many e-mails."""
    server.seconds_per_email = 0.02 if slowly else 0.0
    smtp = f"smtp://127.0.0.1:{settings.EMAIL_PORT}"
    with on_this_database(WORKER, log, EMAIL_URL=smtp) as worker:
        assert hints.publish("marketplace.tasks.tell")
        wait_for(lambda: len(server.received) >= received, worker)
        if not slowly:
            wait_for(lambda: not Email.objects.filter(state__in=Email.OPEN_STATES).exists(), worker)
        kill(worker)


def test_each_email_arrives_once_or_twice_and_marked_however_often_the_worker_is_killed(tmp_path: Path) -> None:
    order = make_shipped_order(at=now() - timedelta(days=28))
    OutboxEntry.objects.all().delete()
    OutboxEntry.objects.bulk_create(
        OutboxEntry(topic="orders.remind_confirm_receipt", subject_id=order.pk, seq=seq, created_at=now())
        for seq in range(EMAILS)
    )
    with ExitStack() as stack:
        server = stack.enter_context(mail_server())
        for round_ in range(KILLS):
            work_until((round_ + 1) * EMAILS // (KILLS + 2), server, tmp_path / f"log{round_}", slowly=True)
        Email.objects.filter(state=Email.State.SENDING).update(next_try_at=now())  # the leases of the lost run out
        work_until(EMAILS, server, tmp_path / "last", slowly=False)

    times = Counter(str(message["Message-ID"]) for message in server.received)
    marked = Counter(str(message["Message-ID"]) for message in server.received if message["X-Possibly-Repeated"])
    assert len(times) == EMAILS
    assert max(times.values()) <= 2
    assert {name for name, number in times.items() if number == 2} <= set(marked)
    emails = Email.objects.all()
    assert {email.state for email in emails} == {Email.State.SENT}
    assert {email.headers["Message-ID"] for email in emails if email.possibly_repeated} == set(marked)
    assert len(marked) <= KILLS
