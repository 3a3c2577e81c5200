"""From the cart to placed orders: exactly what was seen, once, however often it is sent."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from escrow.models import Payment
from marketplace.accounts.actions import AddressData
from marketplace.accounts.models import Address, User
from marketplace.catalog.models import Category, Variant
from marketplace.catalog.stock import OutOfStock
from marketplace.tests.concurrency import at_once
from marketplace.tests.trade import AT, SHIP_TO, make_seller, make_user, make_variant
from orders import cart
from orders.cart import Owner
from orders.checkout import TooManyUnpaid
from orders.lifecycle import State
from orders.models import CartLine, Checkout, Order
from orders.purchase import CartChanged, place_cart

pytestmark = pytest.mark.django_db


def buyer_with(*variants: Variant, quantity: int = 1) -> User:
    """A buyer with these in the cart, and an address."""
    buyer = make_user()
    Address.objects.create(user=buyer, **SHIP_TO)
    for variant in variants:
        cart.add(owner=Owner(user=buyer), variant_id=variant.pk, quantity=quantity, at=AT)
    return buyer


def place(buyer: User, *, seen: str = "", reference: str = "PAGE000001", **how: Any) -> Checkout:
    """Press "Place order" on a page that shows the cart as it is, unless it is said what was seen."""
    how.setdefault("ship_to", buyer.addresses.get())
    seen = seen or cart.contents(Owner(user=buyer)).fingerprint
    return place_cart(buyer=buyer, reference=reference, seen=seen, at=AT, **how)


def test_one_order_a_seller_and_one_payment_a_currency() -> None:
    one, two, yen = make_seller(), make_seller(), make_seller(currency="JPY")
    buyer = buyer_with(
        make_variant(one, price_minor=1000, shipping_minor=100),
        make_variant(one, price_minor=500, shipping_minor=0),
        make_variant(two, price_minor=2000, shipping_minor=0),
        make_variant(yen, price_minor=1500, shipping_minor=300),
        quantity=2,
    )

    placed = place(buyer)

    assert [(p.currency, p.amount_minor) for p in placed.payments.order_by("currency")] == [
        ("JPY", 3600),
        ("USD", 3200 + 4000),
    ]
    orders = Order.objects.bought_by(buyer)
    assert {(order.seller_id, order.total.amount_minor, order.lines.count()) for order in orders} == {
        (one.pk, 3200, 2),
        (two.pk, 4000, 1),
        (yen.pk, 3600, 1),
    }
    assert {order.state for order in orders} == {State.AWAITING_PAYMENT}


def test_the_order_freezes_price_times_fee_address_and_version() -> None:
    seller = make_seller()
    slow = make_variant(seller, handling_days=9, protection_days=10, price_minor=1000, shipping_minor=0)
    safe = make_variant(seller, handling_days=2, protection_days=40, price_minor=1000, shipping_minor=0)
    Variant.objects.filter(pk=safe.pk).update(price_minor=3000)
    Category.objects.update(fee_bps=1000)
    buyer = buyer_with(slow, safe)

    place(buyer)

    order = Order.objects.get(buyer=buyer)
    assert (order.goods_minor, order.fee_minor) == (4000, 400)
    assert (order.handling_window, order.protection_window) == (timedelta(days=9), timedelta(days=40))
    assert order.promised_at == AT + timedelta(days=19)
    assert order.ship_to == SHIP_TO
    assert {line.version_id for line in order.lines.all()} == {slow.listing.current_id, safe.listing.current_id}


def test_placing_reserves_the_stock_and_empties_the_cart() -> None:
    variant = make_variant(stock=5)
    buyer = buyer_with(variant, quantity=3)

    place(buyer)

    variant.refresh_from_db()
    assert variant.stock == 2
    assert not CartLine.objects.filter(user=buyer).exists()


def test_what_cannot_be_ordered_stays_in_the_cart() -> None:
    fine, gone = make_variant(), make_variant()
    buyer = buyer_with(fine, gone)
    Variant.objects.filter(pk=gone.pk).update(is_active=False)

    place(buyer)

    assert [line.variant for line in CartLine.objects.filter(user=buyer)] == [gone]
    assert Order.objects.get(buyer=buyer).lines.get().variant == fine


def test_the_same_page_sent_again_gives_back_what_it_placed() -> None:
    variant = make_variant()
    buyer = buyer_with(variant)
    first = place(buyer)
    cart.add(owner=Owner(user=buyer), variant_id=variant.pk, quantity=1, at=AT)

    assert place(buyer) == first
    assert Order.objects.filter(buyer=buyer).count() == 1
    assert CartLine.objects.filter(user=buyer).count() == 1


def test_a_price_that_changed_is_asked_about_again() -> None:
    variant = make_variant()
    buyer = buyer_with(variant)
    seen = cart.contents(Owner(user=buyer)).fingerprint
    Variant.objects.filter(pk=variant.pk).update(price_minor=9999)

    with pytest.raises(CartChanged) as change:
        place(buyer, seen=seen)

    assert not Order.objects.exists()
    assert place(buyer, seen=change.value.cart.fingerprint).payments.get().amount_minor == 9999 + 198


def test_an_empty_cart_places_nothing() -> None:
    buyer = buyer_with()

    with pytest.raises(CartChanged):
        place(buyer)
    assert not Checkout.objects.exists()


def test_a_new_address_is_saved_among_the_buyers() -> None:
    buyer = buyer_with(make_variant())
    address: AddressData = {**SHIP_TO, "line1": "2 Short Street"}  # type: ignore[typeddict-item]

    place(buyer, ship_to=address)

    assert Order.objects.get(buyer=buyer).ship_to["line1"] == "2 Short Street"
    assert buyer.addresses.count() == 2


def test_too_many_unpaid_orders_are_refused_and_nothing_is_lost(settings: Any) -> None:
    settings.UNPAID_ORDERS_PER_BUYER = 1
    buyer = buyer_with(make_variant(), make_variant())

    with pytest.raises(TooManyUnpaid):
        place(buyer)

    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    assert CartLine.objects.filter(user=buyer).count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_last_item_bought_by_two_at_once_is_sold_once() -> None:
    variant = make_variant(stock=1)
    buyers = [buyer_with(variant), buyer_with(variant)]

    outcomes = at_once([partial(place, buyer) for buyer in buyers])

    assert sum(isinstance(outcome, Checkout) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, OutOfStock | CartChanged) for outcome in outcomes) == 1
    assert Order.objects.count() == 1
    assert CartLine.objects.count() == 1
    variant.refresh_from_db()
    assert variant.stock == 0


@pytest.mark.django_db(transaction=True)
def test_many_clicks_on_the_same_page_at_once_place_once() -> None:
    buyer = buyer_with(make_variant())
    address: AddressData = {**SHIP_TO, "line1": "2 Short Street"}  # type: ignore[typeddict-item]
    seen = cart.contents(Owner(user=buyer)).fingerprint

    outcomes = at_once([partial(place, buyer, seen=seen, ship_to=address)] * 8)

    assert {outcome.pk for outcome in outcomes} == {Checkout.objects.get().pk}
    assert Order.objects.count() == 1
    assert buyer.addresses.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_place_once() -> None:
    buyer = buyer_with(make_variant())
    seen = cart.contents(Owner(user=buyer)).fingerprint

    outcomes = at_once([partial(place, buyer, seen=seen, reference=f"PAGE00000{tab}") for tab in range(4)])

    assert sum(isinstance(outcome, Checkout) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, CartChanged) for outcome in outcomes) == 3
    assert Order.objects.count() == 1
