"""What an order should be, in plain Python with no database: the model that the money machine compares with.

Written from product.md's table on purpose without looking at the code that it judges.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(days=1)
PAYMENT, CANCELLATION, DELIVERED, REPORTED = DAY, 2 * DAY, 7 * DAY, 3 * DAY
HANDLING, PROTECTION = 7 * DAY, 30 * DAY
BUYER_EXTENSION, LEAST_TO_SHIP, CAP = 3 * DAY, DAY, 30 * DAY


@dataclass
class ModelOrder:
    """One order as the rules have it. Amounts in minor units."""

    total: int
    fee: int
    placed_at: datetime
    state: str = "AWAITING_PAYMENT"
    due_at: datetime | None = None
    held: int = 0
    ship_by_at: datetime | None = None
    asked_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    reported_at: datetime | None = None
    extension: timedelta = timedelta(0)
    buyer_extended: bool = False

    def __post_init__(self) -> None:
        """Placed: a day to pay."""
        self.due_at = self.placed_at + PAYMENT

    def receipt_due(self) -> datetime:
        """When silence confirms, once shipped."""
        assert self.shipped_at is not None
        due = self.shipped_at + PROTECTION
        if self.delivered_at is not None and self.reported_at is not None:
            due = max(min(due, self.delivered_at + DELIVERED), self.reported_at + REPORTED)
        return due + self.extension


@dataclass
class Model:
    """All orders and where their money is."""

    orders: dict[int, ModelOrder] = field(default_factory=dict)
    available: int = 0
    fees: int = 0
    captured: int = 0
    sent_back: int = 0

    def pay(self, key: int, at: datetime) -> None:
        """The provider captured the payment, in time or not."""
        order = self.orders[key]
        self.captured += order.total
        if order.state != "AWAITING_PAYMENT":
            self.sent_back += order.total
            return
        order.state, order.held, order.due_at = "AWAITING_SHIPMENT", order.total, at + HANDLING
        order.ship_by_at = order.due_at

    def close(self, key: int, state: str) -> None:
        """It is over: what is held goes to the seller when completed, else to the buyer."""
        order = self.orders[key]
        if state == "COMPLETED":
            self.available += order.held - order.fee
            self.fees += order.fee
        else:
            self.sent_back += order.held
        order.state, order.held, order.due_at = state, 0, None

    def ask_to_cancel(self, key: int, at: datetime) -> None:
        """The buyer asks; the seller's clock stands still."""
        order = self.orders[key]
        order.state, order.asked_at, order.due_at = "CANCELLATION_REQUESTED", at, at + CANCELLATION

    def go_on(self, key: int, at: datetime) -> None:
        """Declined or withdrawn: the clock goes on where it stood, with a day left at least."""
        order = self.orders[key]
        assert order.ship_by_at is not None
        assert order.asked_at is not None
        order.state = "AWAITING_SHIPMENT"
        order.ship_by_at = order.due_at = max(order.ship_by_at + (at - order.asked_at), at + LEAST_TO_SHIP)

    def ship(self, key: int, at: datetime) -> None:
        """On its way."""
        order = self.orders[key]
        order.state, order.shipped_at = "SHIPPED", at
        order.due_at = order.receipt_due()

    def report(self, key: int, delivered_at: datetime, at: datetime) -> None:
        """The carrier says when it arrived; the first word counts."""
        order = self.orders[key]
        if order.state == "SHIPPED" and order.reported_at is None:
            order.delivered_at, order.reported_at = delivered_at, at
            order.due_at = order.receipt_due()

    def extend(self, key: int, by: timedelta, *, buyer: bool) -> None:
        """More time for the buyer."""
        order = self.orders[key]
        order.extension += by
        order.buyer_extended |= buyer
        order.due_at = order.receipt_due()

    def sweep(self, at: datetime) -> None:
        """Silence acts on everything that is due."""
        for key, order in self.orders.items():
            if order.due_at is not None and order.due_at <= at:
                self.close(key, "COMPLETED" if order.state == "SHIPPED" else "CANCELLED")
