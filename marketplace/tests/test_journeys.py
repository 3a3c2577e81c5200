"""Whole stories, told through the actions: who does what, what the clock does, and where the money is at the end.

Each is a way that an order can go. The pages, the worker and the API call the same functions; what each of them refuses
is tested beside it (`orders/tests/test_<step>.py`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from escrow.models import Account, Hold, SellerBalance, Transfer
from marketplace.accounts.models import User
from marketplace.catalog.models import Variant
from marketplace.tests.trade import AT, draft_of, fresh, make_seller, make_user, make_variant
from orders import actions, checkout, sweep
from orders.actions import Parcel
from orders.lifecycle import State
from orders.models import Order, Shipment
from orders.moves import StepRefused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("audit")]

DAY = timedelta(days=1)


@pytest.fixture
def ana() -> User:
    """A buyer."""
    return make_user("ana@example.com", "Ana")


@pytest.fixture
def rui() -> User:
    """A seller, who gets 4.5 % less than what is paid: 4198 cents a bowl with shipping, 188 of them fee."""
    return make_seller("Ceramica Rui")


@pytest.fixture
def bowl(rui: User) -> Variant:
    """What Rui sells: ten bowls at $40.00, $1.98 shipping each, 7 days to ship, 30 days of protection."""
    return make_variant(rui)


def buy(buyer: User, *variants: Variant, at: datetime = AT) -> list[Order]:
    """Place one order a variant, all paid together."""
    drafts = [draft_of(buyer, variant, at=at) for variant in variants]
    return checkout.place(drafts, policy=checkout.current_policy(), provider="sandbox")


def pay(order: Order, at: datetime = AT) -> None:
    """The provider says that it took the buyer's money."""
    actions.pay(captured_at={order.payment_id: at})


def available(seller: User) -> int:
    """What the seller could be paid out, in cents."""
    return SellerBalance.objects.get(account__owner=seller).available_minor


def in_account(kind: Account.Kind) -> int:
    """What the ledger says is in the platform's accounts of this kind: credits less debits, in cents."""
    into = sum(Transfer.objects.filter(credit_account__kind=kind).values_list("amount_minor", flat=True))
    return into - sum(Transfer.objects.filter(debit_account__kind=kind).values_list("amount_minor", flat=True))


def test_the_buyer_pays_the_seller_ships_the_buyer_confirms_and_the_money_arrives(
    ana: User, rui: User, bowl: Variant, audit: Callable[[], None]
) -> None:
    (order,) = buy(ana, bowl)
    pay(order)
    assert in_account(Account.Kind.ESCROW) == 4198
    assert available(rui) == 0

    actions.ship(by=rui, at=AT + DAY, parcels={order.pk: Parcel("DHL", "HF1")})
    actions.confirm_receipt(orders=[order.pk], by=ana, at=AT + 6 * DAY)

    assert fresh(order).state == State.COMPLETED
    assert available(rui) == 4010
    assert in_account(Account.Kind.FEES) == 188
    assert in_account(Account.Kind.ESCROW) == 0
    audit()


def test_the_buyer_stays_silent_and_the_worker_confirms_when_the_time_is_over(
    ana: User, rui: User, bowl: Variant
) -> None:
    (order,) = buy(ana, bowl)
    pay(order)
    actions.ship(by=rui, at=AT, parcels={order.pk: Parcel("DHL", "HF1")})

    assert sweep.run_due(at=AT + 30 * DAY - timedelta(minutes=1)).total() == 0
    assert sweep.run_due(at=AT + 30 * DAY) == {"auto_confirm": 1}

    assert available(rui) == 4010


def test_a_carriers_report_ends_the_wait_a_week_after_delivery(ana: User, rui: User, bowl: Variant) -> None:
    (order,) = buy(ana, bowl)
    pay(order)
    actions.ship(by=rui, at=AT, parcels={order.pk: Parcel("DHL", "HF1")})
    parcel = Shipment.objects.get(order=order)

    actions.report_delivery(delivered_at={parcel.pk: AT + 3 * DAY}, at=AT + 3 * DAY)

    assert fresh(order).due_at == AT + 10 * DAY
    sweep.run_due(at=AT + 10 * DAY)
    assert fresh(order).state == State.COMPLETED


def test_a_late_report_still_leaves_three_days_to_look(ana: User, rui: User, bowl: Variant) -> None:
    (order,) = buy(ana, bowl)
    pay(order)
    actions.ship(by=rui, at=AT, parcels={order.pk: Parcel("DHL", "HF1")})
    parcel = Shipment.objects.get(order=order)

    actions.report_delivery(delivered_at={parcel.pk: AT + 2 * DAY}, at=AT + 9 * DAY)

    assert fresh(order).due_at == AT + 12 * DAY


def test_the_buyer_extends_once_and_the_seller_grants_more_up_to_the_cap(ana: User, rui: User, bowl: Variant) -> None:
    (order,) = buy(ana, bowl)
    pay(order)
    actions.ship(by=rui, at=AT, parcels={order.pk: Parcel("DHL", "HF1")})

    actions.extend_protection(orders=[order.pk], by=ana, at=AT + 28 * DAY)
    actions.grant_extension(orders=[order.pk], by=rui, at=AT + 29 * DAY, days=27)

    assert fresh(order).due_at == AT + 60 * DAY
    with pytest.raises(StepRefused):
        actions.extend_protection(orders=[order.pk], by=ana, at=AT + 59 * DAY)
    with pytest.raises(StepRefused):
        actions.grant_extension(orders=[order.pk], by=rui, at=AT + 59 * DAY, days=1)


def test_the_seller_never_ships_and_the_buyer_gets_everything_back(ana: User, rui: User, bowl: Variant) -> None:
    (order,) = buy(ana, bowl)
    pay(order)

    sweep.run_due(at=AT + 7 * DAY)

    assert fresh(order).state == State.CANCELLED
    assert Hold.objects.get(order=order).refunded_minor == 4198
    assert in_account(Account.Kind.REFUNDS_IN_FLIGHT) == 4198
    assert available(rui) == 0
    assert Variant.objects.get(pk=bowl.pk).stock == 10


def test_a_declined_cancellation_gives_the_seller_the_time_back_that_it_took(
    ana: User, rui: User, bowl: Variant
) -> None:
    (order,) = buy(ana, bowl)
    pay(order)
    actions.request_cancellation(orders=[order.pk], by=ana, at=AT + 3 * DAY)
    assert fresh(order).due_at == AT + 5 * DAY

    actions.decline_cancellation(orders=[order.pk], by=rui, at=AT + 4 * DAY)

    assert fresh(order).due_at == AT + 8 * DAY
    with pytest.raises(StepRefused, match="once"):
        actions.request_cancellation(orders=[order.pk], by=ana, at=AT + 5 * DAY)


def test_a_cancellation_that_is_withdrawn_at_the_last_minute_leaves_a_day_to_ship(ana: User, bowl: Variant) -> None:
    (order,) = buy(ana, bowl)
    pay(order)
    asked_at = AT + 7 * DAY - timedelta(minutes=5)
    actions.request_cancellation(orders=[order.pk], by=ana, at=asked_at)

    actions.withdraw_cancellation(orders=[order.pk], by=ana, at=asked_at + timedelta(hours=1))

    assert fresh(order).due_at == asked_at + timedelta(hours=25)


def test_one_payment_for_two_sellers_makes_two_orders_that_go_their_own_ways(
    ana: User, rui: User, bowl: Variant
) -> None:
    other = make_seller("Other shop")
    from_rui, from_other = buy(ana, bowl, make_variant(other))
    pay(from_rui)

    actions.ship(by=rui, at=AT, parcels={from_rui.pk: Parcel("DHL", "HF1")})
    actions.confirm_receipt(orders=[from_rui.pk], by=ana, at=AT + DAY)
    actions.cancel_sale(orders=[from_other.pk], by=other, at=AT + DAY)

    assert (available(rui), available(other)) == (4010, 0)
    assert in_account(Account.Kind.REFUNDS_IN_FLIGHT) == 4198


def test_a_payment_that_arrives_after_the_order_expired_goes_back(ana: User, rui: User, bowl: Variant) -> None:
    (order,) = buy(ana, bowl)
    sweep.run_due(at=AT + DAY)

    pay(order, AT + DAY + timedelta(minutes=2))
    pay(order, AT + DAY + timedelta(minutes=2))

    assert fresh(order).state == State.CANCELLED
    assert fresh(order).hold is None
    assert in_account(Account.Kind.REFUNDS_IN_FLIGHT) == 4198
    assert order.payment.operations.get().amount_minor == 4198
