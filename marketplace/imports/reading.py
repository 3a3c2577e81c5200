"""Reads a file of orders, one line an order, seller and product, without ever holding the file in memory.

Whatever is wrong with a line is said of that line, and the rest goes on. Line numbers are the file's own: a text with
line breaks in it spans several, and counts from the first.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TextIO

from marketplace.lib import money

MOST_CHARACTERS = 1_000_000  # in one line of the file; the csv module allows 131,072 in one field
MOST_PIECES = 1_000_000
MOST_ID_CHARACTERS = 100
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_PROMISE = datetime(2200, 1, 1, tzinfo=UTC)
PRICE = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")

COLUMNS = (
    "order_id", "buyer_id", "seller_id", "product_id", "category", "currency", "unit_price", "unit_shipping",
    "quantity", "placed_at", "paid_at", "shipped_at", "delivered_at", "promised_at", "status",
)  # fmt: skip


class FileRefused(Exception):
    """The file as a whole cannot be read; the message says where and why."""


class LineRefused(Exception):
    """One line cannot be used; the message says why."""


class Line(NamedTuple):
    """One line of the file: some pieces of one product in one order. Prices are for one piece, in minor units."""

    number: int
    order_id: str
    buyer_id: str
    seller_id: str
    product_id: str
    category: str
    currency: str
    unit_price_minor: int
    unit_shipping_minor: int
    quantity: int
    status: str
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    promised_at: datetime | None


class BrokenLine(NamedTuple):
    """A line that cannot be used, with the order it belongs to where that much could be read."""

    number: int
    reason: str
    order_id: str = ""


def read(path: Path, *, at: datetime) -> Iterator[Line | BrokenLine]:
    """Every line of the file, in its order; `at` is the present, after which nothing can have happened.

    Raises `FileRefused` where it is no such file: unreadable, empty, not UTF-8 or without a column that is needed.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            records = _records(file)
            header_at, header = next(records, (1, []))
            columns = _columns(header_at, header)
            for number, record in records:
                yield _line(number, record, columns, at)
    except OSError as error:
        raise FileRefused(f"{path}: {error.strerror or error}") from error


class _PhysicalLines:
    """The file's lines by number, with those of the record that is being read, and a way to give some of them back."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.number = 0
        self.taken: list[tuple[int, str]] = []
        self.given_back: deque[tuple[int, str]] = deque()

    def __iter__(self) -> "_PhysicalLines":
        return self

    def __next__(self) -> str:
        if not self.given_back:
            self.given_back.append(self._read())
        self.taken.append(self.given_back.popleft())
        return self.taken[-1][1]

    def give_back(self) -> None:
        """Read what was taken again, but for the line that the record began with."""
        self.given_back.extendleft(reversed(self.taken[1:]))

    def _read(self) -> tuple[int, str]:
        text = self.file.readline(MOST_CHARACTERS)
        if not text:
            raise StopIteration
        self.number += 1
        rest = text
        while len(rest) == MOST_CHARACTERS and rest[-1] not in "\r\n":  # too long, and skipped to its end
            rest = self.file.readline(MOST_CHARACTERS)
        return self.number, text


def _records(file: TextIO) -> Iterator[tuple[int, Sequence[str] | str]]:
    """Each record's first line number with its fields, or with what is wrong.

    A quotation mark that is opened in one line and never closed would swallow the lines after it: where a record of
    several lines does not come out right, only its first line is given up, and reading goes on with the next.
    """
    lines = _PhysicalLines(file)
    reader = csv.reader(lines, strict=True)
    width = 0
    while True:
        lines.taken.clear()
        try:
            record: Sequence[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            record = f"is not in the CSV format: {error}"
        if record == []:
            continue
        width = width or len(record)
        if not isinstance(record, str) and len(record) != width:
            record = f"has {len(record)} fields instead of {width}"
        if isinstance(record, str):
            lines.give_back()
        yield lines.taken[0][0], record


def _columns(number: int, header: Sequence[str] | str) -> Mapping[str, int]:
    """Where each column that is needed stands."""
    if not header:
        raise FileRefused("the file is empty")
    if isinstance(header, str):
        raise FileRefused(f"line {number} {header}")
    if reason := _unreadable(header):
        raise FileRefused(f"line {number}: {reason}; the file must be UTF-8 text")
    names = [name.strip() for name in header]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise FileRefused(f"line {number}: no column {', '.join(missing)}")
    repeated = [name for name in COLUMNS if names.count(name) > 1]
    if repeated:
        raise FileRefused(f"line {number}: more than one column {', '.join(repeated)}")
    return {name: names.index(name) for name in COLUMNS}


def _line(number: int, record: Sequence[str] | str, columns: Mapping[str, int], at: datetime) -> Line | BrokenLine:
    if isinstance(record, str):
        return BrokenLine(number, record)
    texts = {name: record[place].strip() for name, place in columns.items()}
    order_id = "" if _unreadable([texts["order_id"]]) else texts["order_id"][:MOST_ID_CHARACTERS]
    if reason := _unreadable(record):
        return BrokenLine(number, reason, order_id)
    try:
        return _parse(number, texts, at)
    except LineRefused as refused:
        return BrokenLine(number, str(refused), order_id)


def _unreadable(fields: Sequence[str]) -> str:
    """Why these fields are no text, or nothing."""
    for text in fields:
        if not text.isprintable() and any("\udc80" <= character <= "\udcff" for character in text):
            return "is not UTF-8"
        if "\0" in text:
            return "has a NUL byte"
    return ""


def _parse(number: int, texts: Mapping[str, str], at: datetime) -> Line:
    """The line that the fields say. Raises `LineRefused` for the first that makes no sense."""
    for name in ("order_id", "buyer_id", "seller_id", "product_id"):
        if not texts[name]:
            raise LineRefused(f"has no {name}")
        if len(texts[name]) > MOST_ID_CHARACTERS:
            raise LineRefused(f"has a {name} of more than {MOST_ID_CHARACTERS} characters")
    currency = texts["currency"]
    try:
        money.decimals(currency)
    except money.MoneyError:
        raise LineRefused(f"has the unknown currency {_shown(currency)}") from None
    placed_at = _moment(texts, "placed_at", at)
    if placed_at is None:
        raise LineRefused("has no placed_at")
    return Line(
        number=number,
        order_id=texts["order_id"],
        buyer_id=texts["buyer_id"],
        seller_id=texts["seller_id"],
        product_id=texts["product_id"],
        category=texts["category"],
        currency=currency,
        unit_price_minor=_amount(texts, "unit_price", currency),
        unit_shipping_minor=_amount(texts, "unit_shipping", currency),
        quantity=_quantity(texts["quantity"]),
        status=texts["status"],
        placed_at=placed_at,
        paid_at=_moment(texts, "paid_at", at),
        shipped_at=_moment(texts, "shipped_at", at),
        delivered_at=_moment(texts, "delivered_at", at),
        promised_at=_moment(texts, "promised_at", LATEST_PROMISE),
    )


def _amount(texts: Mapping[str, str], name: str, currency: str) -> int:
    """A decimal such as 39.9 in minor units, exactly."""
    text = texts[name]
    if PRICE.fullmatch(text.removeprefix("-")) is None:
        raise LineRefused(f"has {_shown(text)} as its {name}, which is not an amount such as 39.90")
    minor = Decimal(text).scaleb(money.decimals(currency))
    if minor < 0:
        raise LineRefused(f"has a negative {name}: {_shown(text)}")
    if minor > money.MOST_MINOR:
        raise LineRefused(f"has a {name} beyond any price: {_shown(text)}")
    if minor != minor.to_integral_value():
        raise LineRefused(f"has a {name} with more decimals than {currency} has: {_shown(text)}")
    return int(minor)


def _quantity(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 12 or not 1 <= int(text) <= MOST_PIECES:
        raise LineRefused(f"has {_shown(text)} as its quantity, which is no whole number from 1 to {MOST_PIECES:,}")
    return int(text)


def _moment(texts: Mapping[str, str], name: str, latest: datetime) -> datetime | None:
    """A time in RFC 3339, or None where the field is empty."""
    text = texts[name]
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LineRefused(f"has {_shown(text)} as its {name}, which is no time such as 2018-05-03T14:07:00Z") from None
    if moment.tzinfo is None:
        raise LineRefused(f"has a {name} without a time zone: {_shown(text)}")
    if moment < EARLIEST:
        raise LineRefused(f"has a {name} before 1970: {_shown(text)}")
    if moment > latest:
        raise LineRefused(f"has a {name} that is still to come: {_shown(text)}")
    return moment


def _shown(text: str) -> str:
    """A field as a message may quote it."""
    return f"“{text[:40]}”"
