"""What the provider does. Each runs in a transaction, takes `at`, and tells of what it changed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from marketplace.sandbox import cards, chaos, chargebacks
from marketplace.sandbox.events import move, tell
from marketplace.sandbox.models import Attempt, Payment, Payout, Refund
from marketplace.sandbox.refusal import Refused


@transaction.atomic
def open_payment(
    *,
    reference: str,
    amount_minor: int,
    currency: str,
    description: str,
    return_url: str,
    expires_at: datetime | None,
    at: datetime,
) -> Payment:
    """Ask for money; the payment's page takes a card until `expires_at`."""
    return Payment.objects.create(
        reference=reference,
        amount_minor=amount_minor,
        currency=currency,
        description=description,
        return_url=return_url,
        expires_at=expires_at,
        created_at=at,
    )


@transaction.atomic
def try_card(*, payment_id: str, card: cards.TestCard, at: datetime) -> Payment:
    """Charge a card: captured, declined, or waiting for the buyer's confirmation.

    A payment that is captured already stays so, whatever card is sent: a double click pays once. Raises `Refused`
    when the payment has expired.
    """
    payment = _payable(payment_id, at)
    if payment.state == Payment.State.CAPTURED:
        return payment
    attempt = Attempt(payment=payment, last4=card.last4, at=at)
    if card.confirms:
        attempt.state = Attempt.State.CONFIRMING
        attempt.save()
    elif card.failure_code:
        _decline(payment, attempt, card.failure_code, at)
    else:
        _capture(payment, attempt, at)
        chargebacks.plan(payment, card.chargeback, at)
    return payment


def waiting_confirmation(payment: Payment) -> Attempt | None:
    """The last card tried, where the buyer's bank still asks about it."""
    attempt = payment.attempts.order_by("-pk").first()
    return attempt if attempt and attempt.state == Attempt.State.CONFIRMING else None


@transaction.atomic
def confirm_card(*, payment_id: str, approved: bool, at: datetime) -> Payment:
    """The buyer's word to the bank about the card that waits for it. Said twice, the first counts.

    Raises `Refused` when the payment has expired or no card waits.
    """
    payment = _payable(payment_id, at)
    if payment.state == Payment.State.CAPTURED:
        return payment
    attempt = waiting_confirmation(payment)
    if not attempt:
        raise Refused("nothing_to_confirm", "No card of this payment waits for a confirmation.")
    if approved:
        _capture(payment, attempt, at)
        chargebacks.plan(payment, "", at)
    else:
        _decline(payment, attempt, "confirmation_refused", at)
    return payment


def _payable(payment_id: str, at: datetime) -> Payment:
    """The payment, locked, captured or still payable."""
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.is_over(at):
        raise Refused("payment_expired", "This payment has expired.")
    return payment


def _capture(payment: Payment, attempt: Attempt, at: datetime) -> None:
    payment.state, payment.captured_at, payment.failure_code = Payment.State.CAPTURED, at, ""
    payment.save()
    attempt.state = Attempt.State.CAPTURED
    attempt.save()
    move(payment, "capture", payment.amount_minor, at)
    tell(payment, "captured", at)


def _decline(payment: Payment, attempt: Attempt, failure_code: str, at: datetime) -> None:
    payment.failure_code = failure_code
    payment.save()
    attempt.state, attempt.failure_code = Attempt.State.DECLINED, failure_code
    attempt.save()
    tell(payment, "failed", at)


@transaction.atomic
def expire_payments(*, at: datetime) -> int:
    """Close the payments that nobody paid in time; how many there were."""
    due = Payment.objects.filter(state=Payment.State.OPEN, expires_at__lte=at)
    payments = list(due.select_for_update(skip_locked=True)[:100])
    for payment in payments:
        payment.state = Payment.State.EXPIRED
        payment.save()
        tell(payment, "expired", at)
    return len(payments)


@transaction.atomic
def refund(*, payment_id: str, amount_minor: int, currency: str | None, reference: str, at: datetime) -> Refund:
    """Send part of a captured payment back.

    Raises `Refused` where the payment is unknown, was not captured, is of another currency, or has less left.
    """
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise Refused("not_found", f"There is no payment {payment_id}.", status=404)
    if payment.state != Payment.State.CAPTURED:
        raise Refused("not_captured", "Only a captured payment can be refunded.")
    if currency not in (None, payment.currency):
        raise Refused("wrong_currency", f"The payment is in {payment.currency}.")
    left_minor = chargebacks.left_of(payment)
    if amount_minor > left_minor:
        raise Refused("amount_too_large", f"Only {left_minor} of the payment is left to refund.")
    Payment.objects.filter(pk=payment.pk).update(refunded_minor=F("refunded_minor") + amount_minor)
    fails = chaos.chance("refund_failure_probability")
    made = Refund.objects.create(
        payment=payment,
        reference=reference,
        amount_minor=amount_minor,
        outcome=Refund.State.FAILED if fails else Refund.State.SUCCEEDED,
        due_at=at + timedelta(seconds=chaos.current().settle_seconds),
        created_at=at,
    )
    move(made, "refund", -amount_minor, at)
    if made.due_at == at:
        settle_refund(made, at)
    return made


def settle_refund(refund: Refund, at: datetime) -> None:
    """Let a pending refund become what it was meant to; a failed one gives the money back to the payment."""
    refund.state, refund.settled_at, refund.due_at = refund.outcome, at, None
    if refund.state == Refund.State.FAILED:
        refund.failure_code = "bank_refused"
        Payment.objects.filter(pk=refund.payment_id).update(refunded_minor=F("refunded_minor") - refund.amount_minor)
        move(refund, "refund_failed", refund.amount_minor, at)
    refund.save()
    tell(refund, refund.state, at)


@transaction.atomic
def settle_refunds(*, at: datetime) -> int:
    """Settle the refunds that are due; how many there were."""
    due = Refund.objects.filter(due_at__lte=at).select_related("payment")
    refunds = list(due.select_for_update(skip_locked=True, of=("self",))[:100])
    for refund in refunds:
        settle_refund(refund, at)
    return len(refunds)


@transaction.atomic
def pay_out(*, reference: str, amount_minor: int, currency: str, destination: str, at: datetime) -> Payout:
    """Send money to a bank account; its number says what will become of it (`cards.payout_outcome`), or chaos does."""
    outcome = cards.payout_outcome(destination)
    if chaos.chance("payout_failure_probability"):
        outcome = Payout.State.FAILED
    elif chaos.chance("payout_return_probability"):
        outcome = Payout.State.RETURNED
    made = Payout.objects.create(
        reference=reference,
        amount_minor=amount_minor,
        currency=currency,
        destination=destination,
        outcome=outcome,
        due_at=at + timedelta(seconds=chaos.current().settle_seconds),
        created_at=at,
    )
    move(made, "payout", -amount_minor, at)
    if made.due_at == at:
        settle_payout(made, at)
    return made


def settle_payout(payout: Payout, at: datetime) -> None:
    """Take a payout's next step: pending to paid or failed, paid to returned."""
    returns_later = payout.state == Payout.State.PENDING and payout.outcome == Payout.State.RETURNED
    payout.state = Payout.State.PAID if returns_later else payout.outcome
    payout.due_at = at + timedelta(seconds=chaos.current().payout_return_seconds) if returns_later else None
    payout.settled_at = at
    if payout.state in (Payout.State.FAILED, Payout.State.RETURNED):
        payout.failure_code = "account_closed"
        move(payout, f"payout_{payout.state}", payout.amount_minor, at)
    payout.save()
    tell(payout, payout.state, at)


@transaction.atomic
def settle_payouts(*, at: datetime) -> int:
    """Take the step of each payout that is due; how many there were."""
    payouts = list(Payout.objects.filter(due_at__lte=at).select_for_update(skip_locked=True)[:100])
    for payout in payouts:
        settle_payout(payout, at)
    return len(payouts)
