"""What we ask of providers: reserved with our books, called afterwards, recorded when the answer is known.

An operation is written in the transaction that owes it, with the key that makes the provider do it once. `submit_due`
then calls, outside any transaction. An answer that was lost leaves it UNKNOWN: the provider is asked what became of
the key until that is known; nothing fails by itself.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction

from escrow import ledger, providers
from escrow.ledger import Entry
from escrow.models import Payment, ProviderOperation, Transfer
from escrow.providers.base import ProviderRefund, ProviderRefused, ProviderUnknown, RefundState
from marketplace.lib import sql

logger = logging.getLogger(__name__)

Kind, State = ProviderOperation.Kind, ProviderOperation.State
OPEN = (State.RESERVED, State.UNKNOWN, State.PENDING)
FIRST_WAIT = timedelta(seconds=30)  # longer than a call may take, so that two workers never ask at once
MOST_WAIT = timedelta(hours=1)
MOST_SECONDS_UNWRITTEN = 1.0


def reserve_late_refund(payment: Payment, amount_minor: int, at: datetime) -> None:
    """Write down the refund of what came too late, in the caller's transaction."""
    ProviderOperation.objects.create(
        kind=Kind.REFUND,
        key=f"late_refund:{payment.pk}",
        provider=payment.provider,
        payment=payment,
        currency=payment.currency,
        amount_minor=amount_minor,
        created_at=at,
        next_try_at=at,
    )


def submit_due(*, at: datetime, most: int = 100, provider: str | None = None) -> int:
    """Send the operations that are due, and ask again about those whose outcome is not known; return how many.

    `provider` names the only one to ask. Makes network calls: not inside a transaction. Any number of workers may run
    it, each claims its own. Claiming writes UNKNOWN and the time of the next try first: a worker that dies in the
    middle of a call leaves an operation that is asked about, by its key, before it is sent again. Answers are written
    down together, at most a second after they came.
    """
    claimed = _claim(at, most, provider)
    news: list[News] = []
    written_at = monotonic()
    for operation in claimed:
        try:
            news.append(_news(_ask(operation), at))
        except ProviderUnknown as error:
            logger.warning("operation %s: outcome unknown: %s", operation.key, error)
            ProviderOperation.objects.filter(pk=operation.pk).update(last_error=str(error)[:500])
        except ProviderRefused as error:
            logger.warning("operation %s: refused: %s", operation.key, error)
            news.append(News(operation.key, State.FAILED, at, last_error=f"{error.code}: {error}"))
        if monotonic() - written_at > MOST_SECONDS_UNWRITTEN:
            _record(news)
            news, written_at = [], monotonic()
    _record(news)
    return len(claimed)


def record_refund(answer: ProviderRefund, *, at: datetime) -> None:
    """Take note of what the provider says of a refund of ours; the same news again has no effect.

    A refund that succeeded leaves our books; one that failed stays in flight, for operators to settle another way.
    """
    _record([_news(answer, at)])


@dataclass(frozen=True)
class News:
    """What became of an operation, by its key."""

    key: str
    state: ProviderOperation.State
    at: datetime
    provider_reference: str | None = None
    last_error: str = ""


def _news(answer: ProviderRefund, at: datetime) -> News:
    state = {RefundState.SUCCEEDED: State.SUCCEEDED, RefundState.FAILED: State.FAILED}.get(answer.state, State.PENDING)
    return News(answer.reference, state, answer.settled_at or at, answer.id, answer.failure_code)


CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id, state FROM escrow_provideroperation
     WHERE state IN ('RESERVED', 'UNKNOWN', 'PENDING') AND next_try_at <= %s AND (%s::text IS NULL OR provider = %s)
     ORDER BY next_try_at LIMIT %s FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE escrow_provideroperation o
       SET state = CASE due.state WHEN 'PENDING' THEN 'PENDING' ELSE 'UNKNOWN' END,
           tries = o.tries + 1,
           next_try_at = %s + least(%s * 2 ^ least(o.tries, 10), %s)
      FROM due WHERE o.id = due.id
)
SELECT id, state FROM due
"""


def _claim(at: datetime, most: int, provider: str | None) -> list[ProviderOperation]:
    """Take due operations, oldest first; each comes back in the state it was in, with the next try already set."""
    was = dict(sql.call(CLAIM, [at, provider, provider, most, at, FIRST_WAIT, MOST_WAIT]))
    claimed = list(ProviderOperation.objects.filter(pk__in=was).select_related("payment").order_by("created_at", "pk"))
    for operation in claimed:
        operation.state = was[operation.pk]
    return claimed


def _ask(operation: ProviderOperation) -> ProviderRefund:
    provider = providers.get(operation.provider)
    if operation.state == State.PENDING:
        return provider.fetch_refund(operation.provider_reference)
    if operation.state == State.UNKNOWN:
        found = provider.find(key=operation.key)
        if isinstance(found, ProviderRefund):
            return found
    return provider.refund(
        key=operation.key,
        payment_id=operation.payment.provider_reference or "",
        amount_minor=operation.amount_minor,
        currency=operation.currency,
        reference=operation.key,
    )


RECORD = """
UPDATE escrow_provideroperation o
   SET state = news.state,
       settled_at = CASE WHEN news.state <> 'PENDING' THEN news.at END,
       provider_reference = coalesce(news.provider_reference, o.provider_reference),
       last_error = news.last_error
  FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[])
       AS news (key, state, at, provider_reference, last_error)
 WHERE o.key = news.key AND o.id = ANY (%s)
RETURNING o.id, o.provider, o.currency, o.amount_minor, o.state, news.at
"""


@transaction.atomic
def _record(news: Sequence[News]) -> None:
    """Write down what became of operations that are still open; what succeeded leaves our books, once."""
    by_key = {one.key: one for one in news}
    still_open = ProviderOperation.objects.filter(key__in=by_key, state__in=OPEN).order_by("pk")
    locked = list(still_open.select_for_update().values_list("pk", flat=True))
    if not locked:
        return
    rows = sql.call(
        RECORD,
        [
            [one.key for one in by_key.values()],
            [one.state.value for one in by_key.values()],
            [one.at for one in by_key.values()],
            [one.provider_reference for one in by_key.values()],
            [one.last_error[:500] for one in by_key.values()],
            locked,
        ],
    )
    paid = [row for row in rows if row[4] == State.SUCCEEDED]
    accounts = {
        (provider, currency): ledger.open_accounts(currency=currency, provider=provider)
        for provider, currency in sorted({row[1:3] for row in paid})
    }
    ledger.post(
        Entry(
            kind=Transfer.Kind.REFUND_PAID,
            key=f"refund_paid:{operation}",
            currency=currency,
            amount_minor=amount_minor,
            debit_account_id=accounts[provider, currency].refunds_in_flight,
            credit_account_id=accounts[provider, currency].provider_cash,
            at=at,
        )
        for operation, provider, currency, amount_minor, _state, at in paid
    )
