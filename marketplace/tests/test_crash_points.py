"""Every money action is cut off after each of its statements, by an error and by a lost connection.

Whatever was cut off happened wholly or not at all, the books are sound, and taking the same step again ends in the same
place as if nothing had happened.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from escrow import operations
from escrow.models import ProviderOperation, Transfer
from escrow.providers.base import ProviderRefund, RefundState
from marketplace.tests.trade import (
    AT,
    draft_of,
    fresh,
    make_paid_order,
    make_placed_order,
    make_shipped_order,
    make_user,
    make_variant,
)
from orders import actions, checkout, sweep
from orders.models import Deadline, Order, OrderEvent

LATER = AT + timedelta(days=60)


class CutOff(BaseException):
    """What the end of a process looks like from inside: nothing that code for errors catches."""


@dataclass
class Crash:
    """Cuts off after statement number `after`, and says whether it came to that."""

    after: int
    lose_connection: bool
    seen: int = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- Django's signature
        result = execute(sql, params, many, context)
        self.seen += 1
        if self.seen == self.after:
            if self.lose_connection:
                connection.connection.close()
            raise CutOff
        return result


@contextmanager
def cut_off(crash: Crash) -> Iterator[None]:
    """Run what is inside until it is cut off; then go on with a new connection."""
    with suppress(CutOff, DatabaseError), connection.execute_wrapper(crash):
        yield
    if crash.lose_connection:
        connection.close()


def asked_to_cancel() -> Order:
    order = make_paid_order()
    actions.request_cancellation(orders=[order.pk], by=order.buyer, at=AT)
    return fresh(order)


def refund_on_its_way() -> Order:
    order = make_paid_order()
    actions.cancel_sale(orders=[order.pk], by=order.seller, at=AT)
    return fresh(order)


def answer_refund(order: Order) -> None:
    operation = ProviderOperation.objects.get(hold=order.hold_id)
    operations.record(
        ProviderRefund(
            id="ref_1",
            reference=operation.key,
            payment_id="pay_1",
            state=RefundState.SUCCEEDED,
            amount_minor=operation.amount_minor,
            currency=operation.currency,
        ),
        provider="sandbox",
        at=AT,
    )


def pay_late(order: Order) -> None:
    actions.pay(captured_at={order.payment_id: AT})


def expired() -> Order:
    order = make_placed_order()
    sweep.run_due(at=AT + timedelta(days=2))
    return fresh(order)


MONEY_ACTIONS: dict[str, tuple[Callable[[], Order], Callable[[Order], object]]] = {
    "pay": (make_placed_order, lambda order: actions.pay(captured_at={order.payment_id: AT})),
    "pay too late": (expired, pay_late),
    "cancel": (make_placed_order, lambda order: actions.cancel(orders=[order.pk], by=order.buyer, at=AT)),
    "cancel_sale": (make_paid_order, lambda order: actions.cancel_sale(orders=[order.pk], by=order.seller, at=AT)),
    "accept_cancellation": (
        asked_to_cancel,
        lambda order: actions.accept_cancellation(orders=[order.pk], by=order.seller, at=AT),
    ),
    "confirm_receipt": (
        make_shipped_order,
        lambda order: actions.confirm_receipt(orders=[order.pk], by=order.buyer, at=AT),
    ),
    "sweep shipped": (make_shipped_order, lambda order: sweep.settle(order, at=LATER)),
    "sweep unshipped": (make_paid_order, lambda order: sweep.settle(order, at=LATER)),
    "sweep unpaid": (make_placed_order, lambda order: sweep.settle(order, at=LATER)),
    "refund answered": (refund_on_its_way, answer_refund),
}


def picture(order: Order) -> tuple[object, ...]:
    """All that an action may change about an order and its money, without times of recording."""
    order = fresh(order)
    hold = order.hold
    return (
        order.state,
        order.due_at,
        order.payment.state,
        list(OrderEvent.objects.filter(order=order).values_list("step", flat=True)),
        list(Deadline.objects.filter(order=order).values_list("due_at", "state")),
        (hold.state, hold.released_minor, hold.fee_taken_minor, hold.refunded_minor) if hold else None,
        list(order.payment.operations.values_list("state", "amount_minor")),
        sorted(hold.debits.values_list("kind", "amount_minor")) if hold else None,
        Transfer.objects.filter(key=f"late_capture:{order.payment_id}").count(),
        [line.variant.stock for line in order.lines.select_related("variant") if line.variant],
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.parametrize("lose_connection", [False, True], ids=["raise", "lose connection"])
@pytest.mark.parametrize("name", MONEY_ACTIONS)
def test_a_money_action_cut_off_anywhere_happens_once_in_the_end(
    *, name: str, lose_connection: bool, audit: Callable[[], None]
) -> None:
    make, act = MONEY_ACTIONS[name]
    undisturbed = make()
    before = picture(undisturbed)
    act(undisturbed)
    done = picture(undisturbed)
    assert done != before

    after = 0
    while True:
        after += 1
        crash = Crash(after, lose_connection)
        order = make()
        with cut_off(crash):
            act(order)
        if crash.seen < after:
            break
        assert picture(order) in (before, done), f"half done when cut off after statement {after}"
        act(order)
        assert picture(order) == done, f"not done after a second try, cut off after statement {after}"
        audit()
    assert after > 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lose_connection", [False, True], ids=["raise", "lose connection"])
def test_placing_an_order_cut_off_anywhere_places_it_or_nothing(*, lose_connection: bool) -> None:
    variant, buyer, policy = make_variant(stock=1000), make_user(), checkout.current_policy()
    after = 0
    while True:
        after += 1
        crash = Crash(after, lose_connection)
        before = (Order.objects.count(), Deadline.objects.count())
        variant.refresh_from_db()
        stock = variant.stock
        with cut_off(crash):
            checkout.place([draft_of(buyer, variant)], policy=policy, provider="sandbox")
        if crash.seen < after:
            break
        variant.refresh_from_db()
        assert (Order.objects.count(), Deadline.objects.count(), variant.stock) == (*before, stock)
    assert after > 5
