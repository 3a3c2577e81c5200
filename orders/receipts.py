"""The receipt of confirmation: who confirmed what and when, and where the money went. Either side can show it.

Its fingerprint is the head of the order's chain of events: whoever has the events can check that none was altered.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from escrow.models import Hold
from marketplace.lib.money import Money
from orders.lifecycle import STEPS, Settlement
from orders.models import Order

CONFIRMING = [step.name for step in STEPS.values() if step.settlement is Settlement.RELEASE]


@dataclass(frozen=True)
class Receipt:
    """Released, fee and refunded add up to `paid`, and so do goods and shipping.

    `due_at` is the deadline that was running, `fingerprint` the chain's head as 64 hex digits.
    """

    by_silence: bool
    confirmed_by: str
    confirmed_at: datetime
    due_at: datetime | None
    paid: Money
    released: Money
    fee: Money
    refunded: Money
    goods: Money
    shipping: Money
    events: int
    fingerprint: str


def receipt_of(order: Order) -> Receipt:
    """The receipt of a completed order, which comes with its hold and buyer; one query.

    Raises `OrderEvent.DoesNotExist` for an order that nobody confirmed.
    """
    event = order.events.get(step__in=CONFIRMING)
    hold = cast("Hold", order.hold)  # the database refuses a completed order without one
    return Receipt(
        by_silence=STEPS[event.step].by_itself,
        confirmed_by="" if STEPS[event.step].by_itself else str(order.buyer),
        confirmed_at=event.at,
        due_at=event.due_at,
        paid=Money(hold.amount_minor, hold.currency),
        released=Money(hold.released_minor, hold.currency),
        fee=Money(hold.fee_taken_minor, hold.currency),
        refunded=Money(hold.refunded_minor, hold.currency),
        goods=Money(order.goods_minor, order.currency),
        shipping=Money(order.shipping_minor, order.currency),
        events=order.event_count,
        fingerprint=bytes(order.chain_head).hex(),
    )
