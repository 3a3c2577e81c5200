"""From drafts to orders: everything agreed is frozen, the stock is reserved, and one payment is opened a group."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from escrow.models import Payment
from marketplace.accounts.models import User
from marketplace.catalog import stock
from orders import moves
from orders.lifecycle import State
from orders.models import Order, OrderLine, Policy


class TooManyUnpaid(Exception):
    """The buyer has reserved as many unpaid orders as one may."""


@dataclass(frozen=True)
class DraftLine:
    """Some pieces of one thing. Prices are for one piece, in minor units; `variant_id` is none for imported history."""

    version_id: int
    quantity: int
    unit_price_minor: int
    unit_shipping_minor: int
    fee_bps: int
    variant_id: int | None = None
    options: dict[str, str] = field(default_factory=dict)

    @property
    def goods_minor(self) -> int:
        """All pieces' price."""
        return self.quantity * self.unit_price_minor

    @property
    def shipping_minor(self) -> int:
        """All pieces' shipping."""
        return self.quantity * self.unit_shipping_minor


@dataclass(frozen=True)
class Draft:
    """An order as it will be placed: one buyer, one seller, one currency. Drafts of one `group` are paid together."""

    group: Hashable
    buyer_id: int
    seller_id: int
    currency: str
    lines: tuple[DraftLine, ...]
    ship_to: dict[str, str]
    handling_window: timedelta
    protection_window: timedelta
    placed_at: datetime
    promised_at: datetime | None = None

    @property
    def goods_minor(self) -> int:
        """The goods of all lines."""
        return sum(line.goods_minor for line in self.lines)

    @property
    def shipping_minor(self) -> int:
        """The shipping of all lines."""
        return sum(line.shipping_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What the buyer pays for it."""
        return self.goods_minor + self.shipping_minor

    @property
    def fee_minor(self) -> int:
        """Our commission on goods plus shipping: each line at its category's rate, floored once per order."""
        return sum((line.goods_minor + line.shipping_minor) * line.fee_bps for line in self.lines) // 10_000


def current_policy() -> Policy:
    """The rules in force now, by the settings; a new row where they were never in force before."""
    return policy_of(settings.POLICY)


def policy_of(rules: dict[str, Any]) -> Policy:
    """The row that says these rules; safe to ask for at the same time from many places."""
    return Policy.objects.get_or_create(**rules)[0]


@transaction.atomic
def place(drafts: Sequence[Draft], *, policy: Policy, provider: str) -> list[Order]:
    """Place orders, in the order given: reserve their stock and open one payment a group of drafts.

    Raises `OutOfStock` with the lines that fall short, or `TooManyUnpaid`; then nothing was placed.
    """
    _check_unpaid(drafts)
    _reserve(drafts)
    payments = _open_payments(drafts, provider)
    orders = Order.objects.bulk_create(
        Order(
            buyer_id=draft.buyer_id,
            seller_id=draft.seller_id,
            policy=policy,
            payment=payments[draft.group],
            currency=draft.currency,
            goods_minor=draft.goods_minor,
            shipping_minor=draft.shipping_minor,
            fee_minor=draft.fee_minor,
            ship_to=draft.ship_to,
            handling_window=draft.handling_window,
            protection_window=draft.protection_window,
            extension=timedelta(0),
            placed_at=draft.placed_at,
            promised_at=draft.promised_at,
            due_at=draft.placed_at + policy.payment_window,
        )
        for draft in drafts
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            version_id=line.version_id,
            variant_id=line.variant_id,
            options=line.options,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            unit_shipping_minor=line.unit_shipping_minor,
        )
        for order, draft in zip(orders, drafts, strict=True)
        for line in draft.lines
    )
    moves.take(
        "place",  # by whom stands on each order
        [order.pk for order in orders],
        at={order.pk: order.placed_at for order in orders},
        sources=[State.AWAITING_PAYMENT],
    )
    return orders


def _check_unpaid(drafts: Sequence[Draft]) -> None:
    """Refuse a buyer who would have too many unpaid orders; their row is the lock that makes the count hold."""
    new: dict[int, int] = {}
    for draft in drafts:
        if any(line.variant_id for line in draft.lines):
            new[draft.buyer_id] = new.get(draft.buyer_id, 0) + 1
    list(User.objects.filter(pk__in=new).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    unpaid = Order.objects.filter(deadlines__buyer_id__in=new, deadlines__state=State.AWAITING_PAYMENT)
    counts = dict(unpaid.order_by().values_list("buyer_id").annotate(Count("pk")))
    if any(counts.get(buyer, 0) + more > settings.UNPAID_ORDERS_PER_BUYER for buyer, more in new.items()):
        raise TooManyUnpaid


def _reserve(drafts: Sequence[Draft]) -> None:
    wanted: dict[int, int] = {}
    for line in (line for draft in drafts for line in draft.lines):
        if line.variant_id is not None:
            wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    if wanted:
        stock.reserve(wanted)


def _open_payments(drafts: Sequence[Draft], provider: str) -> dict[Hashable, Payment]:
    totals: dict[Hashable, int] = {}
    firsts: dict[Hashable, Draft] = {}
    for draft in drafts:
        totals[draft.group] = totals.get(draft.group, 0) + draft.total_minor
        firsts.setdefault(draft.group, draft)
    made = Payment.objects.bulk_create(
        Payment(
            buyer_id=first.buyer_id,
            provider=provider,
            currency=first.currency,
            amount_minor=totals[group],
            created_at=first.placed_at,
        )
        for group, first in firsts.items()
    )
    return dict(zip(firsts, made, strict=True))
