"""Writing listings: each change is a new version, and the versions before it stay as they were."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.catalog import actions
from marketplace.catalog.actions import VariantContent
from marketplace.catalog.models import Listing, ListingVersion, Variant
from marketplace.catalog.stock import reserve
from marketplace.catalog.testing import PUBLISHED_AT, make_category, make_content, make_listing, make_shop
from marketplace.lib.testing import at_once

pytestmark = pytest.mark.django_db

SIZES = [VariantContent({"Size": "S"}, stock=1), VariantContent({"Size": "M"}, stock=2, price_minor=2_400)]


def variants_of(listing: Listing) -> dict[str, tuple[int, bool]]:
    return {variant.label: (variant.stock, variant.is_active) for variant in Variant.objects.filter(listing=listing)}


def test_a_new_listing_is_a_draft_with_its_first_version() -> None:
    shop = make_shop(currency="EUR")
    listing = actions.create_listing(shop=shop, content=make_content(shop, photos=2))
    assert listing.state == Listing.State.DRAFT
    assert listing.current is not None
    assert (listing.current.number, listing.current.currency, listing.current.title) == (1, "EUR", "Blue mug")
    assert [placed.alt for placed in listing.current.placed_photos.all()] == ["Photo 1", "Photo 2"]


def test_creating_twice_under_one_reference_makes_one_listing() -> None:
    shop = make_shop()
    content = make_content(shop)
    one = actions.create_listing(shop=shop, content=content, reference="SAMESAME22")
    two = actions.create_listing(shop=shop, content=replace(content, title="Other"), reference="SAMESAME22")
    assert one == two
    assert ListingVersion.objects.get(listing=one).title == "Blue mug"


def test_a_change_appends_a_version_and_moves_current() -> None:
    listing = make_listing()
    content = make_content(listing.shop, title="Green mug", price_minor=2_100)
    changed = actions.change_listing(listing=listing, content=content, version_seen=1)
    assert changed.current is not None
    assert (changed.current.number, changed.current.title, changed.current.price_minor) == (2, "Green mug", 2_100)
    first = ListingVersion.objects.get(listing=listing, number=1)
    assert (first.title, first.price_minor) == ("Blue mug", 2_000)


def test_saving_the_same_again_makes_no_version() -> None:
    listing = make_listing()
    content = make_content(listing.shop, title="Green mug", photos=2)
    actions.change_listing(listing=listing, content=content, version_seen=1)
    actions.change_listing(listing=listing, content=content, version_seen=1)
    assert listing.versions.count() == 2


def test_a_second_click_on_the_same_form_counts_its_stock_once() -> None:
    listing = make_listing(stock=3)
    content = make_content(listing.shop, variants=[VariantContent({}, stock=5, stock_was=3)])
    for _click in range(2):
        actions.change_listing(listing=listing, content=content, version_seen=1, edit="form one")
    assert listing.variants.get().stock == 5


def test_a_form_opened_before_another_change_is_refused() -> None:
    listing = make_listing()
    content = make_content(listing.shop)
    actions.change_listing(listing=listing, content=replace(content, title="Green mug"), version_seen=1)
    with pytest.raises(actions.ListingChangedError):
        actions.change_listing(listing=listing, content=replace(content, title="Red mug"), version_seen=1)
    listing.refresh_from_db()
    assert str(listing) == "Green mug"


@pytest.mark.parametrize("change", ["photos", "alt", "category"])
def test_photos_their_words_and_the_category_count_as_changes(change: str) -> None:
    listing = make_listing()
    assert listing.current is not None
    placed = listing.current.placed_photos.get()
    same = replace(make_content(listing.shop), photos=[actions.PlacedPhoto(placed.photo, placed.alt)])
    changed = {
        "photos": replace(same, photos=[*same.photos, *make_content(listing.shop).photos]),
        "alt": replace(same, photos=[actions.PlacedPhoto(placed.photo, "Seen from above")]),
        "category": replace(same, category=make_category("Kitchen")),
    }
    actions.change_listing(listing=listing, content=same, version_seen=1)
    assert listing.versions.count() == 1
    actions.change_listing(listing=listing, content=changed[change], version_seen=1)
    assert listing.versions.count() == 2


def test_a_published_listing_keeps_a_photo() -> None:
    listing = make_listing()
    with pytest.raises(actions.NoPhotoError):
        actions.change_listing(listing=listing, content=make_content(listing.shop, photos=0), version_seen=1)


def test_a_listing_has_one_kind_to_buy_at_least() -> None:
    listing = make_listing()
    with pytest.raises(actions.NoVariantError):
        actions.change_listing(listing=listing, content=make_content(listing.shop, variants=[]), version_seen=1)


def test_a_variant_that_is_gone_is_switched_off_and_comes_back_with_the_new_stock() -> None:
    listing = make_listing(variants=SIZES)
    only_small = make_content(listing.shop, variants=SIZES[:1])
    actions.change_listing(listing=listing, content=only_small, version_seen=1)
    assert variants_of(listing) == {"Size S": (1, True), "Size M": (2, False)}
    both = make_content(listing.shop, variants=[SIZES[0], VariantContent({"Size": "M"}, stock=5)])
    actions.change_listing(listing=listing, content=both, version_seen=2)
    assert variants_of(listing)["Size M"] == (5, True)


@pytest.mark.parametrize(("stock_was", "stock", "after"), [(3, 3, 1), (3, 5, 3), (3, 0, 0), (3, 1, 0)])
def test_what_is_sold_while_the_seller_types_stays_sold(stock_was: int, stock: int, after: int) -> None:
    listing = make_listing(stock=3)
    reserve({listing.variants.get().id: 2})
    variants = [VariantContent({}, stock=stock, stock_was=stock_was)]
    actions.change_listing(listing=listing, content=make_content(listing.shop, variants=variants), version_seen=1)
    assert listing.variants.get().stock == after


def test_the_range_of_prices_is_that_of_the_active_variants() -> None:
    listing = make_listing(variants=SIZES)
    listing.refresh_from_db()
    assert (listing.currency, listing.from_price_minor, listing.to_price_minor) == ("USD", 2_000, 2_400)
    content = make_content(listing.shop, variants=SIZES[1:])
    actions.change_listing(listing=listing, content=content, version_seen=1)
    listing.refresh_from_db()
    assert (listing.from_price_minor, listing.to_price_minor) == (2_400, 2_400)


def test_publishing_and_pausing_twice_is_publishing_and_pausing_once() -> None:
    listing = make_listing()
    assert actions.pause_listing(listing=listing).state == Listing.State.PAUSED
    assert actions.pause_listing(listing=listing).state == Listing.State.PAUSED
    again = actions.publish_listing(listing=listing, at=PUBLISHED_AT.replace(year=2027))
    assert (again.state, again.published_at) == (Listing.State.PUBLISHED, PUBLISHED_AT)


def test_a_draft_is_not_paused() -> None:
    shop = make_shop()
    draft = actions.create_listing(shop=shop, content=make_content(shop))
    assert actions.pause_listing(listing=draft).state == Listing.State.DRAFT


def test_nothing_is_published_without_a_photo() -> None:
    shop = make_shop()
    draft = actions.create_listing(shop=shop, content=make_content(shop, photos=0))
    with pytest.raises(actions.NoPhotoError):
        actions.publish_listing(listing=draft, at=PUBLISHED_AT)


def test_a_suspended_shop_publishes_nothing() -> None:
    listing = actions.pause_listing(listing=make_listing())
    listing.shop.state = listing.shop.State.SUSPENDED
    listing.shop.save()
    with pytest.raises(actions.ShopSuspendedError):
        actions.publish_listing(listing=listing, at=PUBLISHED_AT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalog_listingversion SET price_minor = 1",
        "UPDATE catalog_listingversion SET title = title",
        "DELETE FROM catalog_listingversion",
        "UPDATE catalog_listingversionphoto SET alt = 'something else'",
        "DELETE FROM catalog_listingversionphoto",
    ],
)
def test_the_database_refuses_to_change_a_version(statement: str) -> None:
    make_listing()
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


SECOND_VERSION_OF_ONE_NUMBER = """
    INSERT INTO catalog_listingversion SELECT (jsonb_populate_record(version, '{"id": 0}')).*
    FROM catalog_listingversion version
"""
ONE_KIND_TWICE = """
    INSERT INTO catalog_variant (listing_id, options, stock, is_active, position)
    SELECT listing_id, options, 1, true, 1 FROM catalog_variant
"""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalog_listing SET current_id = NULL",
        "UPDATE catalog_variant SET stock = -1",
        SECOND_VERSION_OF_ONE_NUMBER,
        ONE_KIND_TWICE,
    ],
    ids=["published without a version", "stock below zero", "two versions of one number", "one kind twice"],
)
def test_the_database_refuses_what_cannot_be(statement: str) -> None:
    make_listing()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_two_windows_saving_at_once_leave_versions_in_order() -> None:
    listing = make_listing()
    contents = [make_content(listing.shop, title=f"Mug {number}") for number in range(4)]
    outcomes = at_once(
        *[lambda c=content: actions.change_listing(listing=listing, content=c, version_seen=1) for content in contents]
    )
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, actions.ListingChangedError) for outcome in outcomes if outcome)
    assert list(listing.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
