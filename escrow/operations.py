"""What we ask of providers: reserved with our books, called afterwards, recorded when the answer is known.

An operation is written in the transaction that owes it, with the key that makes the provider do it once. `submit_due`
then calls, outside any transaction. An answer that was lost leaves it UNKNOWN: the provider is asked what became of
the key until that is known; nothing fails by itself.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from escrow import ledger, providers
from escrow.ledger import Entry
from escrow.models import Payment, ProviderOperation, Transfer
from escrow.providers.base import ProviderRefund, ProviderRefused, ProviderUnknown, RefundState

logger = logging.getLogger(__name__)

Kind, State = ProviderOperation.Kind, ProviderOperation.State
OPEN = (State.RESERVED, State.UNKNOWN, State.PENDING)
FIRST_WAIT = timedelta(seconds=30)  # longer than a call may take, so that two workers never ask at once
MOST_WAIT = timedelta(hours=1)


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


def submit_due(*, at: datetime, most: int = 100) -> int:
    """Send the operations that are due, and ask again about those whose outcome is not known; return how many.

    Makes network calls: not inside a transaction. Any number of workers may run it, each claims its own. Claiming
    writes UNKNOWN and the time of the next try first: a worker that dies in the middle of a call leaves an operation
    that is asked about, by its key, before it is sent again.
    """
    claimed = _claim(at, most)
    for operation in claimed:
        try:
            answer = _ask(operation)
        except ProviderUnknown as error:
            logger.warning("operation %s: outcome unknown: %s", operation.key, error)
            ProviderOperation.objects.filter(pk=operation.pk).update(last_error=str(error)[:500])
        except ProviderRefused as error:
            logger.warning("operation %s: refused: %s", operation.key, error)
            _settle(operation.key, State.FAILED, at=at, last_error=f"{error.code}: {error}")
        else:
            record_refund(answer, at=at)
    return len(claimed)


def record_refund(answer: ProviderRefund, *, at: datetime) -> None:
    """Take note of what the provider says of a refund of ours; the same news again has no effect.

    A refund that succeeded leaves our books; one that failed stays in flight, for operators to settle another way.
    """
    if answer.state == RefundState.SUCCEEDED:
        _settle(answer.reference, State.SUCCEEDED, at=answer.settled_at or at, provider_reference=answer.id)
    elif answer.state == RefundState.FAILED:
        _settle(
            answer.reference, State.FAILED, at=answer.settled_at or at, provider_reference=answer.id,
            last_error=answer.failure_code,
        )  # fmt: skip
    else:
        ProviderOperation.objects.filter(key=answer.reference, state__in=OPEN).update(
            state=State.PENDING, provider_reference=answer.id, last_error=""
        )


@transaction.atomic
def _claim(at: datetime, most: int) -> list[ProviderOperation]:
    """Take due operations, oldest first; each comes back in the state it was in, with the next try already set."""
    due = ProviderOperation.objects.filter(state__in=OPEN, next_try_at__lte=at).order_by("next_try_at")
    claimed = list(due.select_related("payment").select_for_update(of=("self",), skip_locked=True)[:most])
    for operation in claimed:
        wait = min(FIRST_WAIT * 2 ** min(operation.tries, 10), MOST_WAIT)
        ProviderOperation.objects.filter(pk=operation.pk).update(
            state=State.PENDING if operation.state == State.PENDING else State.UNKNOWN,
            tries=operation.tries + 1,
            next_try_at=at + wait,
        )
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


@transaction.atomic
def _settle(key: str, state: ProviderOperation.State, *, at: datetime, **facts: str) -> None:
    """End an open operation; a success moves its money out of our books, once."""
    operation = ProviderOperation.objects.select_for_update().filter(key=key, state__in=OPEN).first()
    if operation is None:
        return
    operation.state, operation.settled_at = state, at
    operation.provider_reference = facts.get("provider_reference", operation.provider_reference)
    operation.last_error = facts.get("last_error", "")[:500]
    operation.save(update_fields=["state", "settled_at", "provider_reference", "last_error"])
    if state == State.SUCCEEDED:
        accounts = ledger.open_accounts(currency=operation.currency, provider=operation.provider)
        ledger.post(
            [
                Entry(
                    kind=Transfer.Kind.REFUND_PAID,
                    key=f"refund_paid:{operation.pk}",
                    currency=operation.currency,
                    amount_minor=operation.amount_minor,
                    debit_account_id=accounts.refunds_in_flight,
                    credit_account_id=accounts.provider_cash,
                    at=at,
                )
            ]
        )
