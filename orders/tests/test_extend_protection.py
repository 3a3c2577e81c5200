"""More time for the buyer: taken once in the last days, or granted by the seller within the cap."""

from datetime import timedelta

import pytest

from marketplace.tests.trade import AT, fresh, make_shipped_order, make_user
from orders import actions, rules
from orders.lifecycle import STEPS, Party
from orders.moves import StepRefused

pytestmark = pytest.mark.django_db


def test_the_buyer_extends_once_in_the_last_days() -> None:
    order = make_shipped_order()
    late = AT + timedelta(days=28)

    assert STEPS["extend_protection"] in rules.available(order, Party.BUYER, late)
    actions.extend_protection(orders=[order.pk], by=order.buyer, at=late)

    assert fresh(order).due_at == AT + timedelta(days=33)
    assert STEPS["extend_protection"] not in rules.available(fresh(order), Party.BUYER, late)
    with pytest.raises(StepRefused, match="extended protection already"):
        actions.extend_protection(orders=[order.pk], by=order.buyer, at=late)


def test_it_is_too_early_to_extend_before_the_last_days() -> None:
    order = make_shipped_order()

    assert STEPS["extend_protection"] not in rules.available(order, Party.BUYER, AT)
    with pytest.raises(StepRefused, match="there is time yet"):
        actions.extend_protection(orders=[order.pk], by=order.buyer, at=AT)


def test_the_seller_grants_days_up_to_the_cap() -> None:
    order = make_shipped_order()

    actions.grant_extension(orders=[order.pk], by=order.seller, at=AT, days=25)
    with pytest.raises(StepRefused, match="between 1 and 5"):
        actions.grant_extension(orders=[order.pk], by=order.seller, at=AT, days=6)
    actions.grant_extension(orders=[order.pk], by=order.seller, at=AT, days=5)

    assert fresh(order).due_at == AT + timedelta(days=60)
    assert STEPS["grant_extension"] not in rules.available(fresh(order), Party.SELLER, AT)
    with pytest.raises(StepRefused, match="as much time as there can be"):
        actions.grant_extension(orders=[order.pk], by=order.seller, at=AT, days=1)


def test_a_stranger_extends_nothing() -> None:
    order = make_shipped_order()
    late = AT + timedelta(days=28)

    for person in (make_user(), order.seller):
        with pytest.raises(StepRefused):
            actions.extend_protection(orders=[order.pk], by=person, at=late)
    for person in (make_user(), order.buyer):
        with pytest.raises(StepRefused):
            actions.grant_extension(orders=[order.pk], by=person, at=late, days=1)
    assert fresh(order).due_at == order.due_at
