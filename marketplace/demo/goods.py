"""Puts the demo's shops and listings up, through the same actions as any seller."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path

from marketplace.accounts.actions import open_shop, start_holiday
from marketplace.accounts.models import Shop
from marketplace.catalog.actions import ListingContent, PlacedPhoto, VariantContent, create_listing, publish_listing
from marketplace.catalog.models import Category, Listing
from marketplace.demo import reading
from marketplace.demo.people import make_person
from marketplace.demo.reading import DemoListing, DemoShop
from marketplace.lib import money
from marketplace.media import pictures
from marketplace.media.actions import keep_picture

CATEGORIES = {
    "kitchen": "Kitchen & table",
    "home": "Home & light",
    "clothing": "Clothing & bags",
    "outdoors": "Bikes & outdoors",
    "books": "Books & paper",
    "sound": "Sound & vision",
    "plants": "Plants & garden",
    "toys": "Toys & games",
}
FEES = {"books": 300}  # basis points, where it is not the usual fee
EARLIER = timedelta(days=100)  # all listings are older than the oldest order
APART = timedelta(hours=5)  # they went up one after the other, a shop's among the others'


def make_goods(*, at: datetime) -> None:
    """All shops with all listings, the newest of them put up a hundred days before `at`."""
    categories = {
        slug: Category.objects.create(slug=slug, name=name, position=position, fee_bps=FEES.get(slug))
        for position, (slug, name) in enumerate(CATEGORIES.items())
    }
    shops = reading.shops()
    drawn = _read_pictures([path for shop in shops for listing in shop.listings for path in listing.pictures])
    opened = {shop.name: _open(shop) for shop in shops}
    rounds = zip_longest(*([(shop, listing) for listing in shop.listings] for shop in shops))
    in_order = [pair for pairs in rounds for pair in pairs if pair]
    for place, (shop, listing) in enumerate(in_order):
        content = _content(opened[shop.name], listing, categories[listing.category], drawn)
        _put_up(opened[shop.name], content, at - EARLIER - APART * (len(in_order) - place))
    for shop in shops:
        if shop.holiday:
            start_holiday(shop=opened[shop.name])


def _read_pictures(paths: list[Path]) -> dict[Path, pictures.Picture]:
    """Decode and encode all of them; Pillow lets threads work side by side."""

    def read(path: Path) -> pictures.Picture:
        with path.open("rb") as file:
            return pictures.read(file)

    with ThreadPoolExecutor(max_workers=4) as pool:
        return dict(zip(paths, pool.map(read, paths), strict=True))


def _open(shop: DemoShop) -> Shop:
    owner = make_person(shop.owner, shop.owner_name, shop.time_zone)
    return open_shop(owner=owner, name=shop.name, about=shop.about, currency=shop.currency, country=shop.country)


def _content(
    shop: Shop, listing: DemoListing, category: Category, drawn: dict[Path, pictures.Picture]
) -> ListingContent:
    words = [listing.alt, f"{listing.alt}, seen close"]
    photos = [
        PlacedPhoto(keep_picture(owner=shop.owner, picture=drawn[path], alt=alt), alt)
        for path, alt in zip(listing.pictures, words, strict=False)
    ]
    prices = [_minor(price, shop.currency) for price in listing.prices]
    return ListingContent(
        category=category,
        title=listing.title,
        description=listing.description,
        price_minor=_minor(listing.price, shop.currency),
        shipping_minor=_minor(listing.shipping, shop.currency),
        handling_days=listing.handling_days,
        protection_days=listing.protection_days,
        photos=photos,
        variants=[
            VariantContent(options=options, stock=stock, price_minor=price)
            for options, stock, price in zip_longest(listing.combinations, listing.stock, prices)
        ],
    )


def _minor(price: str, currency: str) -> int:
    return money.parse(price, currency, locale="en").amount_minor


def _put_up(shop: Shop, content: ListingContent, at: datetime) -> Listing:
    return publish_listing(listing=create_listing(shop=shop, content=content), at=at)
