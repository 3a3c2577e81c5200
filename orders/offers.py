"""A cart compared with the shops as they are now: what could be ordered, for how much, and what could not."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplace.accounts.models import Shop
from marketplace.catalog.models import Listing, ListingVersion, Variant
from marketplace.lib import money
from marketplace.lib.money import Money

MOST_PIECES = 99  # of one thing
SHOP_PROBLEMS = {
    Shop.State.HOLIDAY: gettext_lazy("The shop is on holiday and takes no orders at the moment."),
    Shop.State.SUSPENDED: gettext_lazy("The shop takes no orders any more."),
}


@dataclass(frozen=True)
class Line:
    """Some pieces of one thing, as the shop offers it now. `was` is the price seen before, where it was another."""

    variant: Variant
    version: ListingVersion
    quantity: int
    is_own: bool
    was: Money | None = None

    @property
    def shop(self) -> Shop:
        """Who sells it."""
        return self.variant.listing.shop

    @property
    def photo(self) -> dict[str, str] | None:
        """The first picture, small, as components show it."""
        placed = next(iter(self.version.placed_photos.all()), None)
        return {"url": placed.photo.thumbnail_url, "alt": placed.alt} if placed else None

    @property
    def unit_price(self) -> Money:
        """The price of one piece."""
        return price_of(self.variant, self.version)

    @property
    def unit_shipping(self) -> Money:
        """The shipping of one piece."""
        return Money(self.version.shipping_minor, self.version.currency)

    @property
    def unit_total(self) -> Money:
        """One piece with its shipping."""
        return self.unit_price + self.unit_shipping

    @property
    def most(self) -> int:
        """How many pieces can be ordered at once."""
        return min(self.variant.stock, MOST_PIECES)

    @property
    def goods(self) -> Money:
        """The price of all pieces."""
        return self.unit_price * self.quantity

    @property
    def shipping(self) -> Money:
        """The shipping of all pieces."""
        return self.unit_shipping * self.quantity

    @property
    def problem(self) -> str:
        """Why it cannot be ordered, to the person; empty where it can."""
        return problem_with(self.variant, self.quantity, is_own=self.is_own)

    @property
    def can_take(self) -> int:
        """How many pieces could be had instead, where there are some but not enough; else 0."""
        fewer = self.variant.stock < self.quantity
        return self.variant.stock if fewer and not problem_with(self.variant, 1, is_own=self.is_own) else 0


@dataclass(frozen=True)
class Part:
    """The lines of one seller: one order, were it placed now. Sums are over the lines given."""

    shop: Shop
    currency: str
    lines: tuple[Line, ...]

    @property
    def goods(self) -> Money:
        """The price of all goods."""
        return money.total((line.goods for line in self.lines), self.currency)

    @property
    def shipping(self) -> Money:
        """The shipping of all goods."""
        return money.total((line.shipping for line in self.lines), self.currency)

    @property
    def total(self) -> Money:
        """What the buyer pays for it."""
        return self.goods + self.shipping

    @property
    def handling_days(self) -> int:
        """The seller's time to ship: the longest of the lines'."""
        return max(line.version.handling_days for line in self.lines)

    @property
    def protection_days(self) -> int:
        """The buyer's protection from shipping: the longest of the lines'."""
        return max(line.version.protection_days for line in self.lines)

    def promised_at(self, at: datetime) -> datetime:
        """When it should arrive at the latest, were it placed at `at`."""
        return at + timedelta(days=self.handling_days + settings.DELIVERY_DAYS)


@dataclass(frozen=True)
class Sums:
    """Orders of one currency, which are paid together."""

    orders: tuple[Part, ...]

    @property
    def goods(self) -> Money:
        """The price of all goods."""
        return money.total((part.goods for part in self.orders), self.orders[0].currency)

    @property
    def shipping(self) -> Money:
        """The shipping of all goods."""
        return money.total((part.shipping for part in self.orders), self.orders[0].currency)

    @property
    def total(self) -> Money:
        """What is paid."""
        return self.goods + self.shipping


@dataclass(frozen=True)
class Cart:
    """A cart compared with the shops as they are now; lines in the order in which they were added."""

    lines: tuple[Line, ...]

    @cached_property
    def parts(self) -> list[Part]:
        """All lines, seller by seller."""
        return _parts(self.lines)

    @cached_property
    def orders(self) -> list[Part]:
        """What would be ordered: the lines that nothing is wrong with."""
        return _parts(line for line in self.lines if not line.problem)

    @cached_property
    def left_out(self) -> list[Line]:
        """The lines that cannot be ordered."""
        return [line for line in self.lines if line.problem]

    @cached_property
    def sums(self) -> list[Sums]:
        """What would be paid, a currency each."""
        currencies = dict.fromkeys(part.currency for part in self.orders)
        return [Sums(tuple(part for part in self.orders if part.currency == currency)) for currency in currencies]

    @property
    def totals(self) -> list[Money]:
        """The sums that would be paid."""
        return [sums.total for sums in self.sums]

    @cached_property
    def fingerprint(self) -> str:
        """Names all that a buyer agrees to by placing this: things as described, pieces, prices, times, sellers."""
        agreed = [
            (
                *(line.variant.pk, line.version.pk, line.quantity, line.unit_price.amount_minor),
                *(line.unit_shipping.amount_minor, part.handling_days, part.protection_days),
            )
            for part in self.orders
            for line in part.lines
        ]
        return hashlib.sha256(json.dumps(agreed).encode()).hexdigest()


def _parts(lines: Iterable[Line]) -> list[Part]:
    by_seller = sorted(lines, key=lambda line: (line.shop.name.casefold(), line.shop.pk, line.version.currency))
    return [
        Part(group[0].shop, group[0].version.currency, tuple(group))
        for _key, members in groupby(by_seller, key=lambda line: (line.shop.pk, line.version.currency))
        if (group := list(members))
    ]


def price_of(variant: Variant, version: ListingVersion) -> Money:
    """What one piece costs: the variant's own price, else the listing's."""
    price_minor = version.price_minor if variant.price_minor is None else variant.price_minor
    return Money(price_minor, version.currency)


def problem_with(variant: Variant, quantity: int, *, is_own: bool) -> str:
    """Why so many pieces of it cannot be ordered now, to the person; empty where they can."""
    listing, left = variant.listing, variant.stock
    if is_own:
        return _("This is from your own shop. Nobody can buy from themselves.")
    if listing.shop.state != Shop.State.OPEN:
        return str(SHOP_PROBLEMS[Shop.State(listing.shop.state)])
    if listing.state != Listing.State.PUBLISHED or not variant.is_active:
        return _("The seller does not offer this at the moment.")
    if left == 0:
        return _("Sold out.")
    if left < quantity:
        return ngettext("Only %(left)d is left.", "Only %(left)d are left.", left) % {"left": left}
    return ""
