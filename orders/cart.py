"""What somebody means to buy: kept line by line, nothing reserved, compared with the shops whenever it is looked at.

A browser that nobody has signed in with has a cart too; it joins the user's at sign-in. The functions that change a
cart raise `CartRefused`, whose message is for the person, and then nothing was changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.accounts.models import User
from marketplace.catalog.models import Variant
from marketplace.lib.money import Money
from orders.models import CartLine
from orders.offers import MOST_PIECES, Cart, Line, price_of, problem_with

MOST_LINES = 50
VISITORS_KEEP = timedelta(days=30)


class CartRefused(Exception):
    """The cart stays as it was; the message says why, to the person."""


class NotForSale(CartRefused):
    """Nobody can buy it now: sold out, paused, or in a shop that takes no orders."""


class OwnGoods(CartRefused):
    """Nobody buys from themselves."""


class NotEnough(CartRefused):
    """There are fewer pieces than that."""


class CartFull(CartRefused):
    """One cart holds so much and no more."""


@dataclass(frozen=True)
class Owner:
    """Whose cart it is: a user's, or that of a browser which carries the token `visitor`."""

    user: User | None = None
    visitor: str = ""

    @property
    def fields(self) -> dict[str, Any]:
        """What the rows of this cart say."""
        return {"user": self.user} if self.user else {"visitor": self.visitor}


def contents(owner: Owner) -> Cart:
    """The cart as it is now, in a constant number of queries."""
    return _read(_rows(owner), owner)


@transaction.atomic
def lock(owner: Owner) -> Cart:
    """The same with its lines locked until the caller's transaction ends."""
    return _read(_rows(owner).select_for_update(of=("self",)), owner)


def count(*, user: User | None, visitor: str) -> int:
    """How many pieces are in the user's cart, those of the browser that will join it included."""
    mine = Q(user=user) if user else Q(pk__in=[])
    found = CartLine.objects.filter(mine | Q(visitor=visitor)) if visitor else CartLine.objects.filter(mine)
    pieces: int = found.aggregate(pieces=Sum("quantity", default=0))["pieces"]
    return pieces


@transaction.atomic
def add(*, owner: Owner, variant_id: int, quantity: int, at: datetime) -> Variant:
    """Put some pieces of one thing into the cart, on top of those that are in it; return what they are of."""
    variant = _offered(variant_id)
    line, is_new = CartLine.objects.select_for_update().get_or_create(
        **owner.fields, variant=variant, defaults={"quantity": 1, "added_at": at, **_seen(variant)}
    )
    have = 0 if is_new else line.quantity
    _check(owner, variant, have + quantity, have)
    if is_new and CartLine.objects.filter(**owner.fields).count() > MOST_LINES:
        raise CartFull(_("Your cart is full. Order or remove something first."))
    _write(line, have + quantity, variant)
    return variant


@transaction.atomic
def change(*, owner: Owner, variant_id: int, quantity: int) -> None:
    """Have so many pieces of it in the cart, at today's price; what is not in the cart stays out of it."""
    variant = _offered(variant_id)
    line = CartLine.objects.filter(**owner.fields, variant=variant).select_for_update().first()
    if line is not None:
        _check(owner, variant, quantity, 0)
        _write(line, quantity, variant)


def remove(*, owner: Owner, variant_ids: Iterable[int]) -> None:
    """Take these things out of the cart; what is not in it is no matter."""
    CartLine.objects.filter(**owner.fields, variant__in=variant_ids).delete()


@transaction.atomic
def merge(*, visitor: str, user: User) -> None:
    """Let the cart of a browser join that of the user who signed in with it.

    What is in both stays once, with the larger number of pieces: the same wish twice is not two wishes.
    """
    lines = list(CartLine.objects.filter(visitor=visitor).order_by("variant_id").select_for_update())
    CartLine.objects.filter(visitor=visitor).delete()
    for line in lines:
        mine, is_new = CartLine.objects.select_for_update().get_or_create(
            user=user,
            variant_id=line.variant_id,
            defaults={
                "quantity": line.quantity,
                "unit_price_minor": line.unit_price_minor,
                "unit_shipping_minor": line.unit_shipping_minor,
                "added_at": line.added_at,
            },
        )
        if not is_new and line.quantity > mine.quantity:
            mine.quantity = line.quantity
            mine.save(update_fields=["quantity"])


def forget_visitors(*, at: datetime) -> int:
    """Drop what browsers that nobody signed in with put aside a month ago or longer; return how many lines."""
    old = CartLine.objects.filter(visitor__isnull=False, added_at__lte=at - VISITORS_KEEP)
    return old.delete()[0]


def _rows(owner: Owner) -> Any:
    rows = CartLine.objects.filter(**owner.fields, variant__listing__current__isnull=False)
    related = ("variant__listing__current", "variant__listing__shop", "variant__listing__category")
    photos = "variant__listing__current__placed_photos__photo"
    return rows.select_related(*related).prefetch_related(photos).order_by("pk")


def _read(rows: Iterable[CartLine], owner: Owner) -> Cart:
    return Cart(tuple(_compare(row, owner) for row in rows))


def _compare(row: CartLine, owner: Owner) -> Line:
    version = row.variant.listing.current
    assert version is not None  # noqa: S101 -- _rows reads none without
    seen = Money(row.unit_price_minor + row.unit_shipping_minor, version.currency)
    now = price_of(row.variant, version) + Money(version.shipping_minor, version.currency)
    return Line(
        variant=row.variant,
        version=version,
        quantity=row.quantity,
        is_own=owner.user is not None and row.variant.listing.shop.owner_id == owner.user.pk,
        was=seen if seen != now else None,
    )


def _offered(variant_id: int) -> Variant:
    listed = Variant.objects.filter(pk=variant_id, listing__current__isnull=False)
    variant = listed.select_related("listing__current", "listing__shop").first()
    if variant is None:
        raise NotForSale(_("This is not for sale any more."))
    return variant


def _check(owner: Owner, variant: Variant, wanted: int, have: int) -> None:
    """Refuse what could not be ordered anyway."""
    is_own = owner.user is not None and variant.listing.shop.owner_id == owner.user.pk
    if problem := problem_with(variant, 1, is_own=is_own):
        raise (OwnGoods if is_own else NotForSale)(problem)
    if wanted > MOST_PIECES:
        raise CartFull(_("You can order up to %(most)d pieces of one thing at once.") % {"most": MOST_PIECES})
    if problem := problem_with(variant, wanted, is_own=is_own):
        in_cart = ngettext("You have %(have)d in your cart.", "You have %(have)d in your cart.", have) % {"have": have}
        raise NotEnough(f"{problem} {in_cart}" if have else problem)


def _write(line: CartLine, quantity: int, variant: Variant) -> None:
    CartLine.objects.filter(pk=line.pk).update(quantity=quantity, **_seen(variant))


def _seen(variant: Variant) -> dict[str, int]:
    """Today's prices of one piece, as the line keeps them."""
    version = variant.listing.current
    assert version is not None  # noqa: S101 -- _offered finds none without
    return {
        "unit_price_minor": price_of(variant, version).amount_minor,
        "unit_shipping_minor": version.shipping_minor,
    }
