"""How far an order has come and what happened on the way: its stepper and its timeline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from escrow.models import ProviderOperation
from marketplace.accounts.models import User
from marketplace.lib import deadlines
from orders.lifecycle import STEPS, Party, State
from orders.models import Order, OrderEvent

LATE = timedelta(minutes=5)  # a silence that was swept later than this says when it had been due
ICONS = {
    "place": "bag",
    "pay": "credit-card",
    "expire": "clock",
    "change_address": "geo-alt",
    "ship": "truck",
    "correct_tracking": "pencil",
    "add_parcel": "box-seam",
    "report_delivery": "box-seam",
    "extend_protection": "calendar-plus",
    "grant_extension": "calendar-plus",
    "confirm_receipt": "check-circle",
    "auto_confirm": "check-circle",
    "request_cancellation": "question-circle",
    "decline_cancellation": "arrow-repeat",
    "withdraw_cancellation": "arrow-repeat",
}
OTHER_ICON = "x-circle"  # the ways an order comes to nothing


@dataclass(frozen=True)
class Stage:
    """One place of the stepper. `status` is done, now, later or stopped."""

    label: str
    icon: str
    status: str
    at: datetime | None = None


@dataclass(frozen=True)
class Happening:
    """One line of the timeline."""

    icon: str
    title: str | Promise
    actor: str
    at: datetime
    note: str = ""


def stepper(order: Order, refunds: Sequence[ProviderOperation] = ()) -> list[Stage]:
    """Paid, shipped, delivered, confirmed, released; or how far it came before it was cancelled and refunded.

    A delivery that no carrier reported is left out once the order is over.
    """
    over = order.state == State.COMPLETED
    reached = [
        (_("Paid"), "credit-card", order.paid_at),
        (_("Shipped"), "truck", order.shipped_at),
        (_("Delivered"), "box-seam", order.delivered_at),
        (_("Confirmed"), "clipboard-check", order.closed_at if over else None),
        (_("Released"), "unlock", order.closed_at if over else None),
    ]
    if order.state == State.CANCELLED:
        stages = [Stage(label, icon, "done", at) for label, icon, at in reached if at]
        return [*stages, Stage(_("Cancelled"), "x-lg", "stopped", order.closed_at), *_refunded(refunds)]
    if over:
        return [Stage(label, icon, "done", at) for label, icon, at in reached if at]
    coming = next(place for place, (_label, _icon, at) in enumerate(reached) if at is None)
    return [
        Stage(label, icon, "done" if place < coming else "now" if place == coming else "later", at)
        for place, (label, icon, at) in enumerate(reached)
    ]


def _refunded(refunds: Sequence[ProviderOperation]) -> list[Stage]:
    if not refunds:
        return []
    settled = [refund.settled_at for refund in refunds if refund.state == ProviderOperation.State.SUCCEEDED]
    back = len(settled) == len(refunds)
    return [Stage(_("Refunded"), "arrow-counterclockwise", "done" if back else "later", settled[0] if back else None)]


def timeline(order: Order, events: Iterable[OrderEvent], reader: User) -> list[Happening]:
    """Everything that happened, the oldest first. Events come with their actor."""
    return [
        Happening(
            icon=ICONS.get(event.step, OTHER_ICON),
            title=STEPS[event.step].done,
            actor=_actor(order, event, reader),
            at=event.at,
            note="\n".join(_notes(event)),
        )
        for event in events
    ]


def _actor(order: Order, event: OrderEvent, reader: User) -> str:
    if event.actor_id == reader.pk:
        return _("You")
    if event.party == Party.SELLER:
        return str(order.seller.shop)
    if event.party == Party.BUYER:
        return str(order.buyer)
    return str(Party(event.party).label)


def _notes(event: OrderEvent) -> list[str]:
    """What the step brought with it, in words."""
    data, notes = event.data or {}, []
    if "carrier" in data:
        notes.append(f"{data['carrier']} {data.get('tracking_number', '')}".strip())
    if data.get("was"):
        notes.append(_("before: %(number)s") % {"number": data["was"]})
    if data.get("reason"):
        notes.append(data["reason"])
    if "extension" in data:
        days = _days(data["extension"])
        notes.append(ngettext("%(days)s day more", "%(days)s days more", days) % {"days": days})
    if "delivered_at" in data:
        arrived_at = datetime.fromisoformat(data["delivered_at"])
        if event.at - arrived_at > LATE:
            notes.append(_("on %(when)s") % {"when": deadlines.moment_words(arrived_at, event.at)})
    if event.party == Party.SYSTEM and event.due_at and event.at - event.due_at > LATE:
        notes.append(_("had been due on %(when)s") % {"when": deadlines.moment_words(event.due_at, event.at)})
    return notes


def _days(window: str) -> int:
    """The days in a window as `orders.moves.interval` and the seller's grant write it: "259200 seconds", "5 days"."""
    number, unit = window.split()
    return int(number) if unit == "days" else int(number) // 86_400
