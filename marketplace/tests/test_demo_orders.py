"""The demo's orders: some in every state, and some about to run out."""

from datetime import timedelta

import pytest

from marketplace.accounts.models import Address
from marketplace.demo.histories import seed_orders
from marketplace.lib import clock
from marketplace.sandbox.testing import Sandbox
from marketplace.tests.trade import SHIP_TO, make_seller, make_user, make_variant
from orders import sweep
from orders.lifecycle import State
from orders.models import Order


@pytest.mark.django_db
@pytest.mark.usefixtures("audit")
def test_the_demo_has_orders_in_every_state_and_some_that_run_out_within_minutes(sandbox: Sandbox) -> None:
    buyers = [make_user() for _ in range(3)]
    Address.objects.bulk_create(Address(user=buyer, **SHIP_TO) for buyer in buyers)
    for currency in ("USD", "JPY"):
        make_variant(make_seller(currency=currency), stock=200)
    present, said = clock.now(), list[str]()

    made = seed_orders(buyers=buyers, present=present, say=said.append)

    assert Order.objects.count() == made
    assert set(Order.objects.values_list("state", flat=True)) == set(State)
    assert set(Order.objects.filter(buyer=buyers[0]).values_list("state", flat=True)) == set(State)
    assert sweep.run_due(at=present) == {}
    assert sweep.run_due(at=present + timedelta(minutes=3)) == {"auto_confirm": 4}
