"""What a listing shows of itself where many stand together; `templates/components/_listing_card.html` draws it."""

from dataclasses import dataclass

from marketplace.catalog.models import Listing
from marketplace.lib.money import Money


@dataclass(frozen=True)
class CardPhoto:
    """A thumbnail and the words for it."""

    url: str
    alt: str


@dataclass(frozen=True)
class Card:
    """A listing in a grid."""

    url: str
    title: str
    photo: CardPhoto | None
    amount: Money
    varies: bool
    shipping: Money | None
    shop: str
    sold_out: bool


def card_of(listing: Listing) -> Card:
    """The card of a listing that came by `Listing.objects.for_cards()`; asks the database nothing."""
    version = listing.version
    cover = version.covers[0] if version.covers else None
    price = version.price_minor if listing.from_price_minor is None else listing.from_price_minor
    return Card(
        url=listing.get_absolute_url(),
        title=version.title,
        photo=CardPhoto(url=cover.photo.thumbnail_url, alt=cover.alt) if cover else None,
        amount=Money(price, version.currency),
        varies=listing.from_price_minor != listing.to_price_minor,
        shipping=Money(version.shipping_minor, version.currency) if version.shipping_minor else None,
        shop=listing.shop.name,
        sold_out=not listing.has_stock,
    )
