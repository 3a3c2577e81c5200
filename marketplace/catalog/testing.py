"""Makes shops and listings for the tests of this app and of those above it."""

from itertools import count

from marketplace.accounts.models import Shop, User
from marketplace.catalog.models import Category, Listing, ListingVersion, Variant

_numbers = count(1)


def make_shop(*, currency: str = "USD", **fields: object) -> Shop:
    """An open shop of a new user."""
    number = next(_numbers)
    owner = User.objects.create_user(f"seller{number}@example.com", "correct horse", name=f"Seller {number}")
    return Shop.objects.create(
        owner=owner, name=f"Shop {number}", slug=f"shop-{number}", currency=currency, country="PT", **fields
    )


def make_listing(
    *, shop: Shop | None = None, title: str = "Blue mug", price_minor: int = 2_000, stock: int = 3
) -> Listing:
    """A published listing of one kind; its only variant is `listing.variants.get()`."""
    shop = shop or make_shop()
    category, _ = Category.objects.get_or_create(slug="ceramics", defaults={"name": "Ceramics"})
    listing = Listing.objects.create(shop=shop, category=category)
    listing.current = ListingVersion.objects.create(
        listing=listing,
        number=1,
        title=title,
        description="Thrown by hand, glazed twice.",
        currency=shop.currency,
        price_minor=price_minor,
        shipping_minor=500,
        handling_days=7,
        protection_days=30,
    )
    listing.state = Listing.State.PUBLISHED
    listing.save()
    Variant.objects.create(listing=listing, stock=stock)
    return listing
