"""The cart: what somebody means to buy, compared with the shops whenever it is looked at."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from marketplace.accounts.models import Shop
from marketplace.catalog.models import Listing, ListingVersion, Variant
from marketplace.lib.money import Money
from marketplace.tests.trade import AT, make_seller, make_user, make_variant
from orders import cart
from orders.cart import CartFull, NotEnough, NotForSale, Owner, OwnGoods
from orders.models import CartLine

pytestmark = pytest.mark.django_db


def filled(*variants: Variant, quantity: int = 1) -> Owner:
    """The cart of a new user with these in it."""
    owner = Owner(user=make_user())
    for variant in variants:
        cart.add(owner=owner, variant_id=variant.pk, quantity=quantity, at=AT)
    return owner


def pieces(owner: Owner) -> list[tuple[int, int]]:
    """What is in the cart: variant ids and quantities."""
    return [(line.variant.pk, line.quantity) for line in cart.contents(owner).lines]


def test_the_same_thing_added_again_is_one_line_with_more_pieces() -> None:
    variant = make_variant()
    owner = filled(variant, quantity=2)

    cart.add(owner=owner, variant_id=variant.pk, quantity=3, at=AT)

    assert pieces(owner) == [(variant.pk, 5)]


def test_lines_are_grouped_by_seller_and_summed_by_currency() -> None:
    bowls = make_seller("Bowls")
    yen = make_seller("Aoi", currency="JPY")
    owner = filled(
        make_variant(bowls, price_minor=1000, shipping_minor=100),
        make_variant(yen, price_minor=1500, shipping_minor=0),
        make_variant(bowls, price_minor=2000, shipping_minor=0),
        quantity=2,
    )

    seen = cart.contents(owner)

    assert [(part.shop.name, len(part.lines), part.total) for part in seen.orders] == [
        ("Aoi", 1, Money(3000, "JPY")),
        ("Bowls", 2, Money(6200, "USD")),
    ]
    assert seen.totals == [Money(3000, "JPY"), Money(6200, "USD")]


def test_an_order_promises_the_longest_times_of_its_lines() -> None:
    seller = make_seller()
    owner = filled(
        make_variant(seller, handling_days=2, protection_days=40),
        make_variant(seller, handling_days=9, protection_days=10),
    )

    (part,) = cart.contents(owner).orders

    assert (part.handling_days, part.protection_days) == (9, 40)
    assert part.promised_at(AT) == AT + timedelta(days=19)


def test_looking_at_a_cart_takes_a_constant_number_of_queries(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    one, many = filled(make_variant()), filled(*(make_variant() for _ in range(8)))

    for owner in (one, many):
        with django_assert_num_queries(2):  # type: ignore[attr-defined]
            assert cart.contents(owner).totals


def test_nobody_adds_their_own_goods() -> None:
    seller = make_seller()

    with pytest.raises(OwnGoods):
        cart.add(owner=Owner(user=seller), variant_id=make_variant(seller).pk, quantity=1, at=AT)
    assert not CartLine.objects.exists()


def test_what_is_not_offered_cannot_be_added() -> None:
    sold_out, paused, off, away = make_variant(stock=0), make_variant(), make_variant(), make_variant()
    Listing.objects.filter(pk=paused.listing_id).update(state=Listing.State.PAUSED)
    Variant.objects.filter(pk=off.pk).update(is_active=False)
    Shop.objects.filter(pk=away.listing.shop_id).update(state=Shop.State.HOLIDAY)

    for variant_id in (sold_out.pk, paused.pk, off.pk, away.pk, 10**9):
        with pytest.raises(NotForSale):
            cart.add(owner=Owner(user=make_user()), variant_id=variant_id, quantity=1, at=AT)


def test_more_than_there_is_cannot_be_added_and_the_cart_keeps_what_it_had() -> None:
    variant = make_variant(stock=3)
    owner = filled(variant, quantity=2)

    with pytest.raises(NotEnough, match=r"Only 3 are left\. You have 2"):
        cart.add(owner=owner, variant_id=variant.pk, quantity=2, at=AT)
    assert pieces(owner) == [(variant.pk, 2)]


def test_a_cart_holds_a_limited_number_of_lines_and_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    variant, another = make_variant(stock=1000), make_variant()
    monkeypatch.setattr(cart, "MOST_LINES", 1)
    owner = filled(variant)

    with pytest.raises(CartFull):
        cart.add(owner=owner, variant_id=variant.pk, quantity=99, at=AT)
    with pytest.raises(CartFull):
        cart.add(owner=owner, variant_id=another.pk, quantity=1, at=AT)
    assert pieces(owner) == [(variant.pk, 1)]


def test_changing_sets_the_number_of_pieces() -> None:
    variant = make_variant()
    owner = filled(variant, quantity=5)

    cart.change(owner=owner, variant_id=variant.pk, quantity=2)

    assert pieces(owner) == [(variant.pk, 2)]


def test_changing_what_is_not_in_the_cart_puts_nothing_in() -> None:
    owner = Owner(user=make_user())

    cart.change(owner=owner, variant_id=make_variant().pk, quantity=2)

    assert pieces(owner) == []


def test_removing_touches_only_ones_own_cart_and_may_be_done_twice() -> None:
    variant = make_variant()
    mine, theirs = filled(variant), filled(variant)

    cart.remove(owner=mine, variant_ids=[variant.pk])
    cart.remove(owner=mine, variant_ids=[variant.pk])

    assert (pieces(mine), pieces(theirs)) == ([], [(variant.pk, 1)])


def test_a_line_that_ran_short_says_how_many_can_be_had() -> None:
    variant = make_variant(stock=5)
    owner = filled(variant, quantity=4)
    Variant.objects.filter(pk=variant.pk).update(stock=1)

    seen = cart.contents(owner)

    assert (seen.lines[0].problem, seen.lines[0].can_take) == ("Only 1 is left.", 1)
    assert (seen.orders, seen.totals, len(seen.left_out)) == ([], [], 1)


def test_a_new_price_is_told_until_the_line_is_written_again() -> None:
    variant = make_variant(price_minor=1000, shipping_minor=100)
    owner = filled(variant)
    Variant.objects.filter(pk=variant.pk).update(price_minor=1200)

    (line,) = cart.contents(owner).lines
    assert (line.was, line.unit_price, line.problem) == (Money(1100, "USD"), Money(1200, "USD"), "")

    cart.change(owner=owner, variant_id=variant.pk, quantity=1)
    assert cart.contents(owner).lines[0].was is None


def test_the_fingerprint_names_all_that_is_agreed_to() -> None:
    variant = make_variant()
    owner = filled(variant)
    seen = [cart.contents(owner).fingerprint]

    cart.change(owner=owner, variant_id=variant.pk, quantity=2)
    seen.append(cart.contents(owner).fingerprint)
    Variant.objects.filter(pk=variant.pk).update(price_minor=1)
    seen.append(cart.contents(owner).fingerprint)
    old = variant.listing.current
    assert old is not None
    fields = {name: getattr(old, name) for name in ("title", "currency", "price_minor", "shipping_minor")}
    new = ListingVersion.objects.create(
        listing=variant.listing, number=2, description="Glued.", handling_days=7, protection_days=30, **fields
    )
    Listing.objects.filter(pk=variant.listing_id).update(current=new)
    seen.append(cart.contents(owner).fingerprint)

    assert len(set(seen)) == 4
    assert cart.contents(owner).fingerprint == seen[-1]


def test_a_visitors_cart_joins_the_users_and_the_larger_wish_stays() -> None:
    both, new = make_variant(), make_variant()
    visitor = Owner(visitor="a" * 32)
    cart.add(owner=visitor, variant_id=both.pk, quantity=3, at=AT)
    cart.add(owner=visitor, variant_id=new.pk, quantity=1, at=AT)
    owner = filled(both, quantity=2)
    assert owner.user is not None

    cart.merge(visitor=visitor.visitor, user=owner.user)
    cart.merge(visitor=visitor.visitor, user=owner.user)

    assert (pieces(owner), pieces(visitor)) == ([(both.pk, 3), (new.pk, 1)], [])


def test_goods_that_turn_out_to_be_ones_own_after_sign_in_cannot_be_ordered() -> None:
    seller = make_seller()
    visitor = Owner(visitor="b" * 32)
    cart.add(owner=visitor, variant_id=make_variant(seller).pk, quantity=1, at=AT)

    cart.merge(visitor=visitor.visitor, user=seller)

    seen = cart.contents(Owner(user=seller))
    assert (seen.orders, len(seen.left_out)) == ([], 1)


def test_carts_of_visitors_are_forgotten_and_those_of_users_are_not() -> None:
    variant = make_variant()
    owner, old, recent = filled(variant), Owner(visitor="c" * 32), Owner(visitor="d" * 32)
    cart.add(owner=old, variant_id=variant.pk, quantity=1, at=AT)
    cart.add(owner=recent, variant_id=variant.pk, quantity=1, at=AT + timedelta(days=31))

    assert cart.forget_visitors(at=AT + timedelta(days=31)) == 1
    assert (len(pieces(owner)), len(pieces(old)), len(pieces(recent))) == (1, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_the_same_thing_added_by_many_clicks_at_once_is_one_line() -> None:
    variant, owner = make_variant(stock=50), Owner(user=make_user())

    def click(_number: int) -> None:
        try:
            cart.add(owner=owner, variant_id=variant.pk, quantity=1, at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(click, range(16)))

    assert pieces(owner) == [(variant.pk, 16)]
