"""Every pair of acts on one order, the first held up after each of its statements while the second runs.

Whichever way they are woven, the outcome is that of one after the other, in one order or the other, and nobody sees a
deadlock.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection

from marketplace.accounts.models import Address
from marketplace.tests.processes import wait_for
from marketplace.tests.test_crash_points import asked_to_cancel, picture
from marketplace.tests.trade import AT, SHIP_TO, make_paid_order, make_placed_order, make_shipped_order
from orders import actions
from orders.actions import Parcel
from orders.models import Order
from orders.moves import StepRefused

LATER = AT + timedelta(days=60)

Act = Callable[[Order], object]

ON_UNPAID: dict[str, Act] = {
    "pay": lambda o: actions.pay(captured_at={o.payment_id: AT}),
    "cancel": lambda o: actions.cancel(orders=[o.pk], by=o.buyer, at=AT),
    "expire": lambda o: actions.expire(orders=[o.pk], at=LATER),
}
ON_PAID: dict[str, Act] = {
    "ship": lambda o: actions.ship(by=o.seller, at=AT, parcels={o.pk: Parcel("DHL", "T")}),
    "cancel_sale": lambda o: actions.cancel_sale(orders=[o.pk], by=o.seller, at=AT),
    "request_cancellation": lambda o: actions.request_cancellation(orders=[o.pk], by=o.buyer, at=AT),
    "cancel_unshipped": lambda o: actions.cancel_unshipped(orders=[o.pk], at=LATER),
    "change_address": lambda o: actions.change_address(orders=[o.pk], by=o.buyer, at=AT, address=Address(**SHIP_TO)),
}
ON_CANCELLATION: dict[str, Act] = {
    "accept_cancellation": lambda o: actions.accept_cancellation(orders=[o.pk], by=o.seller, at=AT),
    "decline_cancellation": lambda o: actions.decline_cancellation(orders=[o.pk], by=o.seller, at=AT),
    "withdraw_cancellation": lambda o: actions.withdraw_cancellation(orders=[o.pk], by=o.buyer, at=AT),
    "cancel_unanswered": lambda o: actions.cancel_unanswered(orders=[o.pk], at=LATER),
    "ship": ON_PAID["ship"],
}
ON_SHIPPED: dict[str, Act] = {
    "confirm_receipt": lambda o: actions.confirm_receipt(orders=[o.pk], by=o.buyer, at=AT),
    "auto_confirm": lambda o: actions.auto_confirm(orders=[o.pk], at=LATER),
    "grant_extension": lambda o: actions.grant_extension(orders=[o.pk], by=o.seller, at=AT, days=5),
    "extend_protection": lambda o: actions.extend_protection(orders=[o.pk], by=o.buyer, at=AT + timedelta(days=28)),
    "report_delivery": lambda o: actions.report_delivery(
        delivered_at={shipment.pk: AT for shipment in o.shipments.all()}, at=AT
    ),
}
SITUATIONS: dict[str, tuple[Callable[[], Order], dict[str, Act]]] = {
    "unpaid": (make_placed_order, ON_UNPAID),
    "paid": (make_paid_order, ON_PAID),
    "cancellation requested": (asked_to_cancel, ON_CANCELLATION),
    "shipped": (make_shipped_order, ON_SHIPPED),
}


def attempt(act: Act, order: Order) -> None:
    """Take the step; being refused is one of its outcomes."""
    try:
        act(order)
    except StepRefused:
        return


@dataclass
class Actor:
    """Somebody with a connection of their own, who may be held up after statement number `hold_after`."""

    act: Act
    order: Order
    hold_after: int = 0
    statements: int = 0
    error: BaseException | None = None
    process_id: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Begin, in a thread."""
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            connection.ensure_connection()
            self.process_id = connection.connection.get_backend_pid()
            with connection.execute_wrapper(self._count):
                attempt(self.act, self.order)
        except BaseException as error:  # noqa: BLE001 -- the test looks at it
            self.error = error
        finally:
            connection.close()
            self.done.set()
            self.held.set()

    def _count(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        result = execute(*arguments)
        self.statements += 1
        if self.statements == self.hold_after:
            self.held.set()
            assert self.go_on.wait(60)
        return result

    def is_done_or_waits(self) -> bool:
        """Whether it has ended, or stands before somebody else's lock."""
        if self.done.is_set():
            return True
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'", [self.process_id]
            )
            return cursor.fetchone() is not None


def weave(first: Actor, second: Actor) -> bool:
    """Run the second while the first is held up; whether it came to that."""
    first.start()
    assert first.held.wait(60)
    woven = not first.done.is_set()
    second.start()
    wait_for(second.is_done_or_waits)
    first.go_on.set()
    assert first.done.wait(60)
    assert second.done.wait(60)
    assert (first.error, second.error) == (None, None)
    return woven


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.parametrize("situation", SITUATIONS)
def test_two_acts_woven_in_any_way_end_as_if_one_had_come_after_the_other(
    situation: str, audit: Callable[[], None]
) -> None:
    make, acts = SITUATIONS[situation]

    def one_after_the_other(*turns: Act) -> tuple[object, ...]:
        order = make()
        for act in turns:
            attempt(act, order)
        return picture(order)

    for (one, act), (other, other_act) in product(acts.items(), repeat=2):
        legal = [one_after_the_other(act, other_act), one_after_the_other(other_act, act)]
        hold_after, woven = 0, True
        while woven:
            hold_after += 1
            order = make()
            woven = weave(Actor(act, order, hold_after), Actor(other_act, order))
            assert picture(order) in legal, f"{one} held up after statement {hold_after} while {other} ran"
    audit()
