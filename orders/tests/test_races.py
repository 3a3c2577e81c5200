"""People and workers on the same orders at the same moment: one outcome each, on real connections."""

from datetime import timedelta
from functools import partial

import pytest

from escrow.models import Hold, SellerBalance, Transfer
from marketplace.catalog.models import Variant
from marketplace.catalog.stock import OutOfStock
from marketplace.tests.concurrency import at_once
from marketplace.tests.trade import (
    AT,
    draft_of,
    fresh,
    make_paid_order,
    make_placed_order,
    make_seller,
    make_shipped_order,
    make_user,
    make_variant,
)
from orders import actions, checkout, sweep
from orders.lifecycle import State
from orders.models import Deadline, Order, OrderEvent
from orders.moves import StepRefused

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("audit")]

DUE = AT + timedelta(days=30)


def released(order: Order) -> int:
    return Transfer.objects.filter(debit_hold=order.hold, kind="RELEASE").count()


def test_twenty_clicks_at_once_release_once() -> None:
    order = make_shipped_order()
    click = partial(actions.confirm_receipt, orders=[order.pk], by=order.buyer, at=AT)

    results = at_once([click] * 20)

    assert sorted(len(moved) for moved in results) == [0] * 19 + [1]
    assert released(order) == 1
    assert SellerBalance.objects.get(account__owner=order.seller).available_minor == order.net.amount_minor


def test_confirm_auto_confirm_extension_and_cancellation_at_once_have_one_outcome() -> None:
    seller = make_seller()
    variant = make_variant(seller, stock=100)
    orders = [make_shipped_order(variant=variant) for _ in range(8)]

    for order in orders:
        results = at_once(
            [
                partial(actions.confirm_receipt, orders=[order.pk], by=order.buyer, at=DUE),
                partial(actions.auto_confirm, orders=[order.pk], at=DUE),
                partial(actions.grant_extension, orders=[order.pk], by=seller, at=DUE, days=5),
                partial(actions.cancel_sale, orders=[order.pk], by=seller, at=DUE),
            ]
        )
        unexpected = [r for r in results if isinstance(r, Exception) and not isinstance(r, StepRefused)]
        assert unexpected == []
        after = fresh(order)
        assert after.state == State.COMPLETED
        assert released(order) == 1
        assert OrderEvent.objects.filter(order=order, state=State.COMPLETED).count() == 1
    balance = SellerBalance.objects.get(account__owner=seller).available_minor
    assert balance == sum(order.net.amount_minor for order in orders)


def test_shipping_against_cancelling_by_either_side_and_silence_has_one_outcome() -> None:
    seller = make_seller()
    variant = make_variant(seller, stock=100)
    at = AT + timedelta(days=7)
    for _ in range(6):
        order = make_paid_order(variant=variant)
        parcels = {order.pk: actions.Parcel("DHL", "T")}
        results = at_once(
            [
                partial(actions.ship, by=seller, at=at, parcels=parcels),
                partial(actions.cancel_sale, orders=[order.pk], by=seller, at=at),
                partial(actions.request_cancellation, orders=[order.pk], by=order.buyer, at=at),
                partial(actions.cancel_unshipped, orders=[order.pk], at=at),
            ]
        )
        assert [r for r in results if isinstance(r, Exception) and not isinstance(r, StepRefused)] == []
        after = fresh(order)
        hold = Hold.objects.get(order=order)
        assert after.state in (State.SHIPPED, State.CANCELLED)
        assert hold.state == ("HELD" if after.state == State.SHIPPED else "REFUNDED")
        assert Deadline.objects.filter(order=order).count() == after.is_open
        assert hold.operations.count() == (after.state == State.CANCELLED)
    # every cancelled order gave its piece back, every shipped one kept it
    shipped = Order.objects.filter(state=State.SHIPPED).count()
    assert Variant.objects.get(pk=variant.pk).stock == 100 - shipped


def test_several_sweepers_share_the_work_and_settle_each_order_once() -> None:
    orders = [make_shipped_order(variant=make_variant(make_seller(), stock=9)) for _ in range(12)]
    orders += [make_shipped_order(variant=make_variant(orders[0].seller, stock=9)) for _ in range(12)]

    results = at_once([partial(sweep.run_due, at=DUE, batch=5)] * 4)

    assert sum(moved["auto_confirm"] for moved in results) + sweep.run_due(at=DUE)["auto_confirm"] == len(orders)
    assert [released(order) for order in orders] == [1] * len(orders)
    assert not Deadline.objects.exists()


def test_a_payment_against_expiry_funds_the_order_or_goes_back_to_the_buyer() -> None:
    at = AT + timedelta(hours=24)
    variant = make_variant(stock=50)
    for _ in range(6):
        order = make_placed_order(variant=variant)
        results = at_once(
            [
                partial(actions.pay, captured_at={order.payment_id: at}),
                partial(actions.expire, orders=[order.pk], at=at),
                partial(actions.pay, captured_at={order.payment_id: at}),
            ]
        )
        assert [r for r in results if isinstance(r, Exception)] == []
        after = fresh(order)
        late = Transfer.objects.filter(key=f"late_capture:{order.payment_id}")
        assert after.payment.state == "CAPTURED"
        if after.state == State.CANCELLED:
            assert after.hold is None
            assert late.get().amount_minor == order.total.amount_minor
            assert after.payment.operations.get().amount_minor == order.total.amount_minor
        else:
            assert after.state == State.AWAITING_SHIPMENT
            assert not late.exists()


def test_the_last_piece_is_sold_once_whoever_clicks() -> None:
    variant = make_variant(stock=1)
    policy = checkout.current_policy()
    place = [
        partial(checkout.place, [draft_of(make_user(), variant)], policy=policy, provider="sandbox") for _ in range(8)
    ]

    results = at_once(place)

    assert sum(isinstance(result, OutOfStock) for result in results) == 7
    assert Order.objects.count() == 1
    assert Variant.objects.get(pk=variant.pk).stock == 0
