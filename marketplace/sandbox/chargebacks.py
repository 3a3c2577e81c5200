"""Chargebacks: a buyer's bank asks a captured payment back, the merchant answers, and the bank decides."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from marketplace.sandbox import chaos
from marketplace.sandbox.events import move, tell
from marketplace.sandbox.models import Chargeback, Payment
from marketplace.sandbox.refusal import Refused

REASONS = ("fraudulent", "product_not_received", "product_unacceptable", "duplicate", "general")
TAKEN = (Chargeback.State.OPEN, Chargeback.State.LOST)  # the states in which the bank has the money


def left_of(payment: Payment) -> int:
    """What of a captured payment was neither refunded nor taken back, in minor units."""
    taken = payment.chargebacks.filter(state__in=TAKEN).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return payment.amount_minor - payment.refunded_minor - taken


def plan(payment: Payment, outcome: str, at: datetime) -> None:
    """Let the buyer's bank ask for a payment that was just captured, where the card or chaos says so."""
    if not outcome and chaos.chance("chargeback_probability"):
        outcome = "won" if chaos.chance("chargeback_win_probability") else "lost"
    if outcome:
        Chargeback.objects.create(
            payment=payment,
            reference=payment.reference,
            amount_minor=payment.amount_minor,
            reason="product_not_received",
            outcome=outcome,
            due_at=at + timedelta(seconds=chaos.current().chargeback_opens_seconds),
            created_at=at,
        )


@transaction.atomic
def open_chargeback(
    *, payment_id: str, amount_minor: int | None, reason: str, outcome: str, at: datetime
) -> Chargeback:
    """The buyer's bank asks now, for all that is left or an amount.

    Raises `Refused` where the payment is unknown, was not captured, or has less left.
    """
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise Refused("not_found", f"There is no payment {payment_id}.", status=404)
    if payment.state != Payment.State.CAPTURED:
        raise Refused("not_captured", "Only a captured payment can be charged back.")
    left_minor = left_of(payment)
    wanted = left_minor if amount_minor is None else amount_minor
    if not 0 < wanted <= left_minor:
        raise Refused("amount_too_large", f"Only {left_minor} of the payment is left.")
    chargeback = Chargeback.objects.create(
        payment=payment,
        reference=payment.reference,
        amount_minor=wanted,
        reason=reason,
        outcome=outcome,
        created_at=at,
    )
    _open(chargeback, at)
    return chargeback


def _open(chargeback: Chargeback, at: datetime) -> None:
    """The money leaves the merchant's cash at once."""
    chargeback.state, chargeback.opened_at = Chargeback.State.OPEN, at
    chargeback.due_at = at + timedelta(seconds=chaos.current().chargeback_decides_seconds)
    chargeback.save()
    move(chargeback, "chargeback", -chargeback.amount_minor, at)
    tell(chargeback, "opened", at)


def decide(chargeback: Chargeback, at: datetime) -> None:
    """The bank decides as it was meant to: what is won comes back to the merchant's cash."""
    chargeback.state, chargeback.settled_at, chargeback.due_at = chargeback.outcome, at, None
    chargeback.save()
    if chargeback.state == Chargeback.State.WON:
        move(chargeback, "chargeback_won", chargeback.amount_minor, at)
    tell(chargeback, chargeback.state, at)


@transaction.atomic
def answer(*, chargeback_id: str, evidence: Mapping[str, object], at: datetime) -> Chargeback:
    """Keep what the merchant says for itself; a later answer replaces an earlier one.

    Raises `Refused` where there is no such chargeback, or it is decided.
    """
    known = Chargeback.objects.exclude(state=Chargeback.State.PLANNED)
    chargeback = known.select_for_update().filter(pk=chargeback_id).first()
    if chargeback is None:
        raise Refused("not_found", f"There is no chargeback {chargeback_id}.", status=404)
    if chargeback.state != Chargeback.State.OPEN:
        raise Refused("chargeback_decided", "The bank has decided.")
    chargeback.evidence, chargeback.answered_at = dict(evidence), at
    chargeback.save()
    return chargeback


@transaction.atomic
def settle_chargebacks(*, at: datetime) -> int:
    """Take the step of each chargeback that is due; how many there were."""
    due = Chargeback.objects.filter(due_at__lte=at).select_related("payment")
    found = list(due.select_for_update(skip_locked=True)[:100])
    for chargeback in found:
        if chargeback.state == Chargeback.State.OPEN:
            decide(chargeback, at)
            continue
        chargeback.amount_minor = min(chargeback.amount_minor, left_of(chargeback.payment))
        if chargeback.amount_minor > 0:
            _open(chargeback, at)
        else:  # everything was refunded meanwhile: there is nothing to ask for
            chargeback.delete()
    return len(found)
