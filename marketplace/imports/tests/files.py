"""Small files of orders for tests, line by line."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from marketplace.imports.reading import COLUMNS

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

ROW: Mapping[str, str] = {
    "order_id": "order-1",
    "buyer_id": "buyer-1",
    "seller_id": "seller-1",
    "product_id": "product-1",
    "category": "furniture_decor",
    "currency": "BRL",
    "unit_price": "39.9",
    "unit_shipping": "10.05",
    "quantity": "2",
    "placed_at": "2018-01-01T12:00:00Z",
    "paid_at": "2018-01-02T12:00:00Z",
    "shipped_at": "2018-01-05T12:00:00Z",
    "delivered_at": "2018-01-15T12:00:00Z",
    "promised_at": "2018-01-31T00:00:00Z",
    "status": "delivered",
}


def row(**changes: str) -> dict[str, str]:
    """A line of an order that was paid, shipped and delivered, with these columns changed."""
    return {**ROW, **changes}


def write_orders(path: Path, *rows: Mapping[str, str], encoding: str = "utf-8") -> Path:
    """A file of these lines; the first of them is line 2."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path
