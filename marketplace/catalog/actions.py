"""What a seller does with a listing. Orders change the stock through `marketplace.catalog.stock`.

Every function takes what it needs by keyword, changes all or nothing, and raises a named exception to refuse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from marketplace.accounts.models import Shop
from marketplace.catalog.models import Category, Listing, ListingVersion, ListingVersionPhoto, Variant
from marketplace.lib import references
from marketplace.media.models import Photo


class ListingChangedError(Exception):
    """The listing was changed since the seller began to edit it, in another window perhaps."""


class NoPhotoError(Exception):
    """Nobody buys what they cannot see: a published listing has a photo."""


class NoVariantError(Exception):
    """There must be one kind at least to buy."""


class ShopSuspendedError(Exception):
    """A suspended shop publishes nothing."""


@dataclass(frozen=True)
class PlacedPhoto:
    """A photo in its place, with the words for those who cannot see it."""

    photo: Photo
    alt: str


@dataclass(frozen=True)
class VariantContent:
    """One kind to buy: its options, its price where it differs, its stock.

    `stock_was` is the stock that the seller saw when typing `stock`: what was sold since is taken off as well. Without
    it `stock` is what there is.
    """

    options: dict[str, str]
    stock: int
    stock_was: int | None = None
    price_minor: int | None = None


@dataclass(frozen=True)
class ListingContent:
    """All that a seller says of a listing. Amounts are in the minor units of the shop's currency."""

    category: Category
    title: str
    description: str
    price_minor: int
    shipping_minor: int
    handling_days: int
    protection_days: int
    photos: Sequence[PlacedPhoto]
    variants: Sequence[VariantContent]


@transaction.atomic
def create_listing(*, shop: Shop, content: ListingContent, reference: str | None = None) -> Listing:
    """Save a draft. With the `reference` of a listing that the shop already has, that one is returned unchanged.

    A form carries the reference from its first showing, so a second click finds what the first one made.
    Raises `NoVariantError`.
    """
    reference = reference or references.new()
    listing, is_new = Listing.objects.get_or_create(
        reference=reference, shop=shop, defaults={"category": content.category, "currency": shop.currency}
    )
    if is_new:
        _write_version(listing, shop, content)
        _write_variants(listing, content)
    return listing


@transaction.atomic
def change_listing(*, listing: Listing, content: ListingContent, version_seen: int, edit: str = "") -> Listing:
    """Write the listing anew: a new version where anything in it differs, and the variants with their stock.

    `version_seen` is the number of the version that the seller's form showed; `edit` is the form's own random name, by
    which a second click on the same form is known and changes nothing more. Raises `ListingChangedError` where there
    is a newer version that says something else; `NoPhotoError` where a published listing would lose its last photo;
    `NoVariantError`.
    """
    listing = _lock(listing)
    if edit and listing.last_edit == edit:
        return listing
    if listing.state == Listing.State.PUBLISHED and not content.photos:
        raise NoPhotoError
    if not _says_the_same(listing, content):
        if listing.current and listing.current.number != version_seen:
            raise ListingChangedError
        listing.category = content.category
        _write_version(listing, listing.shop, content)
    _write_variants(listing, content)
    listing.last_edit = edit
    listing.save(update_fields=["last_edit"])
    return listing


@transaction.atomic
def publish_listing(*, listing: Listing, at: datetime) -> Listing:
    """Put the listing on display; one that is there already stays.

    Raises `ShopSuspendedError`, `NoPhotoError`, or `NoVariantError` where no kind is switched on.
    """
    listing = _lock(listing)
    if listing.shop.state == Shop.State.SUSPENDED:
        raise ShopSuspendedError
    if listing.current is None or not listing.current.placed_photos.exists():
        raise NoPhotoError
    if not listing.variants.filter(is_active=True).exists():
        raise NoVariantError
    listing.state = Listing.State.PUBLISHED
    listing.published_at = listing.published_at or at
    listing.save(update_fields=["state", "published_at"])
    return listing


@transaction.atomic
def pause_listing(*, listing: Listing) -> Listing:
    """Take the listing off display until it is published again; a draft stays a draft. Open orders live on."""
    listing = _lock(listing)
    if listing.state == Listing.State.PUBLISHED:
        listing.state = Listing.State.PAUSED
        listing.save(update_fields=["state"])
    return listing


def _lock(listing: Listing) -> Listing:
    """The listing as it is now, locked; whoever else edits it waits."""
    return Listing.objects.select_for_update(of=("self",), no_key=True).select_related("shop").get(id=listing.id)


def _says_the_same(listing: Listing, content: ListingContent) -> bool:
    """Whether the current version already says all that, so that no new one is needed."""
    version = listing.current
    if version is None or listing.category_id != content.category.id:
        return False
    photos = [(placed.photo_id, placed.alt) for placed in version.placed_photos.all()]
    return photos == [(placed.photo.id, placed.alt) for placed in content.photos] and all(
        getattr(version, field) == getattr(content, field) for field in VERSIONED
    )


VERSIONED = ("title", "description", "price_minor", "shipping_minor", "handling_days", "protection_days")


def _write_version(listing: Listing, shop: Shop, content: ListingContent) -> None:
    """Append a version and make it the current one."""
    version = ListingVersion.objects.create(
        listing=listing,
        number=listing.current.number + 1 if listing.current else 1,
        currency=shop.currency,
        **{field: getattr(content, field) for field in VERSIONED},
    )
    ListingVersionPhoto.objects.bulk_create(
        ListingVersionPhoto(version=version, photo=placed.photo, position=position, alt=placed.alt)
        for position, placed in enumerate(content.photos)
    )
    listing.current = version
    listing.save(update_fields=["current", "category"])


def _write_variants(listing: Listing, content: ListingContent) -> None:
    """Make the variants those of the content. What is gone is switched off, never deleted: orders point at it."""
    if not content.variants:
        raise NoVariantError
    rows = listing.variants.order_by("id").select_for_update(no_key=True)
    existing = {_key(variant.options): variant for variant in rows}
    wanted = {_key(variant.options): variant for variant in content.variants}
    for key, variant in existing.items():
        if key not in wanted and variant.is_active:
            variant.is_active = False
            variant.save(update_fields=["is_active"])
    for position, (key, variant_content) in enumerate(wanted.items()):
        variant = existing.get(key) or Variant(listing=listing, options=variant_content.options, is_active=False)
        seen = variant_content.stock_was
        sold_since = seen - variant.stock if seen is not None and variant.is_active else 0
        variant.stock = max(0, variant_content.stock - sold_since)
        variant.price_minor = variant_content.price_minor
        variant.position = position
        variant.is_active = True
        variant.save()
    _write_price_range(listing)


def _key(options: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(options.items()))


def _write_price_range(listing: Listing) -> None:
    """Copy the lowest and the highest price of the active variants to where searches look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_listing SET from_price_minor = span.low, to_price_minor = span.high FROM ("
            "  SELECT min(coalesce(variant.price_minor, version.price_minor)) AS low,"
            "         max(coalesce(variant.price_minor, version.price_minor)) AS high"
            "  FROM catalog_variant variant JOIN catalog_listingversion version ON version.id = %s"
            "  WHERE variant.listing_id = %s AND variant.is_active) AS span"
            " WHERE id = %s",
            [listing.current_id, listing.id, listing.id],
        )
