"""What silence does: the due rows of the deadline table, taken in batches by any number of workers at once.

A sweep takes no arguments but the time. It claims the orders of one shard that are due and that nobody else is just
acting on, and takes the step that the table names for their state, in one transaction. Whatever dies in between has
changed nothing; the next sweep finds the same rows.
"""

import logging
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import OperationalError, transaction

from marketplace.lib import sql
from orders.lifecycle import MOST_TRIES, SHARDS, STATUSES, State, Status
from orders.models import Order, SetAside
from orders.moves import take

logger = logging.getLogger(__name__)

BATCH = 1000
ADVISORY_CLASS = 0x0D0E  # the advisory locks of the shards live under this number
FIRST_RETRY = timedelta(minutes=1)

CLAIM = """
SELECT d.order_id, o.state, d.due_at
  FROM orders_deadline d
  JOIN orders_order o ON o.id = d.order_id
 WHERE d.shard = %s AND d.due_at >= %s AND d.due_at <= %s
   AND NOT EXISTS (SELECT 1 FROM orders_setaside s
                    WHERE s.order_id = d.order_id AND (s.next_try_at IS NULL OR s.next_try_at > %s))
 ORDER BY d.due_at, d.order_id
 LIMIT %s
   FOR NO KEY UPDATE OF o SKIP LOCKED
"""

REMIND = """
WITH due AS (
    SELECT shard, due_at, order_id FROM orders_deadline
     WHERE shard = %s AND remind_at <= %s AND state = %s
     LIMIT %s FOR UPDATE SKIP LOCKED
), reminded AS (
    UPDATE orders_deadline d SET remind_at = orders_remind_at(%s, d.due_at, %s::interval[], NULL)
      FROM due WHERE (d.shard, d.due_at, d.order_id) = (due.shard, due.due_at, due.order_id)
    RETURNING d.order_id, d.due_at, old.remind_at
), queued AS (
    INSERT INTO notifications_outboxentry (topic, subject_id, seq, created_at)
    SELECT %s, order_id, (extract(epoch FROM remind_at) / 60)::int, %s FROM reminded WHERE due_at > %s
)
SELECT order_id FROM reminded
"""


def run_due(*, at: datetime, batch: int = BATCH) -> Counter[str]:
    """Take the silent step of every order whose deadline has passed; return how many moved, by step.

    `at` is the present by the database's clock. Constant statements a batch, whatever its size.
    """
    moved: Counter[str] = Counter()
    for shard in _shards():
        seek: datetime | None = datetime(1970, 1, 1, tzinfo=UTC)
        while seek is not None:
            with transaction.atomic():
                (free,) = sql.call("SELECT pg_try_advisory_xact_lock(%s, %s)", [ADVISORY_CLASS, shard])[0]
                due = sql.call(CLAIM, [shard, seek, at, at, batch]) if free else []
                for state, status in STATUSES.items():
                    if orders := [order for order, its_state, _due_at in due if its_state == state]:
                        moved[status.silence or ""] += _settle(status, orders, at)
            seek = due[-1][2] if len(due) == batch else None
    return moved


def remind(*, at: datetime, batch: int = BATCH) -> int:
    """Queue the reminders whose time has come, one outbox entry each; return how many.

    A reminder that was missed while no worker ran is not made up for by another: only the latest goes out, and none
    once the deadline has passed.
    """
    sent = 0
    for shard in _shards():
        for state, status in STATUSES.items():
            if status.reminder is None:
                continue
            topic, before = f"orders.remind_{REMINDED_STEP[state]}", list(status.reminder.before)
            full = True
            while full:
                rows = sql.call(REMIND, [shard, at, state.value, batch, at, before, topic, at, at])
                sent, full = sent + len(rows), len(rows) == batch
    return sent


REMINDED_STEP = {State.AWAITING_SHIPMENT: "ship", State.SHIPPED: "confirm_receipt"}


def retry(order: SetAside, *, at: datetime) -> None:
    """An operator has removed the cause: let the sweep try this order again."""
    SetAside.objects.filter(pk=order.pk).update(tries=0, next_try_at=at)


def settle(order: Order, *, at: datetime) -> int:
    """Take the silent step of one order whose deadline has passed, as a sweep at `at` would; return how many moved."""
    return _settle(order.status, [order.pk], at)


def _shards() -> list[int]:
    """All shards from a random one on, so that workers who start together do not follow each other."""
    first = random.randrange(SHARDS)  # noqa: S311 -- spreads load, keeps no secret
    return [(first + step) % SHARDS for step in range(SHARDS)]


def _settle(status: Status, orders: Sequence[int], at: datetime) -> int:
    """Take the silent step; where that fails, halve the set until the order that spoils it stands alone."""
    if status.silence is None:
        return 0
    try:
        with transaction.atomic():
            moved = len(take(status.silence, orders, at=at))
            SetAside.objects.filter(order__in=orders).delete()
            return moved
    except OperationalError:
        raise  # a lock or the connection, not an order: the next sweep tries the whole batch again
    except Exception as error:
        if len(orders) == 1:
            logger.exception("order %s could not take %s", orders[0], status.silence)
            _set_aside(orders[0], repr(error), at)
            return 0
    half = len(orders) // 2
    return _settle(status, orders[:half], at) + _settle(status, orders[half:], at)


def _set_aside(order: int, reason: str, at: datetime) -> None:
    aside, is_new = SetAside.objects.get_or_create(
        order_id=order, defaults={"reason": reason[:500], "failed_at": at, "next_try_at": at + FIRST_RETRY}
    )
    if not is_new:
        tries = aside.tries + 1
        next_try_at = at + FIRST_RETRY * 2**tries if tries < MOST_TRIES else None
        SetAside.objects.filter(pk=aside.pk).update(
            tries=tries, reason=reason[:500], failed_at=at, next_try_at=next_try_at
        )
