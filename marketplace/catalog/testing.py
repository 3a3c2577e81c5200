"""Makes shops and listings, through the actions, for the tests of this app and of those above it."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

from marketplace.accounts.actions import open_shop
from marketplace.accounts.models import Shop, User
from marketplace.catalog.actions import ListingContent, PlacedPhoto, VariantContent, create_listing, publish_listing
from marketplace.catalog.models import Category, Listing
from marketplace.media.models import Photo
from marketplace.media.pictures import Picture, read
from marketplace.media.testing import upload

_numbers = count(1)
PUBLISHED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def make_shop(*, name: str = "", currency: str = "USD") -> Shop:
    """An open shop of a new user."""
    number = next(_numbers)
    owner = User.objects.create_user(f"seller{number}@example.com", name=f"Seller {number}")
    return open_shop(owner=owner, name=name or f"Shop {number}", about="", currency=currency, country="PT")


def make_category(name: str = "Ceramics") -> Category:
    """The category of that name, made where it is not there yet."""
    return Category.objects.get_or_create(slug=name.lower(), defaults={"name": name})[0]


@cache
def _picture() -> Picture:
    return read(upload())


def make_content(shop: Shop, *, photos: int = 1, stock: int = 3, **changes: Any) -> ListingContent:
    """All that is said of a listing, for `create_listing` and `change_listing`; `changes` are its fields."""
    content = ListingContent(
        category=changes.get("category") or make_category(),
        title="Blue mug",
        description="Thrown by hand, glazed twice.",
        price_minor=2_000,
        shipping_minor=500,
        handling_days=7,
        protection_days=30,
        photos=[_place(shop.owner, position) for position in range(photos)],
        variants=[VariantContent(options={}, stock=stock)],
    )
    return replace(content, **changes)


def _place(owner: User, position: int) -> PlacedPhoto:
    """A photo without a file: most tests only need its place."""
    picture = _picture()
    photo = Photo.objects.create(owner=owner, width=picture.width, height=picture.height, sha256=picture.sha256)
    return PlacedPhoto(photo=photo, alt=f"Photo {position + 1}")


def make_listing(*, shop: Shop | None = None, at: datetime = PUBLISHED_AT, **content: Any) -> Listing:
    """A published listing; where it is of one kind, that is `listing.variants.get()`. See `make_content`."""
    shop = shop or make_shop()
    listing = create_listing(shop=shop, content=make_content(shop, **content))
    return publish_listing(listing=listing, at=at)
