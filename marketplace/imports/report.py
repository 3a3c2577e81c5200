"""What became of a file: its orders by outcome, and its money to the cent."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from marketplace.lib import sql
from marketplace.lib.money import Money
from orders.lifecycle import CLOSED_STATES, STEPS, State

OUTCOMES = """
SELECT o.state, e.step, count(*)
  FROM orders_importedorder i
  JOIN orders_order o ON o.id = i.order_id
  JOIN orders_orderevent e ON e.order_id = o.id AND e.seq = o.event_count
 WHERE i.imported_at = %s
 GROUP BY 1, 2
 ORDER BY 3 DESC, 1, 2
"""
SUMS = """
SELECT h.currency, sum(h.captured_minor)::bigint, sum(h.released_minor)::bigint, sum(h.fee_taken_minor)::bigint,
       sum(h.refunded_minor)::bigint
  FROM orders_importedorder i
  JOIN orders_order o ON o.id = i.order_id
  JOIN escrow_hold h ON h.id = o.hold_id
 WHERE i.imported_at = %s
 GROUP BY 1
 ORDER BY 1
"""


@dataclass(frozen=True)
class CurrencySums:
    """The money of one import in one currency, in minor units. `file_minor` is added up from the file alone."""

    currency: str
    file_minor: int
    captured_minor: int
    released_minor: int
    fees_minor: int
    refunded_minor: int

    @property
    def held_minor(self) -> int:
        """What is still kept for orders that are not over."""
        return self.captured_minor - self.released_minor - self.fees_minor - self.refunded_minor


@dataclass
class Report:
    """One import: of `orders` in the file, some were known, some rejected, and the accepted ones made ours."""

    lines: int = 0
    broken_lines: int = 0
    orders: int = 0
    known: int = 0
    rejected: int = 0
    accepted: int = 0
    made: int = 0
    accepted_minor: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, int] = field(default_factory=dict)
    sums: list[CurrencySums] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether the books say what the file says: every accepted order and every cent of it."""
        return (
            self.orders == self.known + self.rejected + self.accepted
            and self.made == sum(self.outcomes.values())
            and all(one.file_minor == one.captured_minor for one in self.sums)
        )

    def __str__(self) -> str:
        return "\n".join(self._text())

    def _text(self) -> Iterator[str]:
        yield f"{self.orders:,} orders in {self.lines:,} lines"
        if self.known:
            yield f"  {self.known:,} imported before"
        yield f"  {self.rejected:,} rejected"
        yield f"  {self.accepted:,} imported, one order for each seller: {self.made:,} orders"
        for outcome, count in self.outcomes.items():
            yield f"    {count:,} {outcome}"
        if self.broken_lines:
            yield f"{self.broken_lines:,} broken lines"
        for one in self.sums:
            yield f"Money in {one.currency}"
            yield from _amounts(one)


def _amounts(one: CurrencySums) -> Iterator[str]:
    figures = {
        "in the file": one.file_minor,
        "captured": one.captured_minor,
        "released": one.released_minor,
        "fees": one.fees_minor,
        "refunded": one.refunded_minor,
        "still held": one.held_minor,
    }
    for label, amount_minor in figures.items():
        yield f"  {label:<12}{Money(amount_minor, one.currency)!s:>20}"


def outcomes(imported_at: datetime) -> dict[str, int]:
    """How many orders of this import ended how; those that are not over, in which state they are."""
    counts: Counter[str] = Counter()
    for state, step, count in sql.call(OUTCOMES, [imported_at]):
        counts[str(STEPS[step].done if state in CLOSED_STATES else State(state).label)] += count
    return dict(counts)


def sums(imported_at: datetime, file_minor: Mapping[str, int]) -> list[CurrencySums]:
    """The money of this import, from its holds, beside what the file says."""
    booked: dict[str, tuple[int, int, int, int]] = {
        currency: (captured, released, fees, refunded)
        for currency, captured, released, fees, refunded in sql.call(SUMS, [imported_at])
    }
    return [
        CurrencySums(currency, file_minor.get(currency, 0), *booked.get(currency, (0, 0, 0, 0)))
        for currency in sorted({*booked, *file_minor})
    ]
