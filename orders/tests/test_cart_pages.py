"""The cart's pages: for everybody, signed in or not."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Shop
from marketplace.catalog.models import Variant
from marketplace.tests.trade import make_seller, make_user, make_variant
from orders import cart
from orders.cart import Owner
from orders.models import CartLine

pytestmark = pytest.mark.django_db

CART = reverse("orders:cart")
ADD = reverse("orders:add_to_cart")


def put(client: Client, variant: Variant, quantity: object = 1) -> str:
    """Add to the cart as the listing's page does; the text of the page that follows."""
    return client.post(ADD, {"variant": variant.pk, "quantity": quantity}, follow=True).content.decode()


def test_an_empty_cart_says_so(client: Client) -> None:
    page = client.get(CART)

    assert page.status_code == 200
    assert "Your cart is empty" in page.content.decode()


def test_looking_at_an_empty_cart_leaves_no_cookie(client: Client) -> None:
    client.get(CART)

    assert "sessionid" not in client.cookies


def test_a_visitor_fills_a_cart_and_sees_it(client: Client) -> None:
    text = put(client, make_variant(make_seller("Aoi", "JPY"), price_minor=1500, shipping_minor=0), 2)

    assert "is in your cart" in text
    assert "Aoi" in text
    assert "¥3,000" in text
    assert "You sign in on the way" in text


def test_the_head_of_every_page_counts_the_pieces(client: Client) -> None:
    variant = make_variant()
    put(client, variant, 3)
    client.force_login(make_user())

    assert '<span class="nav-count">3<' in client.get("/").content.decode()


def test_a_visitors_cart_comes_along_at_sign_in(client: Client) -> None:
    variant, user = make_variant(), make_user()
    put(client, variant, 2)

    client.force_login(user)
    client.get(CART)

    assert [(line.variant.pk, line.quantity) for line in cart.contents(Owner(user=user)).lines] == [(variant.pk, 2)]
    assert not CartLine.objects.filter(user=None).exists()


def test_two_visitors_have_two_carts() -> None:
    variant, one, other = make_variant(), Client(), Client()
    put(one, variant)
    put(other, variant)

    one.post(reverse("orders:remove_from_cart", args=[variant.pk]))

    assert "Your cart is empty" in one.get(CART).content.decode()
    assert "Your cart is empty" not in other.get(CART).content.decode()


@pytest.mark.parametrize("quantity", ["", "0", "-1", "1.5", "many", "100", "9" * 30])
def test_a_wrong_quantity_is_refused_in_words(client: Client, quantity: str) -> None:
    text = put(client, make_variant(stock=200), quantity)

    assert "tone-bad" in text
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("variant", ["", "x", "0", "9" * 30, "123456789"])
def test_a_wrong_thing_is_refused_in_words(client: Client, variant: str) -> None:
    page = client.post(ADD, {"variant": variant, "quantity": 1}, follow=True)

    assert page.status_code == 200
    assert "tone-bad" in page.content.decode()


def test_a_refused_addition_goes_back_to_where_it_came_from_and_never_elsewhere(client: Client) -> None:
    data = {"variant": make_variant(stock=0).pk, "quantity": 1}

    assert client.post(ADD, data | {"next": "/listings/"}).headers["Location"] == "/listings/"
    assert client.post(ADD, data | {"next": "https://evil.example/"}).headers["Location"] == CART


def test_ones_own_goods_are_refused(client: Client) -> None:
    seller = make_seller()
    client.force_login(seller)

    assert "Nobody can buy from themselves" in put(client, make_variant(seller))


def test_changing_and_removing(client: Client) -> None:
    variant = make_variant(price_minor=1000, shipping_minor=0)
    put(client, variant)

    changed = client.post(reverse("orders:change_cart", args=[variant.pk]), {"quantity": 4}, follow=True)
    assert "$40.00" in changed.content.decode()
    refused = client.post(reverse("orders:change_cart", args=[variant.pk]), {"quantity": 11}, follow=True)
    assert "Only 10 are left" in refused.content.decode()
    wrong = client.post(reverse("orders:change_cart", args=[variant.pk]), {"quantity": "x"}, follow=True)
    assert "whole number" in wrong.content.decode()
    gone = client.post(reverse("orders:remove_from_cart", args=[variant.pk]), follow=True)
    assert "Your cart is empty" in gone.content.decode()


def test_what_cannot_be_ordered_is_explained_and_not_summed(client: Client) -> None:
    short, away, fine = make_variant(stock=3), make_variant(), make_variant(price_minor=700, shipping_minor=0)
    for variant in (short, away, fine):
        put(client, variant, 2)
    Variant.objects.filter(pk=short.pk).update(stock=1)
    Shop.objects.filter(pk=away.listing.shop_id).update(state=Shop.State.HOLIDAY)

    text = client.get(CART).content.decode()

    assert "Only 1 is left." in text
    assert "Take the last one" in text
    assert "on holiday" in text
    assert "$14.00" in text
    assert text.count("not in the total") == 2


def test_a_cart_in_which_nothing_can_be_ordered_offers_no_checkout(client: Client) -> None:
    variant = make_variant()
    put(client, variant)
    Variant.objects.filter(pk=variant.pk).update(stock=0)

    text = client.get(CART).content.decode()

    assert "Sold out." in text
    assert reverse("orders:checkout") not in text


def test_the_page_takes_as_many_queries_for_many_things_as_for_one(
    client: Client, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    user = make_user()
    client.force_login(user)
    for variant in [make_variant() for _ in range(7)]:
        cart.add(owner=Owner(user=user), variant_id=variant.pk, quantity=1, at=variant.listing.created_at)

    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        client.get(CART)


@pytest.mark.parametrize("path", [ADD, "/cart/1/change/", "/cart/1/remove/"])
def test_what_changes_the_cart_is_only_posted(client: Client, path: str) -> None:
    assert client.get(path).status_code == 405


def test_a_forged_form_changes_nothing() -> None:
    client, variant = Client(enforce_csrf_checks=True), make_variant()

    assert client.post(ADD, {"variant": variant.pk, "quantity": 1}).status_code == 403
    assert not CartLine.objects.exists()
