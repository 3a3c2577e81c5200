"""The count of what is left: reserved when an order is placed, put back when it comes to nothing.

Both functions take any number of variants at once and lock them in ascending id, so that two carts that hold the same
things in another order wait for each other instead of deadlocking.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from marketplace.catalog.models import Variant


@dataclass(frozen=True)
class Shortfall:
    """A line that cannot be had: `left` is what can be; 0 also where it is not for sale any more."""

    variant_id: int
    wanted: int
    left: int


class OutOfStock(Exception):
    """Nothing was reserved, because some of it is not there."""

    def __init__(self, shortfalls: tuple[Shortfall, ...]) -> None:
        """Carry every line that falls short, in ascending variant id."""
        self.shortfalls = shortfalls
        super().__init__(", ".join(f"variant {s.variant_id}: {s.wanted} wanted, {s.left} left" for s in shortfalls))


@transaction.atomic
def reserve(quantities: Mapping[int, int]) -> None:
    """Take pieces out of the stock: all of them, or, raising OutOfStock, none.

    `quantities` maps variant ids to pieces, each at least 1. A variant that is switched off, whose listing is not
    published or whose shop is not open counts as none left. Holds the variants' row locks until the caller's
    transaction ends.
    """
    _refuse_nonsense(quantities)
    for_sale = Variant.objects.for_sale().filter(id__in=list(quantities))
    left = dict(for_sale.order_by("id").select_for_update(of=("self",), no_key=True).values_list("id", "stock"))
    shortfalls = tuple(
        Shortfall(variant_id, wanted, left.get(variant_id, 0))
        for variant_id, wanted in sorted(quantities.items())
        if wanted > left.get(variant_id, 0)
    )
    if shortfalls:
        raise OutOfStock(shortfalls)
    _add({variant_id: -pieces for variant_id, pieces in quantities.items()})


@transaction.atomic
def put_back(quantities: Mapping[int, int]) -> None:
    """Return reserved pieces to the stock, also of variants that have been switched off since.

    `quantities` maps variant ids to pieces, each at least 1. Call it in the transaction that ends the order, and only
    when that order really moved: putting back twice makes pieces out of nothing.
    """
    _refuse_nonsense(quantities)
    rows = Variant.objects.filter(id__in=list(quantities)).order_by("id")
    list(rows.select_for_update(no_key=True).values_list("id"))
    _add(quantities)


def _refuse_nonsense(quantities: Mapping[int, int]) -> None:
    if any(pieces < 1 for pieces in quantities.values()):
        raise ValueError("pieces are counted from 1")


def _add(pieces_by_variant: Mapping[int, int]) -> None:
    """Change the stock of all variants in one statement; their rows are locked already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_variant SET stock = stock + change.pieces"
            " FROM unnest(%s::bigint[], %s::int[]) AS change (variant_id, pieces)"
            " WHERE catalog_variant.id = change.variant_id",
            [list(pieces_by_variant), list(pieces_by_variant.values())],
        )
