"""An order as the other marketplace knew it, and whether its history can be told at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from marketplace.imports.reading import Line
from marketplace.lib.money import MOST_MINOR

CANCELLED = frozenset({"canceled", "unavailable"})
SENT = frozenset({"shipped", "delivered"})


class OrderRefused(Exception):
    """An order that is rejected whole; the message names the line and says why."""

    def __init__(self, order_id: str, line: int, reason: str) -> None:
        self.order_id, self.line, self.reason = order_id, line, reason
        super().__init__(f"line {line}: order {order_id} {reason}")


@dataclass(frozen=True)
class Sale:
    """What one seller sold in it, in one currency: an order of ours."""

    seller_id: str
    currency: str
    lines: tuple[Line, ...]

    @property
    def first(self) -> Line:
        """The line that speaks for all: they agree on everything but the product."""
        return self.lines[0]

    @property
    def is_cancelled(self) -> bool:
        """Whether it was given up after it was paid, whatever its other dates say."""
        return self.first.status in CANCELLED

    @property
    def shipped_at(self) -> datetime | None:
        """When it was sent, where its status says that it was."""
        return self.first.shipped_at if self.first.status in SENT else None

    @property
    def delivered_at(self) -> datetime | None:
        """When it arrived, where that was recorded."""
        return self.first.delivered_at if self.first.status in SENT else None

    @property
    def goods_minor(self) -> int:
        """The price of all pieces."""
        return sum(line.quantity * line.unit_price_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What was paid for it, shipping included."""
        return self.goods_minor + sum(line.quantity * line.unit_shipping_minor for line in self.lines)


@dataclass(frozen=True)
class SourceOrder:
    """One order of the file: placed and paid at once, for one or several sellers."""

    order_id: str
    buyer_id: str
    placed_at: datetime
    paid_at: datetime
    sales: tuple[Sale, ...]


def assemble(lines: Sequence[Line]) -> SourceOrder:
    """The order that these lines, all of its lines, tell of.

    Raises `OrderRefused` where they disagree with each other, contradict themselves, or leave out what must be known.
    """
    first = lines[0]
    _agree(lines, ("buyer_id", "placed_at", "paid_at"), "")
    if first.paid_at is None:
        raise OrderRefused(first.order_id, first.number, "has no paid_at")
    if first.paid_at < first.placed_at:
        raise OrderRefused(first.order_id, first.number, "was paid before it was placed")
    by_seller: dict[str, list[Line]] = {}
    for line in lines:
        by_seller.setdefault(line.seller_id, []).append(line)
    for of_seller in by_seller.values():
        what = ("currency", "status", "shipped_at", "delivered_at", "promised_at")
        _agree(of_seller, what, f" of seller {of_seller[0].seller_id}")
    sales = tuple(Sale(seller_id, its[0].currency, tuple(its)) for seller_id, its in by_seller.items())
    for sale in sales:
        if reason := _contradiction(sale):
            raise OrderRefused(first.order_id, sale.first.number, reason)
    return SourceOrder(first.order_id, first.buyer_id, first.placed_at, first.paid_at, sales)


def _agree(lines: Sequence[Line], names: Iterable[str], whose: str) -> None:
    for name in names:
        say = attrgetter(name)
        for line in lines[1:]:
            if say(line) != say(lines[0]):
                raise OrderRefused(line.order_id, line.number, f"has another {name} than an earlier line{whose}")


def _contradiction(sale: Sale) -> str:
    """What is wrong with a sale's own story, or nothing."""
    line = sale.first
    if line.seller_id == line.buyer_id:
        return "was bought from its own buyer"
    if sale.goods_minor == 0:
        return "costs nothing"
    if sale.total_minor > MOST_MINOR:
        return "costs more than any order"
    return "" if sale.is_cancelled else _wrong_dates(line)


def _wrong_dates(line: Line) -> str:
    if line.shipped_at is None:
        if line.delivered_at is not None:
            return "was delivered without a shipping date"
        return f"is “{line.status}” without a shipping date" if line.status in SENT else ""
    if line.paid_at is not None and line.shipped_at < line.paid_at:
        return "was shipped before it was paid"
    if line.delivered_at is not None and line.delivered_at < line.shipped_at:
        return "was delivered before it was shipped"
    return ""
