"""What operators watch, gathered at one moment in a constant number of queries: for the page and the metrics alike."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from celery import current_app
from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from escrow import books
from escrow.books import Standing
from escrow.models import ProviderEvent, ProviderOperation
from marketplace.lib import deadlines, sql
from marketplace.lib.money import Money
from marketplace.models import Sweep
from marketplace.notifications.models import Email, OutboxEntry
from orders.models import SetAside

logger = logging.getLogger(__name__)

TOLERANCE = timedelta(seconds=90)  # what is overdue, or a clock that is behind, by less is no reason to worry
MOST_COUNTED = 10_000  # of what has ended there may be millions: it is counted so far and no further
PATIENCE = 1.0  # seconds that Redis has for an answer


@dataclass(frozen=True)
class Overdue:
    """Open orders whose deadline has passed, those that wait for an operator left out; `releases` would pay out."""

    orders: int
    releases: int
    oldest_due_at: datetime | None
    lag: timedelta
    words: str

    @property
    def is_late(self) -> bool:
        """Whether somebody should have settled the oldest by now."""
        return self.lag > TOLERANCE


@dataclass(frozen=True)
class Clock:
    """One clock's latest sweep and how long ago it was."""

    by: str
    at: datetime
    lag: timedelta
    words: str
    counts: dict[str, int]

    @property
    def is_late(self) -> bool:
        """Whether it seems to have stopped."""
        return self.lag > TOLERANCE


@dataclass(frozen=True)
class Asked:
    """How many operations are in a state, and since when the oldest; `number` says "10,000+" where counting stopped."""

    state: ProviderOperation.State
    count: int
    oldest_at: datetime | None

    @property
    def number(self) -> str:
        """The count as people read it."""
        return f"{MOST_COUNTED:,}+" if self.count > MOST_COUNTED else f"{self.count:,}"


@dataclass(frozen=True)
class Waiting:
    """What waits to be told or done; `messages` is None where Redis does not answer."""

    messages: int | None
    outbox: int
    outbox_since: datetime | None
    outbox_set_aside: int
    emails: int
    emails_since: datetime | None
    emails_dead: int


@dataclass(frozen=True)
class Figures:
    """All of it, at one moment."""

    at: datetime
    overdue: Overdue
    clocks: list[Clock]
    standings: list[Standing]
    imbalances: list[Money]
    asked: list[Asked]
    set_aside: int
    set_aside_for_good: int
    events_without_effect: int
    waiting: Waiting

    @property
    def swept(self) -> Clock | None:
        """The clock that swept last; none before the first sweep."""
        return min(self.clocks, key=lambda clock: clock.lag, default=None)

    @property
    def unknown(self) -> Asked:
        """The operations whose outcome is not known."""
        return next(one for one in self.asked if one.state == ProviderOperation.State.UNKNOWN)

    @property
    def is_balanced(self) -> bool:
        """Whether no currency is out of balance."""
        return not any(self.imbalances)


def gather(at: datetime) -> Figures:
    """Everything as it is at this moment, by the database's clock."""
    standings = books.standings()
    aside = SetAside.objects.aggregate(all=Count("pk"), for_good=Count("pk", filter=Q(next_try_at=None)))
    return Figures(
        at=at,
        overdue=_overdue(at),
        clocks=_clocks(at),
        standings=standings,
        imbalances=books.imbalances(standings),
        asked=asked_of_providers(),
        set_aside=aside["all"],
        set_aside_for_good=aside["for_good"],
        events_without_effect=ProviderEvent.objects.exclude(problem="").count(),
        waiting=_waiting(),
    )


OVERDUE = """
SELECT count(*), count(*) FILTER (WHERE d.state = 'SHIPPED'), min(d.due_at)
  FROM orders_deadline d
 WHERE d.shard = ANY (ARRAY(SELECT generate_series(0, 15))) AND d.due_at <= %s
   AND NOT EXISTS (SELECT 1 FROM orders_setaside s
                    WHERE s.order_id = d.order_id AND (s.next_try_at IS NULL OR s.next_try_at > %s))
"""


def _overdue(at: datetime) -> Overdue:
    orders, releases, oldest = sql.call(OVERDUE, [at, at])[0]
    oldest_at: datetime = oldest or at
    return Overdue(orders, releases, oldest, at - oldest_at, deadlines.time_left(oldest_at, at).words)


def _clocks(at: datetime) -> list[Clock]:
    return [
        Clock(
            by=sweep.by,
            at=sweep.at,
            lag=max(at - sweep.at, timedelta(0)),
            words=_ago(sweep.at, at),
            counts=sweep.counts,
        )
        for sweep in Sweep.objects.order_by("-at")
    ]


def _ago(then: datetime, at: datetime) -> str:
    """How long ago, to the second while that says more than minutes."""
    lag = at - then
    if lag < timedelta(minutes=2):
        return _("%(seconds)s s ago") % {"seconds": max(int(lag.total_seconds()), 0)}
    return deadlines.time_left(then, at).words


# Unknown first: they are what a person may have to ask the provider about.
STATES = ("UNKNOWN", "FAILED", "RESERVED", "PENDING", "SUCCEEDED", "SETTLED")

ASKED = """
SELECT asked.state, (SELECT count(*) FROM (SELECT 1 FROM escrow_provideroperation o
                                            WHERE o.state = asked.state LIMIT %s) AS counted),
       (SELECT created_at FROM escrow_provideroperation o WHERE o.state = asked.state ORDER BY id LIMIT 1)
  FROM unnest(%s::text[]) WITH ORDINALITY AS asked (state, place) ORDER BY place
"""


def asked_of_providers() -> list[Asked]:
    """The operations by state, those first that a person should know of."""
    rows = sql.call(ASKED, [MOST_COUNTED + 1, list(STATES)])
    return [Asked(ProviderOperation.State(state), count, oldest_at) for state, count, oldest_at in rows]


def _waiting() -> Waiting:
    done = OutboxEntry.objects.aggregate(
        waiting=Count("pk", filter=Q(tries__lt=OutboxEntry.MOST_TRIES)),
        since=Min("created_at", filter=Q(tries__lt=OutboxEntry.MOST_TRIES)),
        aside=Count("pk", filter=Q(tries__gte=OutboxEntry.MOST_TRIES)),
    )
    mail = Email.objects.filter(state__in=Email.OPEN_STATES).aggregate(waiting=Count("pk"), since=Min("created_at"))
    return Waiting(
        messages=messages_waiting(),
        outbox=done["waiting"],
        outbox_since=done["since"],
        outbox_set_aside=done["aside"],
        emails=mail["waiting"],
        emails_since=mail["since"],
        emails_dead=Email.objects.filter(state=Email.State.DEAD).count(),
    )


def messages_waiting() -> int | None:
    """How many messages wait in Redis for a worker; None where Redis does not answer within a second or two."""
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
        ) as client:
            return int(client.llen(f"{prefix}{current_app.conf.task_default_queue}"))
    except (redis.RedisError, OSError) as error:
        logger.warning("Redis does not say how many messages wait: %r", error)
        return None
