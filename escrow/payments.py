"""Payments: asking a buyer for money at a provider, and taking note that it came."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from escrow import ledger, operations, providers
from escrow.ledger import Entry
from escrow.models import Payment, Transfer
from escrow.providers.base import ProviderPayment, ProviderRefused
from marketplace.lib import sql


class PaymentMismatch(Exception):
    """The provider speaks of a payment that is not as we asked for it; a person has to look."""


def expires_at(payment: Payment, captured_at: datetime) -> datetime | None:
    """Until when the provider lets us hold this payment's money; None for no limit."""
    limit: timedelta | None = providers.get(payment.provider).hold_limit
    return captured_at + limit if limit else None


def open_page(payment: Payment, *, description: str, return_url: str, until: datetime | None) -> str:
    """The address of the provider's page where the buyer pays; asks the provider for one the first time.

    A network call: not inside a transaction. Asking again, also after an answer that was lost, opens the same page.
    Raises the provider's errors (`ProviderRefused`, `ProviderUnknown`); nothing is lost by them, ask again.
    """
    if not payment.page_url:
        provider, key = providers.get(payment.provider), f"payment:{payment.reference}"
        try:
            made = provider.create_payment(
                key=key,
                reference=payment.reference,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                description=description,
                return_url=return_url,
                expires_at=until,
            )
        except ProviderRefused:  # it may have been opened with other words, by a call whose answer was lost
            found = provider.find(key=key)
            if not isinstance(found, ProviderPayment):
                raise
            made = found
        payment.provider_reference, payment.page_url = made.id, made.url
        payment.save(update_fields=["provider_reference", "page_url"])
    return payment.page_url


def recognise(answer: ProviderPayment, *, provider: str) -> Payment:
    """Our payment that the provider speaks of, which from now on carries the provider's id.

    Raises `PaymentMismatch` when there is none, or it is of another sum or currency, or has another id there.
    """
    payment = Payment.objects.filter(provider=provider, reference=answer.reference).first()
    if payment is None:
        raise PaymentMismatch(f"{provider} speaks of {answer.reference}, which is no payment of ours there")
    if (answer.amount_minor, answer.currency) != (payment.amount_minor, payment.currency):
        raise PaymentMismatch(
            f"{provider} speaks of {answer.amount_minor} {answer.currency} for {payment.reference},"
            f" which is {payment.amount_minor} {payment.currency}"
        )
    Payment.objects.filter(pk=payment.pk, provider_reference=None).update(provider_reference=answer.id)
    if payment.provider_reference not in (None, answer.id):
        raise PaymentMismatch(f"{provider} has {payment.reference} as {answer.id}, not {payment.provider_reference}")
    return payment


def note_decline(*, provider: str, reference: str, reason: str) -> None:
    """Remember why the last try to pay was declined, to tell the buyer."""
    Payment.objects.filter(provider=provider, reference=reference, state=Payment.State.OPEN).update(
        last_error=reason[:200]
    )


CAPTURE = """
UPDATE escrow_payment p SET state = 'CAPTURED', captured_at = paid.at, last_error = ''
  FROM unnest(%s::bigint[], %s::timestamptz[]) AS paid (id, at) WHERE p.id = paid.id
RETURNING p.id
"""


@transaction.atomic
def capture(payments: Iterable[Payment], ats: dict[int, datetime]) -> list[Payment]:
    """Mark locked, open payments as paid, at `ats[payment.pk]`; return those that were open."""
    captured = [payment for payment in payments if payment.state == Payment.State.OPEN]
    for payment in captured:
        payment.state = Payment.State.CAPTURED
        payment.captured_at = ats[payment.pk]
        payment.last_error = ""
    if captured:
        sql.call(CAPTURE, [[payment.pk for payment in captured], [payment.captured_at for payment in captured]])
    return captured


@transaction.atomic
def return_late(payment: Payment, amount_minor: int, at: datetime) -> None:
    """Book the part of a captured payment that came too late for its orders, and reserve its refund."""
    accounts = ledger.open_accounts(currency=payment.currency, provider=payment.provider)
    ledger.post(
        [
            Entry(
                kind=Transfer.Kind.LATE_CAPTURE,
                key=f"late_capture:{payment.pk}",
                currency=payment.currency,
                amount_minor=amount_minor,
                debit_account_id=accounts.provider_cash,
                credit_account_id=accounts.refunds_in_flight,
                at=at,
            )
        ]
    )
    operations.reserve_late_refund(payment, amount_minor, at)
