"""A seller's money by currency: what is held for which orders, what is available from which. The rows add up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db.models import Count, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escrow.models import SellerBalance
from marketplace.accounts.models import User
from marketplace.lib.money import Money
from orders.lifecycle import State
from orders.models import Deadline, Order

HELD, AVAILABLE = "on-hold", "available"
FIGURES: dict[str, str | Promise] = {HELD: gettext_lazy("On hold"), AVAILABLE: gettext_lazy("Available")}
WHILE_HELD: dict[State, str | Promise] = {
    State.AWAITING_SHIPMENT: gettext_lazy("Not shipped yet. Refunded if you have not shipped by then:"),
    State.CANCELLATION_REQUESTED: gettext_lazy("The buyer asks to cancel. Refunded if you have not answered by then:"),
    State.SHIPPED: gettext_lazy("Yours when the buyer confirms, and at the latest:"),
}


@dataclass(frozen=True)
class Purse:
    """One currency's figures, net of fees: `held` in `orders_held` orders, and what is available."""

    currency: str
    held: Money
    held_gross: Money
    held_fee: Money
    orders_held: int
    available: Money


@dataclass(frozen=True)
class Earning:
    """What one order brings: gross less fee is net. `words` say when, `at` is the moment they speak of."""

    order: Order
    title: str
    gross: Money
    fee: Money
    net: Money
    words: str | Promise
    at: datetime | None


def purses(seller: User, shop_currency: str) -> list[Purse]:
    """The seller's figures in every currency they have, the shop's first; two queries."""
    available = dict(
        SellerBalance.objects.filter(account__owner=seller).values_list("account__currency", "available_minor")
    )
    held = {code: (orders, gross, fee) for code, orders, gross, fee in _held_sums(seller)}
    currencies = sorted({shop_currency, *available, *held}, key=lambda code: (code != shop_currency, code))
    return [_purse(code, *held.get(code, (0, 0, 0)), available.get(code, 0)) for code in currencies]


def orders_of(seller: User, figure: str, currency: str) -> QuerySet[Order] | QuerySet[Deadline]:
    """What makes a figure: the completed orders whose money was released, or the deadlines of those that hold some."""
    if figure == AVAILABLE:
        return Order.objects.sold_by(seller).filter(currency=currency, state=State.COMPLETED)
    return _held(seller).filter(order__currency=currency)


def earnings(orders: Sequence[Order]) -> list[Earning]:
    """What each order brings or will bring. They come from `Order.objects.for_cards()`."""
    return [_earning(order) for order in orders]


def _held(seller: User) -> QuerySet[Deadline]:
    return Deadline.objects.filter(seller_id=seller.pk, order__hold__isnull=False)


def _held_sums(seller: User) -> Iterable[tuple[str, int, int, int]]:
    by_currency = _held(seller).order_by().values_list("order__currency")
    sums = Count("order_id"), Sum("order__hold__amount_minor"), Sum("order__hold__fee_minor")
    return cast("Iterable[tuple[str, int, int, int]]", by_currency.annotate(*sums))


def _purse(currency: str, orders_held: int, gross_minor: int, fee_minor: int, available_minor: int) -> Purse:
    gross, fee = Money(gross_minor, currency), Money(fee_minor, currency)
    return Purse(
        currency=currency,
        held=gross - fee,
        held_gross=gross,
        held_fee=fee,
        orders_held=orders_held,
        available=Money(available_minor, currency),
    )


def _earning(order: Order) -> Earning:
    hold = order.hold
    released = order.state == State.COMPLETED and hold is not None
    fee = Money(hold.fee_taken_minor, order.currency) if hold and released else order.fee
    net = Money(hold.released_minor, order.currency) if hold and released else order.net
    return Earning(
        order=order,
        title=order.lines.all()[0].version.title,
        gross=order.total,
        fee=fee,
        net=net,
        words=_("Released") if released else WHILE_HELD[State(order.state)],
        at=order.closed_at if released else order.due_at,
    )
