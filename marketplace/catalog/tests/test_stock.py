"""Reserving pieces and putting them back."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.accounts.models import Shop
from marketplace.catalog.models import Listing, Variant
from marketplace.catalog.stock import OutOfStock, Shortfall, put_back, reserve
from marketplace.catalog.testing import make_listing
from marketplace.lib.testing import at_once


def stock_of(variant: Variant) -> int:
    return Variant.objects.get(id=variant.id).stock


@pytest.mark.django_db
def test_reserving_takes_the_pieces_of_every_variant() -> None:
    one, two = make_listing(stock=3).variants.get(), make_listing(stock=1).variants.get()
    reserve({two.id: 1, one.id: 2})
    assert (stock_of(one), stock_of(two)) == (1, 0)


@pytest.mark.django_db
def test_a_line_that_falls_short_reserves_nothing_and_says_what_is_left() -> None:
    plenty, few = make_listing(stock=9).variants.get(), make_listing(stock=1).variants.get()
    with pytest.raises(OutOfStock) as refused:
        reserve({plenty.id: 2, few.id: 3})
    assert refused.value.shortfalls == (Shortfall(variant_id=few.id, wanted=3, left=1),)
    assert (stock_of(plenty), stock_of(few)) == (9, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "obstacle",
    [
        lambda variant: Variant.objects.filter(id=variant.id).update(is_active=False),
        lambda variant: Listing.objects.filter(id=variant.listing_id).update(state=Listing.State.PAUSED),
        lambda variant: Shop.objects.filter(id=variant.listing.shop_id).update(state=Shop.State.HOLIDAY),
        lambda variant: Shop.objects.filter(id=variant.listing.shop_id).update(state=Shop.State.SUSPENDED),
    ],
    ids=["switched off", "paused", "shop on holiday", "shop suspended"],
)
def test_what_is_not_for_sale_counts_as_none_left(obstacle: Callable[[Variant], object]) -> None:
    variant = make_listing(stock=3).variants.get()
    obstacle(variant)
    with pytest.raises(OutOfStock) as refused:
        reserve({variant.id: 1})
    assert refused.value.shortfalls == (Shortfall(variant.id, wanted=1, left=0),)
    assert stock_of(variant) == 3


@pytest.mark.django_db
def test_an_unknown_variant_counts_as_none_left() -> None:
    with pytest.raises(OutOfStock) as refused:
        reserve({4_000_000_000: 1})
    assert refused.value.shortfalls == (Shortfall(4_000_000_000, wanted=1, left=0),)


@pytest.mark.django_db
@pytest.mark.parametrize("pieces", [0, -1])
def test_pieces_below_one_are_refused(pieces: int) -> None:
    variant = make_listing().variants.get()
    with pytest.raises(ValueError, match="counted from 1"):
        reserve({variant.id: pieces})
    with pytest.raises(ValueError, match="counted from 1"):
        put_back({variant.id: pieces})
    assert stock_of(variant) == 3


@pytest.mark.django_db
def test_putting_back_returns_the_pieces_also_when_the_listing_is_paused_since() -> None:
    variant = make_listing(stock=3).variants.get()
    reserve({variant.id: 3})
    Listing.objects.filter(id=variant.listing_id).update(state=Listing.State.PAUSED)
    put_back({variant.id: 2})
    assert stock_of(variant) == 2


@pytest.mark.django_db
def test_nothing_to_reserve_and_nothing_to_put_back_is_fine() -> None:
    reserve({})
    put_back({})


@pytest.mark.django_db
def test_the_database_refuses_a_stock_below_zero() -> None:
    variant = make_listing(stock=1).variants.get()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_variant SET stock = -1 WHERE id = %s", [variant.id])


@pytest.mark.django_db
def test_any_number_of_variants_takes_two_statements(django_assert_num_queries: Callable[[int], object]) -> None:
    quantities = {make_listing(stock=2).variants.get().id: 1 for _ in range(5)}
    with transaction.atomic(), django_assert_num_queries(4):  # type: ignore[attr-defined]
        reserve(quantities)  # savepoint, lock, update, release


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_is_sold_once_however_many_click() -> None:
    variant = make_listing(stock=1).variants.get()
    outcomes = at_once(*[lambda: reserve({variant.id: 1})] * 12)
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, OutOfStock) for outcome in outcomes if outcome)
    assert stock_of(variant) == 0


@pytest.mark.django_db(transaction=True)
def test_carts_that_hold_the_same_things_in_another_order_do_not_deadlock() -> None:
    one, two = make_listing(stock=40).variants.get(), make_listing(stock=40).variants.get()

    def shop_a_while(first: Variant, second: Variant) -> None:
        for _ in range(10):
            reserve({first.id: 2, second.id: 1})
            put_back({second.id: 1, first.id: 1})

    outcomes = at_once(*[lambda: shop_a_while(one, two), lambda: shop_a_while(two, one)] * 2)
    assert outcomes == [None] * 4
    assert stock_of(one) + stock_of(two) == 40


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_for_the_lock_sees_the_pieces_put_back_meanwhile() -> None:
    variant = make_listing(stock=1).variants.get()
    reserve({variant.id: 1})
    outcome: list[Exception | None] = []
    buyer = threading.Thread(target=lambda: outcome.extend(at_once(lambda: reserve({variant.id: 1}))))
    with transaction.atomic(), connection.cursor() as cursor:
        put_back({variant.id: 1})
        buyer.start()
        deadline = time.monotonic() + 20
        waiting = False
        while not waiting and time.monotonic() < deadline:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
            (waiting,) = cursor.fetchone()
        assert waiting
    buyer.join(timeout=30)
    assert outcome == [None]
    assert stock_of(variant) == 0
