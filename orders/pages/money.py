"""Where an order's money is, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from escrow.models import Hold, Payment, ProviderOperation
from marketplace.lib.money import Money
from orders.lifecycle import Party, State
from orders.models import Order


@dataclass(frozen=True)
class Line:
    """One line of a money box. `kind` is strong, total or nothing special."""

    label: str
    amount: Money
    hint: str = ""
    kind: str = ""


def money_box(order: Order, party: Party, refunds: Sequence[ProviderOperation] = ()) -> list[Line]:
    """What was paid and what became of it: held, released, fee, refunded. The order comes with hold and payment."""
    lines = [Line(_("Goods"), Money(order.goods_minor, order.currency))]
    lines.append(Line(_("Shipping"), Money(order.shipping_minor, order.currency)))
    if order.hold is None:
        return [*lines, *_without_hold(order, refunds)]
    hold = order.hold
    paid = _("You paid") if party == Party.BUYER else _("Buyer paid")
    lines.append(Line(paid, Money(hold.amount_minor, hold.currency), kind="strong"))
    return [*lines, *_held(order, hold, party), *_settled(order, hold, party, refunds)]


def _without_hold(order: Order, refunds: Sequence[ProviderOperation]) -> list[Line]:
    """Nothing was held: it is not paid yet, was given up unpaid, or was paid too late and is on its way back."""
    if order.state == State.AWAITING_PAYMENT:
        return [Line(_("To pay"), order.total, kind="total")]
    if order.payment.state == Payment.State.CAPTURED and refunds:
        hint = _("Your payment came after the order had been given up. %(what)s") % {"what": refund_words(refunds)}
        return [Line(_("Paid too late"), order.total, hint, kind="total")]
    return [Line(_("Paid"), Money(0, order.currency), _("Nothing was charged."), kind="total")]


def _held(order: Order, hold: Hold, party: Party) -> list[Line]:
    if hold.state != Hold.State.HELD:
        return []
    whom = _("Then to you") if party == Party.SELLER else _("Then to %s") % order.seller.shop
    return [
        Line(_("On hold"), Money(hold.amount_minor, hold.currency), _("until receipt is confirmed"), kind="total"),
        Line(whom, order.net),
        Line(_("Fee"), order.fee),
    ]


def _settled(order: Order, hold: Hold, party: Party, refunds: Sequence[ProviderOperation]) -> list[Line]:
    lines = []
    if hold.released_minor or hold.fee_taken_minor:
        whom = _("Released to you") if party == Party.SELLER else _("Released to %s") % order.seller.shop
        lines.append(Line(_("Fee"), Money(hold.fee_taken_minor, hold.currency)))
        lines.append(Line(whom, Money(hold.released_minor, hold.currency), kind="total"))
    if hold.refunded_minor:
        whom = _("Refunded to you") if party == Party.BUYER else _("Refunded to the buyer")
        lines.append(Line(whom, Money(hold.refunded_minor, hold.currency), refund_words(refunds), kind="total"))
    return lines


def refund_words(refunds: Sequence[ProviderOperation]) -> str:
    """How far the money has come on its way back to the buyer."""
    states = {refund.state for refund in refunds}
    if not states:
        return ""
    if states == {ProviderOperation.State.SUCCEEDED}:
        return _("Sent back to the card it was paid with.")
    if ProviderOperation.State.FAILED in states:
        return _("The payment provider could not send it back. We are looking for another way.")
    return _("On its way back to the card it was paid with.")
