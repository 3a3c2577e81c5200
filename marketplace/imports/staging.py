"""A file's lines in a temporary table, so that an order's lines are found together wherever they stand in the file."""

import csv
import io
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import connection

from marketplace.imports.reading import BrokenLine, Line
from marketplace.lib import sql

CREATE = """
CREATE TEMPORARY TABLE import_line (
    number bigint, order_id text, buyer_id text, seller_id text, product_id text, category text, currency text,
    unit_price_minor bigint, unit_shipping_minor bigint, quantity bigint, status text, placed_at timestamptz,
    paid_at timestamptz, shipped_at timestamptz, delivered_at timestamptz, promised_at timestamptz)
"""
COPY = "COPY import_line FROM STDIN WITH (FORMAT csv)"
ORDERS = """
SELECT l.number, l.order_id, l.buyer_id, l.seller_id, l.product_id, coalesce(l.category, ''), l.currency,
       l.unit_price_minor, l.unit_shipping_minor, l.quantity, coalesce(l.status, ''), l.placed_at, l.paid_at,
       l.shipped_at, l.delivered_at, l.promised_at
  FROM (SELECT *, min(number) OVER (PARTITION BY order_id) AS first_number FROM import_line) l
 ORDER BY l.first_number, l.number
"""
CHUNK = 2000


class Staging:
    """The lines of one file, for as long as the connection lasts or until `drop`."""

    def __init__(self) -> None:
        """Make an empty table."""
        self._rows: list[tuple[object, ...]] = []
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.import_line")
            cursor.execute(CREATE)

    def add(self, line: Line | BrokenLine) -> None:
        """Keep a line; of a broken one whose order is known that it is broken, so that the order is rejected whole."""
        if isinstance(line, Line):
            self._rows.append(line)
        elif line.order_id:
            self._rows.append((line.number, line.order_id, *[None] * 14))
        if len(self._rows) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what is kept in memory."""
        buffer = io.StringIO()
        csv.writer(buffer).writerows(self._rows)
        buffer.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(COPY, buffer)
        self._rows.clear()

    def count(self) -> int:
        """How many orders there are."""
        self.flush()
        number: int = sql.call("SELECT count(DISTINCT order_id) FROM import_line")[0][0]
        return number

    def orders(self) -> Iterator[list[Line] | BrokenLine]:
        """Each order's lines, in the order of the file; or its broken line, if it has one.

        A cursor of the server's own: neither side holds all of them in memory.
        """
        self.flush()
        with connection.chunked_cursor() as cursor:
            cursor.execute(ORDERS)
            for order_id, rows in groupby(_fetch(cursor), key=lambda row: row[1]):
                of_order = list(rows)
                broken = next((row[0] for row in of_order if row[2] is None), None)
                yield BrokenLine(broken, "is broken", order_id) if broken else [Line(*row) for row in of_order]

    def drop(self) -> None:
        """Forget the lines."""
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE pg_temp.import_line")


def _fetch(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(CHUNK):
        yield from rows
