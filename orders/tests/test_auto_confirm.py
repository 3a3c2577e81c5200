"""Auto-confirm and the rest of what silence does: the sweep over the deadline table."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escrow.models import Hold, Transfer
from marketplace.catalog.models import Variant
from marketplace.lib import sql
from marketplace.tests.trade import (
    AT,
    fresh,
    make_paid_order,
    make_placed_order,
    make_seller,
    make_shipped_order,
    make_user,
    make_variant,
)
from orders import actions, sweep
from orders.lifecycle import MOST_TRIES, STATUSES, State
from orders.models import Deadline, Order, SetAside

pytestmark = pytest.mark.django_db


def make_cancellation_requested() -> Order:
    order = make_paid_order()
    actions.request_cancellation(orders=[order.pk], by=order.buyer, at=AT)
    return fresh(order)


@pytest.mark.parametrize(
    ("make", "window", "outcome"),
    [
        (make_placed_order, timedelta(hours=24), State.CANCELLED),
        (make_paid_order, timedelta(days=7), State.CANCELLED),
        (make_cancellation_requested, timedelta(hours=48), State.CANCELLED),
        (make_shipped_order, timedelta(days=30), State.COMPLETED),
    ],
)
def test_silence_takes_the_tables_step_at_the_deadline_and_not_a_second_before(
    make: Callable[[], Order], window: timedelta, outcome: State
) -> None:
    order = make()
    silence = STATUSES[State(order.state)].silence
    assert order.due_at == AT + window

    assert sweep.run_due(at=AT + window - timedelta(seconds=1)).total() == 0
    assert sweep.run_due(at=AT + window) == {silence: 1}
    assert sweep.run_due(at=AT + window).total() == 0

    assert fresh(order).state == outcome
    assert not Deadline.objects.exists()


def test_auto_confirming_releases_the_money_and_records_when_it_was_due_and_when_it_really_happened() -> None:
    order = make_shipped_order()
    due_at, late = order.due_at, AT + timedelta(days=33)

    sweep.run_due(at=late)

    event = order.events.get(step="auto_confirm")
    assert (event.at, event.due_at, event.party, event.actor_id) == (late, due_at, "SYSTEM", None)
    assert Hold.objects.get(order=order).state == "RELEASED"


def test_cancelling_by_silence_refunds_the_buyer_and_puts_the_pieces_back() -> None:
    variant = make_variant(stock=3)
    order = make_paid_order(variant=variant, quantity=2)
    assert Variant.objects.get(pk=variant.pk).stock == 1

    sweep.run_due(at=AT + timedelta(days=8))

    hold = Hold.objects.get(order=order)
    assert (hold.state, hold.refunded_minor, hold.fee_taken_minor) == ("REFUNDED", hold.amount_minor, 0)
    assert hold.operations.get().amount_minor == hold.amount_minor
    assert Variant.objects.get(pk=variant.pk).stock == 3


def test_an_order_that_expires_unpaid_gives_its_pieces_back_and_moves_no_money() -> None:
    variant = make_variant(stock=1)
    make_placed_order(variant=variant)

    sweep.run_due(at=AT + timedelta(days=2))

    assert Variant.objects.get(pk=variant.pk).stock == 1
    assert not Transfer.objects.exists()


def test_a_deadline_is_clamped_to_the_time_the_provider_lets_us_hold_the_money() -> None:
    order = make_paid_order()
    limit = AT + timedelta(days=12)
    Hold.objects.filter(order=order).update(expires_at=limit)

    actions.ship(by=order.seller, at=AT, parcels={order.pk: actions.Parcel("DHL")})

    assert fresh(order).due_at == limit


def test_a_batch_takes_the_same_number_of_statements_whatever_its_size() -> None:
    def statements(orders: int) -> int:
        variant = make_variant(make_seller(), stock=100)
        for _ in range(orders):
            make_shipped_order(variant=variant, buyer=make_user())
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert sweep.run_due(at=AT + timedelta(days=40)) == {"auto_confirm": orders}
        return len(captured)

    assert statements(1) <= statements(2) == statements(12)


def test_more_orders_than_a_batch_are_swept_batch_by_batch() -> None:
    variant = make_variant(make_seller(), stock=100)
    for _ in range(7):
        make_shipped_order(variant=variant)

    assert sweep.run_due(at=AT + timedelta(days=40), batch=3) == {"auto_confirm": 7}


def test_a_poisoned_order_is_set_aside_and_stops_nobody_else() -> None:
    variant = make_variant(make_seller(), stock=100)
    poisoned, *others = [make_shipped_order(variant=variant) for _ in range(5)]
    sql.call(
        "SELECT escrow_settle(ARRAY[%s::bigint], ARRAY[NULL::bigint], ARRAY[%s::timestamptz])", [poisoned.hold_id, AT]
    )
    at = AT + timedelta(days=40)

    assert sweep.run_due(at=at) == {"auto_confirm": 4}
    assert {fresh(order).state for order in others} == {State.COMPLETED}
    aside = SetAside.objects.get()
    assert (aside.order_id, aside.tries) == (poisoned.pk, 1)
    assert "are open" in aside.reason

    for _ in range(2 * MOST_TRIES):
        at += timedelta(hours=1)
        sweep.run_due(at=at)
    aside.refresh_from_db()
    assert (aside.tries, aside.next_try_at) == (MOST_TRIES, None)
    assert fresh(poisoned).state == State.SHIPPED
