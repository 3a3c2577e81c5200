"""Writes files of orders that look like another marketplace's: for the import's benchmark and for its tests.

Made after the shape of Olist's public data (about 0.95 orders a line, few orders a seller, nearly every buyer new);
nothing of that data is in it.
"""

import csv
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketplace.imports.reading import COLUMNS

FIRST_DAY = datetime(2016, 9, 1, tzinfo=UTC)
STATUSES = {"delivered": 69, "shipped": 15, "canceled": 7, "processing": 5, "invoiced": 4}
CATEGORIES = ("health_beauty", "sports_leisure", "bed_bath_table", "furniture_decor", "toys", "")


def write(path: Path, *, lines: int, seed: int) -> None:
    """A file of about so many lines; the same seed writes the same file, another one has no order in common with it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "feedback_text"])
        writer.writeheader()
        written = 0
        for order in _orders(random.Random(seed), seed):  # noqa: S311 -- data for a test, not a secret
            writer.writerows(order)
            written += len(order)
            if written >= lines:
                return


def _orders(dice: random.Random, seed: int) -> Iterator[list[Mapping[str, object]]]:
    """Orders without end, each as its lines."""
    number = 0
    while True:
        number += 1
        terms = _terms(dice, f"{seed}-{number}")
        yield [{**terms, **_line(dice, number)} for _ in range(dice.choices((1, 2, 3), (96, 3, 1))[0])]


def _terms(dice: random.Random, order_id: str) -> dict[str, object]:
    """What all lines of an order say."""
    status = dice.choices(list(STATUSES), list(STATUSES.values()))[0]
    placed_at = FIRST_DAY + timedelta(seconds=dice.randrange(700 * 86_400))
    paid_at = placed_at + timedelta(minutes=dice.randrange(5, 3 * 1440))
    shipped_at = paid_at + timedelta(hours=dice.randrange(12, 20 * 24))
    delivered_at = shipped_at + timedelta(hours=dice.randrange(24, 30 * 24))
    return {
        "order_id": f"order-{order_id}",
        "buyer_id": f"buyer-{order_id}",
        "currency": "BRL",
        "placed_at": _said(placed_at),
        "paid_at": _said(paid_at),
        "shipped_at": _said(shipped_at) if status in ("shipped", "delivered") else "",
        "delivered_at": _said(delivered_at) if status == "delivered" else "",
        "promised_at": _said(placed_at + timedelta(days=30)),
        "status": status,
        "feedback_text": "Chegou no prazo,\nmuito bom" if status == "delivered" else "",
    }


def _line(dice: random.Random, number: int) -> dict[str, object]:
    """What one line adds: a product of one of the sellers there were until then."""
    seller = dice.randrange(1 + number // 2)
    product = dice.randrange(3)
    return {
        "seller_id": f"seller-{seller}",
        "product_id": f"product-{seller}-{product}",
        "category": CATEGORIES[(seller + product) % len(CATEGORIES)],
        "unit_price": f"{dice.randrange(490, 60_000) / 100}",
        "unit_shipping": f"{dice.randrange(0, 6_000) / 100}",
        "quantity": dice.choices((1, 2, 3), (92, 6, 2))[0],
    }


def _said(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
