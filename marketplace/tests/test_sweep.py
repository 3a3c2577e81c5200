"""The sweep runs every part, whatever becomes of the others, and says that it ran; the second clock never gives up."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import psycopg2
import pytest
from django.core import mail as outgoing
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from psycopg2 import sql

from marketplace import sweeps, tasks
from marketplace.lib.clock import now
from marketplace.models import Sweep
from marketplace.notifications.models import Notice, OutboxEntry
from marketplace.tests.processes import on_this_database, wait_for
from marketplace.tests.trade import AT, fresh, make_paid_order, make_shipped_order
from orders.lifecycle import State

GONE = "redis://127.0.0.1:1/0"


def fail(_at: object) -> dict[str, int]:
    """A part that cannot do its work."""
    raise LookupError


@pytest.mark.django_db
def test_a_sweep_confirms_releases_tells_and_mails_in_one_go() -> None:
    order = make_shipped_order()
    assert order.due_at is not None

    counts = sweeps.sweep(order.due_at)

    assert fresh(order).state == State.COMPLETED
    assert counts["auto_confirm"] == 1
    assert counts["sent"] == 2  # what is older than a week is no news any more
    assert {tuple(message.to) for message in outgoing.outbox} == {(order.buyer.email,), (order.seller.email,)}
    assert not OutboxEntry.objects.exists()
    assert sweeps.sweep(order.due_at) == {}


@pytest.mark.django_db
def test_a_sweep_reminds_of_a_deadline_that_comes_near_once() -> None:
    order = make_shipped_order()
    assert order.due_at is not None
    near = order.due_at - timedelta(days=2)
    sweeps.sweep(AT)

    assert sweeps.sweep(near)["reminded"] == 1

    assert outgoing.outbox[-1].to == [order.buyer.email]
    assert outgoing.outbox[-1].subject.startswith("Reminder: is everything right with Bowl")
    assert "reminded" not in sweeps.sweep(near)


@pytest.mark.django_db
def test_a_part_that_fails_stops_no_other_and_is_counted() -> None:
    make_paid_order()

    counts = sweeps.sweep(AT, parts={"first": fail, "second": fail, **sweeps.PARTS})

    assert counts["errors"] == 2
    assert counts["told"] == 2
    assert Notice.objects.count() == 2


@pytest.mark.django_db
def test_a_sweep_that_is_told_to_stop_leaves_the_rest_to_the_next() -> None:
    make_paid_order()

    assert sweeps.sweep(AT, stopping=lambda: True) == {}


@pytest.mark.django_db
def test_a_sweep_records_itself_in_the_database_and_in_the_cache() -> None:
    sweeps.sweep(AT, by="worker")
    sweeps.sweep(AT + timedelta(minutes=1), by="worker")
    sweeps.sweep(AT, by="clock", parts={"first": fail})

    assert list(Sweep.objects.order_by("by").values_list("by", "at", "counts")) == [
        ("clock", AT, {"errors": 1}),
        ("worker", AT + timedelta(minutes=1), {}),
    ]
    assert cache.get(sweeps.LAST) == {"at": AT, "by": "clock", "counts": {"errors": 1}}


@pytest.mark.django_db
def test_a_sweep_needs_no_redis() -> None:
    order = make_shipped_order()
    assert order.due_at is not None
    gone = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": GONE}}

    with override_settings(CACHES=gone):
        assert sweeps.sweep(order.due_at)["auto_confirm"] == 1

    assert Sweep.objects.get().at == order.due_at


@pytest.mark.django_db
def test_the_time_of_a_sweep_is_the_databases_unless_it_is_given() -> None:
    before = now()

    tasks.sweep()

    assert before < Sweep.objects.get(by="worker").at < now()


@pytest.mark.django_db
def test_a_hint_tells_and_mails_and_leaves_the_rest_to_the_sweep() -> None:
    make_shipped_order(at=now() - timedelta(days=40))
    OutboxEntry.objects.update(created_at=now())

    tasks.tell()

    assert len(outgoing.outbox) == 3
    assert not Sweep.objects.exists()


@pytest.mark.django_db
def test_the_command_sweeps_once_and_says_what_it_did() -> None:
    make_paid_order(at=now())
    said = StringIO()

    call_command("sweep", stdout=said)

    assert said.getvalue() == "swept: told 2, sent 2\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a process of ours says what it does."""
    return tmp_path / "log"


@pytest.fixture
def clock(transactional_db: None, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The second clock as a process of its own, with a Redis that is not there."""
    words = ("manage.py", "sweep", "--loop", "--interval", "0.2")
    with on_this_database(words, log, REDIS_URL=GONE, EMAIL_URL="dummy:") as process:
        yield process


def _swept_after(moment: datetime) -> Callable[[], bool]:
    return lambda: Sweep.objects.filter(by="clock", at__gt=moment).exists()


def test_the_second_clock_sweeps_without_redis_and_ends_when_told_to(clock: subprocess.Popen[bytes]) -> None:
    order = make_shipped_order(at=now() - timedelta(days=40))

    wait_for(lambda: fresh(order).state == State.COMPLETED, clock)
    clock.send_signal(signal.SIGTERM)

    assert clock.wait(20) == 0


@contextmanager
def database_away() -> Iterator[None]:
    """Cut every connection to the test's database but the test's own, and let nobody in."""
    name = sql.Identifier(str(connection.settings_dict["NAME"]))
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_database()")
        ours = cursor.fetchone()
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as outside, outside.cursor() as cursor:
        outside.autocommit = True
        cursor.execute(allow.format(name, sql.SQL("false")))
        try:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> %s AND datname = %s", ours
            )
            yield
        finally:
            cursor.execute(allow.format(name, sql.SQL("true")))


def test_the_second_clock_goes_on_when_the_database_is_back(clock: subprocess.Popen[bytes], log: Path) -> None:
    wait_for(_swept_after(now() - timedelta(days=1)), clock)

    with database_away():
        wait_for(lambda: "the database is away" in log.read_text(), clock)

    wait_for(_swept_after(now()), clock)
