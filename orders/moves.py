"""The one way an order changes: a step of the table, taken with a set of orders, settled in the same transaction."""

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.catalog import stock
from marketplace.lib import hints, sql
from orders.lifecycle import CLOSED_STATES, STATUSES, STEPS, State, Step
from orders.models import Order, OrderLine

When: TypeAlias = datetime | Mapping[int, datetime]
"""One instant for all the orders, or each order's own by its id, as in an import."""
Facts: TypeAlias = Mapping[str, Any]
"""What a step adds to an order: `hold_id`, `ship_to`, `delivered_at`, `extension`; the rest is kept in its event."""


class StepRefused(Exception):
    """A step that this person may not take now; the message is for them. Nothing was changed."""

    def __init__(self, order: Order, step: Step, reason: str = "") -> None:
        """Explain with `reason`, or with the state that the order is in."""
        self.order, self.step = order, step
        super().__init__(
            reason
            or _("“%(step)s” is not possible: the order is now “%(state)s”.")
            % {"step": step.label, "state": State(order.state).label}
        )


class Moved(NamedTuple):
    """An order that moved, as it is now."""

    id: int
    number: str
    buyer_id: int
    seller_id: int
    hold_id: int | None
    state: str
    due_at: datetime | None


def take(
    name: str,
    orders: Sequence[int],
    *,
    at: When,
    by: User | None = None,
    facts: Mapping[int, Facts] | None = None,
    sources: Sequence[State] | None = None,
) -> list[Moved]:
    """Take the step with these orders, settle their holds and return those that moved.

    With `by`, every order is meant by name: one that did not move raises `StepRefused`, unless it is where it was asked
    to go because the same person took the same step before. Without, those that are no longer eligible are passed over;
    a step of silence passes over what is not due.
    """
    step = STEPS[name]
    one_statement = len(orders) == 1 and not step.returns_stock  # a transaction by itself, without two round trips
    with nullcontext() if one_statement else transaction.atomic():
        moved = _move(
            step, orders, at=at, by=by, facts=facts or {}, sources=step.sources if sources is None else sources
        )
        if moved and step.returns_stock:
            _put_back([one.id for one in moved])
        if by is not None and len(moved) < len(set(orders)):
            _explain(step, set(orders) - {one.id for one in moved}, by)
    if moved and not step.by_itself:  # the sweep that takes a step of silence tells of it itself
        hints.soon(hints.TELL)
    return moved


def ats_of(orders: Sequence[int], at: When) -> list[datetime]:
    """Each order's instant, in the order given."""
    return [at] * len(orders) if isinstance(at, datetime) else [at[order] for order in orders]


def interval(window: timedelta) -> str:
    """A window as PostgreSQL reads it in facts."""
    return f"{window.total_seconds():.0f} seconds"


def _move(
    step: Step,
    orders: Sequence[int],
    *,
    at: When,
    by: User | None,
    facts: Mapping[int, Facts],
    sources: Sequence[State],
) -> list[Moved]:
    reminder = STATUSES[step.target].reminder if step.target else STATUSES[step.sources[0]].reminder
    rows = sql.call(
        "SELECT id, number, buyer_id, seller_id, hold_id, state, due_at FROM orders_move("
        "%s, %s, %s, %s, %s, %s, %s, %s, %s::interval[], %s, %s::bigint[], %s::timestamptz[], %s::jsonb[])",
        [
            step.name,
            step.party.value,
            by.pk if by else None,
            [state.value for state in sources],
            step.target.value if step.target else None,
            step.target in CLOSED_STATES,
            step.by_itself,
            step.settlement.value if step.settlement else None,
            list(reminder.before) if reminder else [],
            bool(reminder and reminder.half_way),
            list(orders),
            ats_of(orders, at),
            [json.dumps(facts[order]) if order in facts else None for order in orders],
        ],
    )
    return [Moved(*row) for row in rows]


def _explain(step: Step, unmoved: set[int], by: User) -> None:
    """Raise for an order that did not move, unless the same person has taken the same step already."""
    for order in Order.objects.filter(pk__in=unmoved).order_by("pk"):
        last = order.events.order_by("-seq").first()
        if last is None or last.step != step.name or last.actor_id != by.pk:
            raise StepRefused(order, step)


def _put_back(orders: Sequence[int]) -> None:
    lines = OrderLine.objects.filter(order__in=orders, variant__isnull=False).order_by()
    pieces = dict(lines.values_list("variant_id").annotate(Sum("quantity")))
    if pieces:
        stock.put_back(pieces)
