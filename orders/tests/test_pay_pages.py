"""Paying at the provider's page and coming back: against the real sandbox provider, over HTTP."""

from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from escrow.models import Hold, Payment, ProviderOperation
from marketplace.accounts.models import User
from marketplace.lib import clock
from marketplace.sandbox.testing import Sandbox
from marketplace.tests.concurrency import at_once
from marketplace.tests.trade import draft_of, fresh, make_placed_order, make_seller, make_user, make_variant
from orders import actions, checkout, paying
from orders.lifecycle import State
from orders.models import Checkout, Order

pytestmark = pytest.mark.django_db

NOBODY = "http://127.0.0.1:9"  # where no provider listens
DECLINED = "4000 0000 0000 0002"


@pytest.fixture
def order(client: Client) -> Order:
    """An order that was just placed, its buyer signed in."""
    placed = make_placed_order(at=clock.now())
    client.force_login(placed.buyer)
    return placed


def pay_path(payment: Payment) -> str:
    return reverse("orders:pay", args=[payment.reference])


def come_back(client: Client, payment: Payment) -> str:
    """The text of the page that the provider sends the buyer back to."""
    return client.get(reverse("orders:pay_return", args=[payment.reference])).content.decode()


def pay_at_provider(client: Client, sandbox: Sandbox, payment: Payment, **how: Any) -> str:
    """Follow "Pay" to the provider and type a card there; where the provider sends the browser then."""
    page = client.get(pay_path(payment)).headers["Location"]
    assert page.startswith(sandbox.url)
    return sandbox.pay(page, **how)


def test_paying_before_the_webhook_comes(client: Client, sandbox: Sandbox, order: Order) -> None:
    back = pay_at_provider(client, sandbox, order.payment)

    assert urlsplit(back).path == reverse("orders:pay_return", args=[order.payment.reference])
    text = come_back(client, order.payment)
    assert "Paid, and held for you" in text
    assert "hx-get" not in text
    order = fresh(order)
    assert (order.state, order.payment.state) == (State.AWAITING_SHIPMENT, Payment.State.CAPTURED)
    assert order.hold is not None


def test_coming_back_again_changes_nothing(client: Client, sandbox: Sandbox, order: Order) -> None:
    pay_at_provider(client, sandbox, order.payment)

    assert "Paid, and held for you" in come_back(client, order.payment)
    assert "Paid, and held for you" in come_back(client, order.payment)
    assert Hold.objects.count() == 1


def test_paying_again_leads_to_what_was_paid(client: Client, sandbox: Sandbox, order: Order) -> None:
    pay_at_provider(client, sandbox, order.payment)
    come_back(client, order.payment)

    assert client.get(pay_path(order.payment)).headers["Location"].endswith("/return/")


def test_the_same_page_opens_every_time(client: Client, sandbox: Sandbox, order: Order) -> None:
    first = client.get(pay_path(order.payment)).headers["Location"]
    assert client.get(pay_path(order.payment)).headers["Location"] == first

    Payment.objects.update(page_url="", provider_reference=None)  # the answer was lost
    assert client.get(pay_path(order.payment), headers={"host": "127.0.0.1"}).headers["Location"] == first


def test_a_declined_card_is_told_and_can_be_tried_again(client: Client, sandbox: Sandbox, order: Order) -> None:
    pay_at_provider(client, sandbox, order.payment, card=DECLINED)

    text = come_back(client, order.payment)
    assert "The payment did not go through" in text
    assert "Your bank declined the card." in text
    assert pay_path(order.payment) in text
    assert fresh(order).state == State.AWAITING_PAYMENT

    pay_at_provider(client, sandbox, order.payment)
    assert "Paid, and held for you" in come_back(client, order.payment)


def test_coming_back_without_having_paid(client: Client, sandbox: Sandbox, order: Order) -> None:
    client.get(pay_path(order.payment))

    text = come_back(client, order.payment)

    assert "Not paid yet" in text
    assert pay_path(order.payment) in text


def test_a_provider_that_is_away_is_a_clear_page_with_a_retry(client: Client, settings: Any, order: Order) -> None:
    settings.SANDBOX_URL = NOBODY

    answer = client.get(pay_path(order.payment))

    assert answer.status_code == 503
    assert "cannot be opened at the moment" in answer.content.decode()
    assert pay_path(order.payment) in answer.content.decode()


def test_coming_back_while_the_provider_is_away_asks_again_by_itself(
    client: Client, sandbox: Sandbox, settings: Any, order: Order
) -> None:
    pay_at_provider(client, sandbox, order.payment)
    settings.SANDBOX_URL = NOBODY

    text = come_back(client, order.payment)
    assert "Waiting for the payment provider" in text
    status = reverse("orders:pay_status", args=[order.payment.reference])
    assert f'hx-get="{status}"' in text
    assert reverse("orders:pay_return", args=[order.payment.reference]) in text

    settings.SANDBOX_URL = sandbox.url
    again = client.get(status).content.decode()
    assert "Paid, and held for you" in again
    assert "hx-get" not in again
    assert "<html" not in again


def test_a_payment_of_orders_that_were_cancelled_is_sent_back(client: Client, sandbox: Sandbox, order: Order) -> None:
    pay_at_provider(client, sandbox, order.payment)
    actions.cancel(orders=[order.pk], by=order.buyer, at=clock.now())

    text = come_back(client, order.payment)

    assert "Your payment came too late" in text
    assert "$41.98, is on its way back" in text
    assert ProviderOperation.objects.get().amount_minor == 4198


def test_a_share_that_was_cancelled_before_paying_is_sent_back(client: Client, sandbox: Sandbox) -> None:
    buyer, at = make_user(), clock.now()
    drafts = [draft_of(buyer, make_variant(price_minor=price), at=at) for price in (1000, 5000)]
    first, second = checkout.place(drafts, policy=checkout.current_policy(), provider="sandbox")
    actions.cancel(orders=[first.pk], by=buyer, at=at)
    client.force_login(buyer)
    pay_at_provider(client, sandbox, second.payment)

    text = come_back(client, second.payment)

    assert "Paid, and held for you" in text
    assert "Its share, $11.98, is on its way back" in text
    assert (fresh(first).state, fresh(second).state) == (State.CANCELLED, State.AWAITING_SHIPMENT)


def test_an_order_that_was_given_up_cannot_be_paid(client: Client, sandbox: Sandbox, order: Order) -> None:
    actions.expire(orders=[order.pk], at=clock.now() + timedelta(days=2))

    answer = client.get(pay_path(order.payment), follow=True)

    assert "can no longer be paid" in answer.content.decode()


def test_a_sum_that_is_not_ours_moves_nothing_and_a_person_looks(
    client: Client, sandbox: Sandbox, order: Order
) -> None:
    asked = {"reference": order.payment.reference, "amount_minor": 1, "currency": "USD", "description": "A mistake"}
    _, made = sandbox.call("POST", "/v1/payments", asked | {"return_url": "http://localhost/"})
    Payment.objects.update(provider_reference=made["id"], page_url=made["url"])
    sandbox.pay(made["url"])

    text = come_back(client, order.payment)

    assert "We are looking into your payment" in text
    assert "Pay $" not in text
    assert fresh(order).state == State.AWAITING_PAYMENT


def test_several_currencies_are_paid_one_after_the_other(client: Client, sandbox: Sandbox) -> None:
    buyer, at = make_user(), clock.now()
    variants = [make_variant(), make_variant(make_seller(currency="JPY"))]
    drafts = [draft_of(buyer, variant, at=at, group=place) for place, variant in enumerate(variants)]
    dollars, yen = checkout.place(drafts, policy=checkout.current_policy(), provider="sandbox")
    Checkout.objects.create(buyer=buyer, reference="PAGE000001", placed_at=at).payments.set(
        [dollars.payment, yen.payment]
    )
    client.force_login(buyer)

    pay_at_provider(client, sandbox, dollars.payment)
    text = come_back(client, dollars.payment)
    assert "One more to pay" in text
    assert pay_path(yen.payment) in text

    pay_at_provider(client, sandbox, yen.payment)
    assert "One more to pay" not in come_back(client, yen.payment)
    assert {order.state for order in Order.objects.all()} == {State.AWAITING_SHIPMENT}


@pytest.mark.parametrize("page", ["pay", "pay_return", "pay_status"])
def test_a_payment_is_its_buyers_alone(client: Client, order: Order, page: str) -> None:
    path = reverse(f"orders:{page}", args=[order.payment.reference])
    for stranger in (make_user(), User.objects.get(pk=order.seller_id)):
        client.force_login(stranger)
        assert client.get(path).status_code == 404
    assert client.get(reverse(f"orders:{page}", args=["NOSUCHPAGE"])).status_code == 404


def test_nobody_pays_without_signing_in(order: Order) -> None:
    assert Client().get(pay_path(order.payment)).headers["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db(transaction=True)
def test_many_returns_at_once_fund_once(client: Client, sandbox: Sandbox, order: Order) -> None:
    pay_at_provider(client, sandbox, order.payment)
    payment = Payment.objects.get()

    outcomes = at_once([partial(paying.ask, payment, at=clock.now())] * 6)

    assert outcomes == [True] * 6
    assert Hold.objects.get().amount_minor == order.total.amount_minor
    assert fresh(order).state == State.AWAITING_SHIPMENT
