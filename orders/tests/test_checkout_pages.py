"""Checking out, page by page."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from escrow.models import Payment
from marketplace.accounts.models import Address, Shop, User
from marketplace.catalog.models import Variant
from marketplace.tests.trade import AT, SHIP_TO, make_seller, make_user, make_variant
from orders import cart
from orders.cart import Owner
from orders.models import CartLine, Checkout, Order

pytestmark = pytest.mark.django_db

CHECKOUT = reverse("orders:checkout")


@pytest.fixture
def buyer(client: Client) -> User:
    """A buyer with an address, signed in."""
    user = make_user(name="Ana Souza")
    Address.objects.create(user=user, is_default=True, **SHIP_TO)
    client.force_login(user)
    return user


def put(buyer: User, *variants: Variant, quantity: int = 1) -> None:
    for variant in variants:
        cart.add(owner=Owner(user=buyer), variant_id=variant.pk, quantity=quantity, at=AT)


def hidden(page: Any) -> dict[str, str]:
    """What the page's form sends besides what is typed."""
    text = page.content.decode()
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', text) for name in ("reference", "seen")}
    return {name: match[1] for name, match in found.items() if match}


def send(client: Client, page: Any, **typed: str) -> Any:
    """Press "Place order" on that page."""
    return client.post(CHECKOUT, hidden(page) | typed)


def test_a_visitor_signs_in_first_and_comes_back(client: Client) -> None:
    answer = client.get(CHECKOUT)

    assert answer.headers["Location"] == f"{reverse('account_login')}?next={CHECKOUT}"


def test_an_empty_cart_leads_to_the_cart(client: Client, buyer: User) -> None:
    assert client.get(CHECKOUT).headers["Location"] == reverse("orders:cart")


def test_the_review_shows_each_order_and_each_total(client: Client, buyer: User) -> None:
    yen = make_variant(make_seller("Aoi", "JPY"), price_minor=1500, shipping_minor=0)
    put(buyer, make_variant(make_seller("Lopes"), price_minor=4000, shipping_minor=198), yen, quantity=2)

    text = client.get(CHECKOUT).content.decode()

    assert "2 orders, one from each seller" in text
    assert "$83.96" in text
    assert "¥3,000" in text
    assert "1 Long Street" in text
    assert "Shipped within 7 days" in text
    assert "Protected for 30 days" in text
    assert "With you at the latest on" in text


def test_placing_one_currency_leads_to_paying_it(client: Client, buyer: User) -> None:
    put(buyer, make_variant())
    page = client.get(CHECKOUT)

    answer = send(client, page, address=str(buyer.addresses.get().pk))

    payment = Payment.objects.get(buyer=buyer)
    assert answer.headers["Location"] == reverse("orders:pay", args=[payment.reference])
    assert not CartLine.objects.exists()


def test_placing_several_currencies_leads_to_the_list_of_payments(client: Client, buyer: User) -> None:
    put(buyer, make_variant(), make_variant(make_seller(currency="JPY"), price_minor=123456789))
    page = client.get(CHECKOUT)

    answer = send(client, page, address=str(buyer.addresses.get().pk))
    text = client.get(answer.headers["Location"]).content.decode()

    assert answer.headers["Location"] == reverse("orders:placed", args=[Checkout.objects.get().reference])
    assert "Pay $41.98" in text
    assert "Pay ¥123,456,987" in text


def test_a_second_click_shows_what_the_first_placed(client: Client, buyer: User) -> None:
    put(buyer, make_variant())
    page = client.get(CHECKOUT)
    address = str(buyer.addresses.get().pk)

    first, second = send(client, page, address=address), send(client, page, address=address)

    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1


def test_another_tab_shows_what_was_placed(client: Client, buyer: User) -> None:
    put(buyer, make_variant())
    one, other = client.get(CHECKOUT), client.get(CHECKOUT)
    address = str(buyer.addresses.get().pk)
    send(client, one, address=address)

    answer = client.post(CHECKOUT, hidden(other) | {"address": address}, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("orders:placed", args=[Checkout.objects.get().reference])
    assert "placed these orders already" in answer.content.decode()
    assert Order.objects.count() == 1


def test_a_new_address_is_used_and_saved(client: Client, buyer: User) -> None:
    put(buyer, make_variant())
    typed = {f"new-{name}": value for name, value in SHIP_TO.items()} | {"new-line1": "2 Short Street"}

    send(client, client.get(CHECKOUT), address="new", **typed)

    assert Order.objects.get().ship_to["line1"] == "2 Short Street"
    assert buyer.addresses.filter(line1="2 Short Street").exists()


def test_a_buyer_without_addresses_types_one(client: Client) -> None:
    user = make_user(name="Ana Souza")
    client.force_login(user)
    put(user, make_variant())
    page = client.get(CHECKOUT)
    assert 'value="Ana Souza"' in page.content.decode()

    send(client, page, address="new", **{f"new-{name}": value for name, value in SHIP_TO.items()})

    assert Order.objects.get().ship_to == SHIP_TO


def test_an_address_with_mistakes_keeps_what_was_typed_and_places_nothing(client: Client, buyer: User) -> None:
    put(buyer, make_variant())

    answer = send(client, client.get(CHECKOUT), address="new", **{"new-name": "Zoé", "new-country": "PT"})

    text = answer.content.decode()
    assert 'value="Zoé"' in text
    assert "There is a problem" in text
    assert "Error: Check out" in text
    assert not Order.objects.exists()


@pytest.mark.parametrize("address", ["", "0", "x", "\x00"])
def test_an_address_that_is_not_the_buyers_is_refused(client: Client, buyer: User, address: str) -> None:
    put(buyer, make_variant())
    theirs = Address.objects.create(user=make_user(), **SHIP_TO)

    for choice in (address, str(theirs.pk)):
        answer = send(client, client.get(CHECKOUT), address=choice)
        assert "There is a problem" in answer.content.decode()
    assert not Order.objects.exists()


def test_a_changed_price_is_shown_and_asked_about_again(client: Client, buyer: User) -> None:
    variant = make_variant(price_minor=4000, shipping_minor=0)
    put(buyer, variant)
    page, address = client.get(CHECKOUT), str(buyer.addresses.get().pk)
    Variant.objects.filter(pk=variant.pk).update(price_minor=5000)

    asked = send(client, page, address=address)

    assert asked.status_code == 409
    assert "Something changed while you looked" in asked.content.decode()
    assert "was $40.00 when you added it and is $50.00 now" in asked.content.decode()
    assert not Order.objects.exists()
    send(client, asked, address=address)
    assert Order.objects.get().total.amount_minor == 5000


def test_stock_that_ran_short_is_shown_and_the_rest_can_be_ordered(client: Client, buyer: User) -> None:
    short, fine = make_variant(), make_variant()
    put(buyer, short, fine, quantity=2)
    page, address = client.get(CHECKOUT), str(buyer.addresses.get().pk)
    Variant.objects.filter(pk=short.pk).update(stock=1)

    asked = send(client, page, address=address)
    assert "Only 1 is left." in asked.content.decode()
    send(client, asked, address=address)

    assert Order.objects.get().lines.get().variant == fine
    assert CartLine.objects.get().variant == short


def test_a_cart_that_became_impossible_leads_to_the_cart_that_says_why(client: Client, buyer: User) -> None:
    variant = make_variant()
    put(buyer, variant)
    page = client.get(CHECKOUT)
    Shop.objects.filter(pk=variant.listing.shop_id).update(state=Shop.State.SUSPENDED)

    answer = client.post(CHECKOUT, hidden(page) | {"address": str(buyer.addresses.get().pk)}, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("orders:cart")
    assert "takes no orders any more" in answer.content.decode()


def test_too_many_unpaid_orders_are_explained_and_nothing_is_lost(client: Client, buyer: User, settings: Any) -> None:
    settings.UNPAID_ORDERS_PER_BUYER = 0
    put(buyer, make_variant())

    answer = send(client, client.get(CHECKOUT), address=str(buyer.addresses.get().pk))

    assert answer.status_code == 409
    assert "too many orders that are not paid yet" in answer.content.decode()
    assert CartLine.objects.count() == 1


@pytest.mark.parametrize("change", [{"seen": ""}, {"seen": "x"}, {"reference": "\x00"}, {"reference": "a" * 99}])
def test_a_page_that_is_not_ours_is_asked_about_again(client: Client, buyer: User, change: dict[str, str]) -> None:
    put(buyer, make_variant())
    page, address = client.get(CHECKOUT), str(buyer.addresses.get().pk)

    asked = client.post(CHECKOUT, hidden(page) | {"address": address} | change)

    assert not Order.objects.exists()
    send(client, asked, address=address)
    assert Order.objects.count() == 1


def test_the_placed_orders_are_their_buyers_alone(client: Client, buyer: User) -> None:
    put(buyer, make_variant(), make_variant(make_seller(currency="JPY")))
    send(client, client.get(CHECKOUT), address=str(buyer.addresses.get().pk))
    client.force_login(make_user())

    assert client.get(reverse("orders:placed", args=[Checkout.objects.get().reference])).status_code == 404
