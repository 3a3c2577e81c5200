"""Everything that can happen to an order: one function a step of `orders.lifecycle`, named as the step is.

Each takes a set of orders (a person's click is a set of one; the worker brings a thousand), runs in one transaction,
and returns the orders that moved. `by` must be the party that the table names, else the order does not move. What a
step means for the state, the clock, the events and the money is in `orders.moves.take`; here stands what is special
to each: who may, what else is written, and when it is refused.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from escrow import holds, payments
from escrow.holds import NewHold
from escrow.models import Payment
from marketplace.accounts.models import Address, User
from marketplace.lib import sql
from orders import rules, tracking
from orders.lifecycle import STEPS, State
from orders.models import Order, Shipment
from orders.moves import Moved, StepRefused, When, ats_of, interval, take


@dataclass(frozen=True)
class Parcel:
    """What a seller gives to a carrier; a tracking number is optional."""

    carrier: str
    tracking_number: str = ""


# --- Before shipping ---


@transaction.atomic
def pay(*, captured_at: Mapping[int, datetime]) -> list[Moved]:
    """Fund the orders of captured payments; `captured_at` maps payment ids to when the provider took the money.

    Each order that still waits for its payment gets a hold of its own. What was paid for orders that had been given up
    meanwhile is on its way back to the buyer. News of a payment that was taken note of before has no effect.
    """
    locked = Payment.objects.filter(pk__in=captured_at).order_by("pk").select_for_update(no_key=True)
    captured = payments.capture(locked, dict(captured_at))
    orders = Order.objects.filter(payment__in=captured).lock()
    by_id = {payment.pk: payment for payment in captured}
    waiting = [order for order in orders if order.state == State.AWAITING_PAYMENT]
    opened = holds.open_captured(
        [
            NewHold(
                reference=order.number,
                payment=by_id[order.payment_id],
                seller_id=order.seller_id,
                amount_minor=order.total.amount_minor,
                fee_minor=order.fee_minor,
                at=captured_at[order.payment_id],
                expires_at=payments.expires_at(by_id[order.payment_id], captured_at[order.payment_id]),
            )
            for order in waiting
        ]
    )
    funded: Counter[int] = Counter()
    for order in waiting:
        funded[order.payment_id] += order.total.amount_minor
    for payment in captured:
        if funded[payment.pk] < payment.amount_minor:
            payments.return_late(payment, payment.amount_minor - funded[payment.pk], captured_at[payment.pk])
    return take(
        "pay",
        [order.pk for order in waiting],
        at={order.pk: captured_at[order.payment_id] for order in waiting},
        facts={order.pk: {"hold_id": opened[order.number]} for order in waiting},
    )


def cancel(*, orders: Sequence[int], by: User, at: When) -> list[Moved]:
    """The buyer gives up orders that are not paid; the goods go back on sale."""
    return take("cancel", orders, by=by, at=at)


def expire(*, orders: Sequence[int], at: When) -> list[Moved]:
    """Silence gives up orders that were not paid in time."""
    return take("expire", orders, at=at)


def change_address(*, orders: Sequence[int], by: User, at: When, address: Address) -> list[Moved]:
    """The buyer has the goods sent elsewhere, as long as they are not shipped."""
    return take(
        "change_address", orders, by=by, at=at, facts={order: {"ship_to": address.snapshot()} for order in orders}
    )


def cancel_sale(*, orders: Sequence[int], by: User | None, at: When) -> list[Moved]:
    """The seller cannot or will not ship; the buyer gets everything back. Without `by` it is history, replayed."""
    return take("cancel_sale", orders, by=by, at=at)


def cancel_unshipped(*, orders: Sequence[int], at: When) -> list[Moved]:
    """Silence cancels what was not shipped in time; the buyer gets everything back."""
    return take("cancel_unshipped", orders, at=at)


@transaction.atomic
def request_cancellation(*, orders: Sequence[int], by: User, at: When, reason: str = "") -> list[Moved]:
    """The buyer asks to cancel a paid order, once; the seller's clock stands still until it is answered."""
    _allowed("request_cancellation", orders, at=at)
    facts = {order: {"reason": reason} for order in orders if reason}
    return take("request_cancellation", orders, by=by, at=at, facts=facts)


def accept_cancellation(*, orders: Sequence[int], by: User, at: When) -> list[Moved]:
    """The seller agrees; the buyer gets everything back."""
    return take("accept_cancellation", orders, by=by, at=at)


def decline_cancellation(*, orders: Sequence[int], by: User, at: When) -> list[Moved]:
    """The seller will ship after all; the clock goes on where it stood, with a day left at least."""
    return take("decline_cancellation", orders, by=by, at=at)


def withdraw_cancellation(*, orders: Sequence[int], by: User, at: When) -> list[Moved]:
    """The buyer wants the order after all; the clock goes on as when the seller declines."""
    return take("withdraw_cancellation", orders, by=by, at=at)


def cancel_unanswered(*, orders: Sequence[int], at: When) -> list[Moved]:
    """Silence grants a cancellation that the seller did not answer."""
    return take("cancel_unanswered", orders, at=at)


# --- Shipping ---


@transaction.atomic
def ship(*, by: User | None, at: When, parcels: Mapping[int, Parcel]) -> list[Moved]:
    """The seller hands the parcels, by order id, to a carrier; the buyer's protection starts to run.

    Without `by` it is history, replayed: each order's own seller shipped it.
    """
    moved = take(
        "ship", list(parcels), by=by, at=at, facts={order: asdict(parcel) for order, parcel in parcels.items()}
    )
    ids = [one.id for one in moved]
    Shipment.objects.bulk_create(
        Shipment(order_id=order, shipped_at=shipped_at, **asdict(parcels[order]))
        for order, shipped_at in zip(ids, ats_of(ids, at), strict=True)
    )
    tracking.watch_soon(*{parcels[order].carrier for order in ids})
    return moved


@transaction.atomic
def add_parcel(*, order: int, by: User, at: datetime, parcel: Parcel) -> list[Moved]:
    """The seller sends another parcel of an order that is on its way; refused once all the others have arrived."""
    _allowed("add_parcel", [order], at=at)
    moved = take("add_parcel", [order], by=by, at=at, facts={order: asdict(parcel)})
    for one in moved:
        Shipment.objects.create(order_id=one.id, shipped_at=at, **asdict(parcel))
        tracking.watch_soon(parcel.carrier)
    return moved


@transaction.atomic
def correct_tracking(*, shipment: Shipment, by: User, at: datetime, parcel: Parcel) -> list[Moved]:
    """The seller mistyped a tracking number; the clock is not touched."""
    facts = {"was": shipment.tracking_number, **asdict(parcel)}
    moved = take("correct_tracking", [shipment.order_id], by=by, at=at, facts={shipment.order_id: facts})
    if moved:
        Shipment.objects.filter(pk=shipment.pk).update(**asdict(parcel), watched_at=None)
        tracking.watch_soon(parcel.carrier)
    return moved


ARRIVED = """
UPDATE orders_shipment s SET delivered_at = arrived.at
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS arrived (id, at) WHERE s.id = arrived.id
RETURNING s.id
"""


@transaction.atomic
def report_delivery(*, delivered_at: Mapping[int, datetime], at: When) -> list[Moved]:
    """The carrier says that shipments, by id, were delivered, and when.

    Receipt is due some days after an order's last parcel has arrived. A report that was taken note of before, or of an
    order that is over, has no effect; nor does a carrier's clock: nothing arrives before it is sent or after `at`.
    """
    parcels = Shipment.objects.filter(pk__in=list(delivered_at))
    locked = Order.objects.filter(pk__in=parcels.values("order_id")).lock()
    news = parcels.filter(delivered_at=None)  # read once nobody else can be reporting the same
    told_at = dict(zip([order.pk for order in locked], ats_of([order.pk for order in locked], at), strict=True))
    arrived_at = {
        shipment.pk: max(shipment.shipped_at, min(delivered_at[shipment.pk], told_at[shipment.order_id]))
        for shipment in news
    }
    sql.call(ARRIVED, [list(arrived_at), list(arrived_at.values())])
    arrivals: dict[int, list[datetime | None]] = {shipment.order_id: [] for shipment in news}
    for order_id, arrived in Shipment.objects.filter(order__in=arrivals).values_list("order_id", "delivered_at"):
        arrivals[order_id].append(arrived)
    facts = {
        order: {"delivered_at": max(all_of_them).isoformat()}
        for order, parcels in arrivals.items()
        if (all_of_them := [arrived for arrived in parcels if arrived]) and len(all_of_them) == len(parcels)
    }
    return take("report_delivery", list(facts), at=at, facts=facts)


# --- While the buyer decides ---


@transaction.atomic
def extend_protection(*, orders: Sequence[int], by: User, at: datetime) -> list[Moved]:
    """The buyer takes a few days more, once, in the last days, without asking."""
    allowed = _allowed("extend_protection", orders, at=at)
    facts = {order.pk: {"extension": interval(order.policy.buyer_extension)} for order in allowed}
    return take("extend_protection", orders, by=by, at=at, facts=facts)


@transaction.atomic
def grant_extension(*, orders: Sequence[int], by: User, at: datetime, days: int) -> list[Moved]:
    """The seller gives the buyer some whole days more; all extensions together stay within the policy's cap."""
    for order in _allowed("grant_extension", orders, at=at):
        if not 1 <= days <= (left := rules.days_to_grant(order)):
            raise StepRefused(
                order, STEPS["grant_extension"], _("You can grant between 1 and %(left)s days more.") % {"left": left}
            )
    facts = {order: {"extension": f"{days} days"} for order in orders}
    return take("grant_extension", orders, by=by, at=at, facts=facts)


def confirm_receipt(*, orders: Sequence[int], by: User, at: When) -> list[Moved]:
    """The buyer has the goods and they are right: the money goes to the seller, and protection ends."""
    return take("confirm_receipt", orders, by=by, at=at)


def auto_confirm(*, orders: Sequence[int], at: When) -> list[Moved]:
    """Silence confirms when the time to confirm is over: the money goes to the seller, and protection ends."""
    return take("auto_confirm", orders, at=at)


def _allowed(name: str, orders: Sequence[int], *, at: When) -> list[Order]:
    """Lock the orders that the table lets take this step, and return them; raise where a rule of its own is against."""
    locked = Order.objects.filter(pk__in=orders, state__in=STEPS[name].sources).lock()
    for order, moment in zip(locked, ats_of([order.pk for order in locked], at), strict=True):
        if reason := rules.why_not(order, STEPS[name], moment):
            raise StepRefused(order, STEPS[name], reason)
    return locked
