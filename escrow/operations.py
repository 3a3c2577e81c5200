"""What we ask of providers: reserved with our books, called afterwards, recorded when the answer is known.

An operation is written in the transaction that owes it, with the key that makes the provider do it once. `submit_due`
then calls, outside any transaction. An answer that was lost leaves it UNKNOWN: the provider is asked what became of
the key until that is known; nothing fails by itself.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, TypeAlias

from django.db import transaction

from escrow import ledger, payouts, providers
from escrow.ledger import Entry
from escrow.models import Payment, Payout, ProviderOperation, Transfer
from escrow.providers.base import (
    PayoutState,
    Provider,
    ProviderPayout,
    ProviderRefund,
    ProviderRefused,
    ProviderUnknown,
    RefundState,
)
from marketplace.lib import sql

logger = logging.getLogger(__name__)

Answer: TypeAlias = ProviderRefund | ProviderPayout
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
            news.append(_refused(operation, error, at))
        if monotonic() - written_at > MOST_SECONDS_UNWRITTEN:
            _record(news)
            news, written_at = [], monotonic()
    _record(news)
    return len(claimed)


class AnswerMismatch(Exception):
    """The provider speaks of a refund or payout that is not as we asked for it; a person has to look."""


def record(answer: Answer, *, provider: str, at: datetime) -> None:
    """Take note of what the provider says of a refund or payout of ours; the same news again has no effect.

    A refund that succeeded leaves our books; one that failed stays in flight, for operators to settle another way. A
    payout that was paid leaves our books too; one that failed, or that the bank returned, goes back to the seller.
    Raises `AnswerMismatch` when it is none of ours, or of another sum or currency.
    """
    asked = ProviderOperation.objects.filter(key=answer.reference, provider=provider).first()
    if asked is None:
        raise AnswerMismatch(f"{provider} speaks of {answer.reference}, which we did not ask of it")
    if (answer.amount_minor, answer.currency) != (asked.amount_minor, asked.currency):
        raise AnswerMismatch(
            f"{provider} speaks of {answer.amount_minor} {answer.currency} for {asked.key},"
            f" which is {asked.amount_minor} {asked.currency}"
        )
    _record([_news(answer, at)])


@dataclass(frozen=True)
class News:
    """What became of an operation, by its key. `payout_state` is what became of the payout, where it is one."""

    key: str
    state: ProviderOperation.State
    at: datetime
    provider_reference: str | None = None
    last_error: str = ""
    payout_state: Payout.State | None = None


REFUND_STATES = {
    RefundState.PENDING: State.PENDING,
    RefundState.SUCCEEDED: State.SUCCEEDED,
    RefundState.FAILED: State.FAILED,
}
PAYOUT_STATES = {
    PayoutState.PENDING: (State.PENDING, Payout.State.SUBMITTED),
    PayoutState.PAID: (State.SUCCEEDED, Payout.State.PAID),
    PayoutState.FAILED: (State.FAILED, Payout.State.FAILED),
    PayoutState.RETURNED: (State.SUCCEEDED, Payout.State.RETURNED),
}


def _news(answer: Answer, at: datetime) -> News:
    settled_at = answer.settled_at or at
    if isinstance(answer, ProviderRefund):
        return News(answer.reference, REFUND_STATES[answer.state], settled_at, answer.id, answer.failure_code)
    state, payout_state = PAYOUT_STATES[answer.state]
    return News(answer.reference, state, settled_at, answer.id, answer.failure_code, payout_state)


def _refused(operation: ProviderOperation, error: ProviderRefused, at: datetime) -> News:
    """A definite no is news too: a payout it was asked of has failed."""
    payout_state = Payout.State.FAILED if operation.kind == Kind.PAYOUT else None
    return News(operation.key, State.FAILED, at, last_error=f"{error.code}: {error}", payout_state=payout_state)


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
    found = ProviderOperation.objects.filter(pk__in=was).select_related("payment", "payout__method")
    claimed = list(found.order_by("created_at", "pk"))
    for operation in claimed:
        operation.state = was[operation.pk]
    return claimed


def _ask(operation: ProviderOperation) -> Answer:
    """Send the call, or ask what became of it, by what we know of it; a network call."""
    provider = providers.get(operation.provider)
    is_payout = operation.kind == Kind.PAYOUT
    if operation.state == State.PENDING:
        fetch: Callable[[str], Answer] = provider.fetch_payout if is_payout else provider.fetch_refund
        return fetch(operation.provider_reference)
    if operation.state == State.UNKNOWN:
        found = provider.find(key=operation.key)
        if isinstance(found, ProviderPayout if is_payout else ProviderRefund):
            return found
    return _pay_out(provider, operation) if is_payout else _refund(provider, operation)


def _refund(provider: Provider, operation: ProviderOperation) -> ProviderRefund:
    assert operation.payment is not None  # noqa: S101 -- the database says so (operation_names_its_subject)
    return provider.refund(
        key=operation.key,
        payment_id=operation.payment.provider_reference or "",
        amount_minor=operation.amount_minor,
        currency=operation.currency,
        reference=operation.key,
    )


def _pay_out(provider: Provider, operation: ProviderOperation) -> ProviderPayout:
    assert operation.payout is not None  # noqa: S101 -- as above
    return provider.pay_out(
        key=operation.key,
        reference=operation.key,
        amount_minor=operation.amount_minor,
        currency=operation.currency,
        destination=operation.payout.method.destination,
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
RETURNING o.id, o.kind, o.provider, o.currency, o.amount_minor, o.state, news.at
"""


@transaction.atomic
def _record(news: Sequence[News]) -> None:
    """Write down what became of operations that are still open, and book what that means for the money, once."""
    by_key = {one.key: one for one in news}
    still_open = ProviderOperation.objects.filter(key__in=by_key, state__in=OPEN).order_by("pk")
    locked = list(still_open.select_for_update().values_list("pk", flat=True))
    if locked:
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
        _book_refunds([row for row in rows if row[1] == Kind.REFUND and row[5] == State.SUCCEEDED])
    payouts.record(
        [
            payouts.News(one.key, one.payout_state, one.at, one.provider_reference or "", one.last_error)
            for one in by_key.values()
            if one.payout_state
        ]
    )


def _book_refunds(paid: Sequence[tuple[Any, ...]]) -> None:
    """What succeeded leaves our books."""
    accounts = {
        (provider, currency): ledger.open_accounts(currency=currency, provider=provider)
        for provider, currency in sorted({row[2:4] for row in paid})
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
        for operation, _kind, provider, currency, amount_minor, _state, at in paid
    )
