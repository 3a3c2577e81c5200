"""People, shops and listings that stand for those of another marketplace.

They are found again by names made from the ids they had there, so that a buyer of a hundred orders is one account.
Nobody can sign in as them or write to them, and nothing of theirs is for sale.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password

from marketplace.accounts.models import Shop, User
from marketplace.catalog.models import Category, Listing, ListingVersion
from marketplace.imports.reading import Line
from marketplace.imports.sources import SourceOrder
from marketplace.lib import references, sql

CATEGORY = {"slug": "imported", "name": "Imported"}
NO_COUNTRY = "ZZ"  # the CLDR's "unknown region"
REFERENCE_LENGTH = 16

# Taken beforehand, so that a version can be written before its listing, which then points at it from the first.
LISTING_IDS = "SELECT nextval(pg_get_serial_sequence('catalog_listing', 'id')) FROM generate_series(1, %s)"


@dataclass(frozen=True)
class StandIns:
    """The ids of those that a batch needs: users by the id they had, versions by `product_of`."""

    buyers: Mapping[str, int]
    sellers: Mapping[str, int]
    versions: Mapping[tuple[str, str, str], int]


def product_of(line: Line) -> tuple[str, str, str]:
    """What a listing stands for: one seller's product, in one currency. Its prices are the order lines' own."""
    return line.seller_id, line.product_id, line.currency


def stand_ins(orders: Iterable[SourceOrder]) -> StandIns:
    """Whoever and whatever these orders speak of, found or made. A constant number of statements."""
    orders = list(orders)
    lines = [line for order in orders for sale in order.sales for line in sale.lines]
    buyers = _people("buyer", {order.buyer_id for order in orders})
    sellers = _people("seller", {line.seller_id for line in lines})
    shops = _shops({line.seller_id: line.currency for line in lines}, sellers)
    return StandIns(buyers, sellers, _versions(lines, shops))


def _digest(*parts: str) -> str:
    """A short name for something of theirs; parts cannot run into each other."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _people(role: str, ids: set[str]) -> dict[str, int]:
    emails = {source_id: f"{role}-{_digest(source_id)}@imported.invalid" for source_id in ids}
    found = dict(User.objects.filter(email__in=emails.values()).values_list("email", "pk"))
    no_password = make_password(None)
    missing = [
        User(
            email=email,
            name=f"Imported {role} {email.partition('-')[2][:8]}",
            password=no_password,
            is_active=False,
        )
        for email in emails.values()
        if email not in found
    ]
    found |= {user.email: user.pk for user in User.objects.bulk_create(missing)}
    return {source_id: found[email] for source_id, email in emails.items()}


def _shops(currencies: Mapping[str, str], sellers: Mapping[str, int]) -> dict[str, int]:
    """Each seller's shop; it is suspended, so that no listing of it can be put on display."""
    found = dict(Shop.objects.filter(owner__in=sellers.values()).values_list("owner_id", "pk"))
    missing = [
        Shop(
            owner_id=sellers[source_id],
            name=f"Imported shop {_digest(source_id)}",
            slug=f"imported-{_digest(source_id)}",
            currency=currency,
            country=NO_COUNTRY,
            state=Shop.State.SUSPENDED,
        )
        for source_id, currency in currencies.items()
        if sellers[source_id] not in found
    ]
    found |= {shop.owner_id: shop.pk for shop in Shop.objects.bulk_create(missing)}
    return {source_id: found[sellers[source_id]] for source_id in currencies}


def _versions(lines: Iterable[Line], shops: Mapping[str, int]) -> dict[tuple[str, str, str], int]:
    """The version that each product's orders are pinned to, with the product's name as far as it is known."""
    products = {product_of(line): line for line in reversed(list(lines))}
    names = {product: _reference(product) for product in products}
    known = ListingVersion.objects.filter(listing__reference__in=names.values())
    found = dict(known.values_list("listing__reference", "pk"))
    missing = [product for product, name in names.items() if name not in found]
    if missing:
        category, _ = Category.objects.get_or_create(slug=CATEGORY["slug"], defaults=CATEGORY)
        ids = [number for (number,) in sql.call(LISTING_IDS, [len(missing)])]
        versions = ListingVersion.objects.bulk_create(
            _version(listing_id, products[product]) for product, listing_id in zip(missing, ids, strict=True)
        )
        Listing.objects.bulk_create(
            Listing(
                pk=version.listing_id,
                reference=names[product],
                shop_id=shops[product[0]],
                category=category,
                current=version,
                state=Listing.State.PAUSED,
            )
            for product, version in zip(missing, versions, strict=True)
        )
        found |= {names[product]: version.pk for product, version in zip(missing, versions, strict=True)}
    return {product: found[name] for product, name in names.items()}


def _reference(product: tuple[str, str, str]) -> str:
    """The listing's public reference: sixteen letters, always the same for one product."""
    number = int.from_bytes(hashlib.sha256("\n".join(product).encode()).digest())
    return references.spell(number, REFERENCE_LENGTH)


def _version(listing_id: int, line: Line) -> ListingVersion:
    kind = line.category.replace("_", " ").strip().capitalize()
    return ListingVersion(
        listing_id=listing_id,
        number=1,
        title=f"{kind[:60] or 'Product'} {line.product_id}"[:120],
        description="Imported from another marketplace; its description was not.",
        currency=line.currency,
        price_minor=line.unit_price_minor,
        shipping_minor=line.unit_shipping_minor,
        handling_days=settings.HANDLING_DAYS["most"],
        protection_days=settings.PROTECTION_DAYS["most"],
    )
