"""The sweep: everything that is due by the clock, in turn. Two clocks run it, and any number of workers at once.

A worker's beat and the second clock (`manage.py sweep --loop`) call the same function. It takes no arguments but the
time; what is due stands in the database, behind row locks.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from django.core.cache import cache
from django.db import connection

import orders.sweep
from escrow import books, operations, payouts
from marketplace import notices
from marketplace.lib.clock import now
from marketplace.models import Sweep
from marketplace.notifications import forgetting, mail, outbox
from orders import cart, tracking

logger = logging.getLogger(__name__)

LAST = "sweep:last"  # in the cache: {"at": datetime, "by": str, "counts": {str: int}}

Part = Callable[[datetime], Mapping[str, int]]


def tell(at: datetime) -> Mapping[str, int]:
    """Put what happened into words, for those it concerns."""
    return outbox.tell(notices.compose, at=at)


def send(at: datetime) -> Mapping[str, int]:
    """Send the e-mails that wait."""
    return mail.send_due(at=at, pointless=notices.pointless)


PARTS: Mapping[str, Part] = {
    "silence": lambda at: orders.sweep.run_due(at=at),
    "reminders": lambda at: {"reminded": orders.sweep.remind(at=at)},
    "owed": lambda at: {"owed": payouts.settle_owed(at=at)},
    "payouts": lambda at: {"payouts": payouts.run_weekly(at=at)},
    "operations": lambda at: {"operations": operations.submit_due(at=at)},
    "parcels": lambda at: {"parcels": tracking.watch_due(at=at)},
    "notices": tell,
    "mail": send,
    "forgetting": lambda at: {"forgotten": forgetting.forget_old(at=at)},
    "carts": lambda at: {"cart_lines_forgotten": cart.forget_visitors(at=at)},
    "books": lambda at: {"folded": books.fold(at=at)},
}
NEWS = ("notices", "mail")


def sweep(
    at: datetime | None = None,
    *,
    by: str = "worker",
    parts: Mapping[str, Part] = PARTS,
    stopping: Callable[[], bool] = lambda: False,
) -> dict[str, int]:
    """Run the parts in turn and return what they did, counted; a part that fails counts as one of the "errors".

    No failure of one part stops another, and the record of the sweep is the last thing written. `at` is the present by
    the database's clock unless given; `by` names the clock that asked. Where `stopping` says so, the parts that are
    left wait for the next sweep.
    """
    at = at or now()
    counts: Counter[str] = Counter()
    for name, part in parts.items():
        if stopping():
            break
        try:
            counts.update(part(at))
        except Exception:
            logger.exception("sweep: %s failed", name)
            counts["errors"] += 1
            if not connection.in_atomic_block and not connection.is_usable():
                connection.close()  # the next part opens another
    done = dict(+counts)
    _record(at, by, done)
    return done


def _record(at: datetime, by: str, counts: dict[str, int]) -> None:
    """Say that this clock runs: in the database for operators, in the cache for whoever asks often."""
    row = Sweep(by=by, at=at, counts=counts)
    Sweep.objects.bulk_create([row], update_conflicts=True, unique_fields=["by"], update_fields=["at", "counts"])
    try:
        cache.set(LAST, {"at": at, "by": by, "counts": counts}, timeout=None)
    except Exception as error:  # noqa: BLE001 -- Redis may be away; the row in the database says the same
        logger.warning("sweep: not recorded in the cache: %r", error)
