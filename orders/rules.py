"""When a step that the table allows is refused all the same: asked by actions under lock, and by pages before.

One place for both, so that a button that is shown works and one that is not would be refused.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from orders.lifecycle import Party, State, Step, steps_for
from orders.models import Order


def why_not(order: Order, step: Step, at: datetime) -> str:
    """Why this step is refused in a state where the table has it, in words for who asks; empty where it is not."""
    rule = RULES.get(step.name)
    return rule(order, at) if rule else ""


def available(order: Order, party: Party, at: datetime) -> list[Step]:
    """The steps that this party can take with the order now, in the table's order."""
    return [step for step in steps_for(party, State(order.state)) if not why_not(order, step, at)]


def days_to_grant(order: Order) -> int:
    """How many whole days more the seller can give the buyer; all extensions together stay within the policy's cap."""
    return (order.policy.extension_cap - order.extension).days


def _request_cancellation(order: Order, at: datetime) -> str:  # noqa: ARG001 -- a rule's signature
    return _("You have asked once already; the seller will ship this order.") if order.cancellation_requested_at else ""


def _add_parcel(order: Order, at: datetime) -> str:  # noqa: ARG001
    return _("Everything has been delivered already.") if order.delivered_at else ""


def _extend_protection(order: Order, at: datetime) -> str:
    policy = order.policy
    if order.buyer_extended_at or order.extension + policy.buyer_extension > policy.extension_cap:
        return _("You have extended protection already; the seller can grant more time.")
    if order.due_at and order.due_at - at > policy.buyer_extension_opens:
        return _("You can extend protection in its last days; there is time yet.")
    return ""


def _grant_extension(order: Order, at: datetime) -> str:  # noqa: ARG001
    return "" if days_to_grant(order) > 0 else _("The buyer has been given as much time as there can be.")


RULES: dict[str, Callable[[Order, datetime], str]] = {
    "request_cancellation": _request_cancellation,
    "add_parcel": _add_parcel,
    "extend_protection": _extend_protection,
    "grant_extension": _grant_extension,
}
