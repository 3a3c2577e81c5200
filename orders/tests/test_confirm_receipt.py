"""Confirm Receipt: the buyer's click that releases the money."""

from datetime import timedelta

import pytest

from escrow.models import SellerBalance, Transfer
from marketplace.tests.trade import AT, fresh, make_completed_order, make_paid_order, make_shipped_order, make_user
from orders import actions
from orders.lifecycle import State
from orders.models import Deadline, OrderEvent
from orders.moves import StepRefused

pytestmark = pytest.mark.django_db


def test_confirming_releases_the_hold_to_the_seller_less_the_fee() -> None:
    order = make_shipped_order()

    moved = actions.confirm_receipt(orders=[order.pk], by=order.buyer, at=AT + timedelta(days=3))

    order = fresh(order)
    assert [one.id for one in moved] == [order.pk]
    assert order.state == State.COMPLETED
    assert order.closed_at == AT + timedelta(days=3)
    assert order.hold is not None
    assert (order.hold.state, order.hold.released_minor, order.hold.fee_taken_minor) == ("RELEASED", 4198 - 188, 188)
    assert SellerBalance.objects.get(account__owner=order.seller).available_minor == 4198 - 188
    assert not Deadline.objects.filter(order=order).exists()


def test_confirming_again_changes_nothing() -> None:
    order = make_completed_order()
    transfers = Transfer.objects.count()

    assert actions.confirm_receipt(orders=[order.pk], by=order.buyer, at=AT) == []
    assert Transfer.objects.count() == transfers
    assert OrderEvent.objects.filter(order=order, step="confirm_receipt").count() == 1


def test_a_stranger_and_the_seller_cannot_confirm() -> None:
    order = make_shipped_order()

    for person in (make_user(), order.seller):
        with pytest.raises(StepRefused):
            actions.confirm_receipt(orders=[order.pk], by=person, at=AT)
    assert fresh(order).state == State.SHIPPED


def test_an_order_that_is_not_shipped_cannot_be_confirmed() -> None:
    order = make_paid_order()

    with pytest.raises(StepRefused, match="To ship"):
        actions.confirm_receipt(orders=[order.pk], by=order.buyer, at=AT)
