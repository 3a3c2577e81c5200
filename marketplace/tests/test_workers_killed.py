"""Real Celery workers on due orders: killed in the middle of a batch, or with Redis emptied under them, they lose and
double nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

from escrow.models import SellerBalance, Transfer
from marketplace.lib import hints
from marketplace.lib.clock import now
from marketplace.tests.processes import kill, on_this_database, wait_for
from marketplace.tests.trade import make_seller, make_shipped_order, make_user, make_variant
from orders.lifecycle import State
from orders.models import Deadline, Order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.usefixtures("audit")]

WORKER = ("-m", "celery", "-A", "marketplace", "worker", "--concurrency", "1", "--without-gossip", "--without-mingle")
CLOCK = ("manage.py", "sweep", "--loop", "--interval", "0.2")
SWEEP = "marketplace.tasks.sweep"
ORDERS = 40


def make_due_orders() -> list[Order]:
    """Orders of one seller whose time to confirm was over yesterday."""
    variant, buyer = make_variant(make_seller(), stock=ORDERS), make_user()
    at = now() - timedelta(days=31)
    return [make_shipped_order(variant=variant, buyer=buyer, at=at) for _ in range(ORDERS)]


def assert_released_once(orders: list[Order]) -> None:
    """Each order is completed, with one release, and the seller has all of it."""
    assert set(Order.objects.values_list("state", flat=True)) == {State.COMPLETED}
    assert Transfer.objects.filter(kind="RELEASE").count() == len(orders)
    balance = SellerBalance.objects.get(account__owner=orders[0].seller)
    assert balance.available_minor == sum(order.net.amount_minor for order in orders)


@contextmanager
def somebody_holds_the_balance(order: Order) -> Iterator[None]:
    """Keep the seller's balance locked: whoever settles the order's batch stands still at its very last statement."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT FROM escrow_sellerbalance b JOIN escrow_account a ON a.id = b.account_id"
                " WHERE a.owner_id = %s FOR UPDATE OF b",
                [order.seller_id],
            )
        yield
    finally:
        other.close()


def is_standing_still() -> bool:
    """Whether somebody waits for a lock of another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def all_settled() -> bool:
    """Whether nothing is due any more."""
    return not Deadline.objects.exists()


def test_a_worker_killed_in_the_middle_of_a_batch_has_done_nothing_and_the_next_one_does_it_once(
    tmp_path: Path,
) -> None:
    orders = make_due_orders()
    for round_ in range(3):
        with somebody_holds_the_balance(orders[0]), on_this_database(WORKER, tmp_path / f"log{round_}") as worker:
            assert hints.publish(SWEEP)
            wait_for(is_standing_still, worker)
            kill(worker)
        assert Deadline.objects.count() == ORDERS
        assert not Transfer.objects.filter(kind="RELEASE").exists()

    with on_this_database(WORKER, tmp_path / "last") as worker:
        assert hints.publish(SWEEP)
        wait_for(all_settled, worker)

    assert_released_once(orders)


def test_two_workers_and_the_second_clock_together_release_each_order_once(tmp_path: Path) -> None:
    orders = make_due_orders()
    with (
        on_this_database(WORKER, tmp_path / "one"),
        on_this_database(WORKER, tmp_path / "two"),
        on_this_database(CLOCK, tmp_path / "clock"),
    ):
        for _ in range(6):
            hints.publish(SWEEP)
        wait_for(all_settled)

    assert_released_once(orders)


def test_redis_emptied_under_the_workers_delays_and_loses_nothing(tmp_path: Path) -> None:
    orders = make_due_orders()
    with somebody_holds_the_balance(orders[0]), on_this_database(WORKER, tmp_path / "worker") as worker:
        hints.publish(SWEEP)
        wait_for(is_standing_still, worker)
        hints.publish(SWEEP)
        redis.Redis.from_url(settings.REDIS_URL).flushdb()
        kill(worker)
    assert Deadline.objects.count() == ORDERS

    with on_this_database(CLOCK, tmp_path / "clock") as clock:
        wait_for(all_settled, clock)

    assert_released_once(orders)
