"""Refunds of orders that are over, and refunds that the provider rejected: what the staff decide about money.

Every act is in the log of the staff, with its reason. Above a sum (`TWO_PEOPLE_ABOVE_MINOR`) one person proposes and
another decides. A refund is paid out of the seller's balance as a `Refund` of its own; it never reopens the hold.
"""

from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from escrow import ledger
from escrow.ledger import Entry
from escrow.models import (
    Account,
    Hold,
    OutsideSettlement,
    ProviderOperation,
    Refund,
    SellerBalance,
    Transfer,
)
from escrow.models.refunds import Decision
from marketplace.accounts import staff
from marketplace.accounts.models import User
from marketplace.lib import sql
from marketplace.lib.money import Money
from marketplace.notifications.models import OutboxEntry

State = Decision.State
Decided = TypeVar("Decided", Refund, OutsideSettlement)


class DecisionRefused(Exception):
    """A decision that cannot be taken, or not by this person; the message is for them. Nothing was changed."""


def needs_two(amount: Money) -> bool:
    """Whether an act of the staff about this much takes two of them; every act does in a currency without a sum."""
    return amount.amount_minor > settings.TWO_PEOPLE_ABOVE_MINOR.get(amount.currency, 0)


# --- Refund an order that is over ---


def refundable(hold: Hold) -> Money:
    """What can still go back to the buyer: what was released, fee included, less what went back since."""
    since = Refund.objects.filter(hold=hold, state=State.DONE).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return Money(hold.released_minor + hold.fee_taken_minor - since, hold.currency)


@transaction.atomic
def propose(*, hold: Hold, amount: Money, returns_fee: bool, may_owe: bool, why: str, by: User, at: datetime) -> Refund:
    """Refund the buyer of an order that is over; above the sum it waits for a second person.

    All refunds of the order count together, so that many small ones take two people as well. `returns_fee` gives our
    share of the amount back too; otherwise the seller pays all of it. Raises `DecisionRefused`.
    """
    locked = _lock_hold(hold)
    _check_refund(locked, amount, by)
    before = Money(locked.released_minor + locked.fee_taken_minor, hold.currency) - refundable(locked)
    refund = Refund.objects.create(
        hold=locked,
        currency=locked.currency,
        amount_minor=amount.amount_minor,
        returns_fee=returns_fee,
        may_owe=may_owe,
        why=why,
        needs_two=needs_two(before + amount),
        proposed_by=by,
        proposed_at=at,
    )
    facts = {"amount": str(amount), "returns_fee": returns_fee, "may_owe": may_owe}
    staff.note(by=by, at=at, act="propose_refund", subject=f"order {hold.reference}", why=why, facts=facts)
    if not refund.needs_two:
        _carry_out(refund, locked, by, at)
    return refund


@transaction.atomic
def approve(*, refund: Refund, by: User, at: datetime) -> Refund:
    """A second person agrees: the money goes back. Raises `DecisionRefused`; approved before, it stays as it is."""
    hold = _lock_hold(refund.hold)
    locked = _lock(Refund, refund)
    if locked.state == State.DONE:
        return locked
    _check_second(locked, by)
    _check_refund(hold, locked.amount, by)
    staff.note(by=by, at=at, act="approve_refund", subject=f"order {hold.reference}", facts={"refund": str(locked)})
    _carry_out(locked, hold, by, at)
    return locked


@transaction.atomic
def decline(*, refund: Refund, by: User, at: datetime, why: str) -> Refund:
    """Let the proposal go; its own author may too. Raises `DecisionRefused` where it was decided."""
    locked = _lock(Refund, refund)
    _decline(locked, by, at)
    staff.note(by=by, at=at, act="decline_refund", subject=f"order {locked.hold.reference}", why=why)
    return locked


def _check_refund(hold: Hold, amount: Money, by: User) -> None:
    if hold.state == Hold.State.HELD:
        raise DecisionRefused(_("The money of this order is still held: cancel the order instead."))
    if by.pk in (hold.payment.buyer_id, hold.seller_account.owner_id):
        raise DecisionRefused(_("You bought or sold in this order: somebody else has to decide."))
    left = refundable(hold)
    if not 0 < amount.amount_minor <= left.amount_minor:
        raise DecisionRefused(_("At most %(left)s of this order can still be refunded.") % {"left": left})


def _carry_out(refund: Refund, hold: Hold, by: User, at: datetime) -> None:
    """Book the refund out of fee, balance and debt, and reserve it at the provider, in the caller's transaction."""
    released = hold.released_minor + hold.fee_taken_minor
    if refund.returns_fee:
        refund.fee_minor = hold.fee_taken_minor * refund.amount_minor // released
    provider = hold.payment.provider
    accounts = ledger.open_accounts(currency=hold.currency, provider=provider)
    owes = ledger.open_account(
        kind=Account.Kind.SELLER_OWES, currency=hold.currency, owner_id=hold.seller_account.owner_id
    )
    sql.call("SELECT account_id FROM escrow_settle_owed(%s, %s)", [[hold.seller_account_id], at])
    balance = SellerBalance.objects.select_for_update(no_key=True).get(account=hold.seller_account_id)
    due = refund.amount_minor - refund.fee_minor
    taken = min(due, balance.available_minor)
    refund.owed_minor = due - taken
    if refund.owed_minor and not refund.may_owe:
        raise DecisionRefused(
            _("The seller has only %(available)s available. You can record the rest as owed.")
            % {"available": Money(balance.available_minor, hold.currency)}
        )
    parts = (
        (Transfer.Kind.REFUND_FEE, refund.fee_minor, accounts.fees),
        (Transfer.Kind.REFUND_AFTER, taken, hold.seller_account_id),
        (Transfer.Kind.REFUND_OWED, refund.owed_minor, owes),
    )
    refund.state, refund.decided_by, refund.decided_at = State.DONE, by, at
    refund.save()
    ProviderOperation.objects.create(
        kind=ProviderOperation.Kind.REFUND,
        key=refund.operation_key,
        provider=provider,
        payment=hold.payment,
        hold=hold,
        currency=hold.currency,
        amount_minor=refund.amount_minor,
        created_at=at,
        next_try_at=at,
    )
    OutboxEntry.objects.create(topic="escrow.refund_after", subject_id=refund.pk, seq=1, created_at=at)
    ledger.post(
        Entry(
            kind=kind,
            key=f"{kind.lower()}:{refund.pk}",
            currency=hold.currency,
            amount_minor=amount_minor,
            debit_account_id=account,
            credit_account_id=accounts.refunds_in_flight,
            at=at,
        )
        for kind, amount_minor, account in parts
        if amount_minor
    )
    if taken:
        ledger.allot(f"refund_after:{refund.pk}")


# --- A refund that the provider rejected ---


@transaction.atomic
def propose_settlement(
    *, operation: ProviderOperation, how: str, why: str, by: User, at: datetime
) -> OutsideSettlement:
    """Say that a rejected refund reached the buyer another way; above the sum a second person has to say so too.

    Raises `DecisionRefused` where the provider has not rejected it, or somebody has said so before.
    """
    locked = ProviderOperation.objects.select_for_update(no_key=True, of=("self",)).get(pk=operation.pk)
    if (locked.kind, locked.state) != (ProviderOperation.Kind.REFUND, ProviderOperation.State.FAILED):
        raise DecisionRefused(_("Only a refund that the provider rejected is settled another way."))
    if locked.settlements.exclude(state=State.DECLINED).exists():
        raise DecisionRefused(_("Somebody has settled this refund already, or proposed to."))
    amount = Money(locked.amount_minor, locked.currency)
    settlement = OutsideSettlement.objects.create(
        operation=locked,
        currency=locked.currency,
        amount_minor=locked.amount_minor,
        how=how,
        why=why,
        needs_two=needs_two(amount),
        proposed_by=by,
        proposed_at=at,
    )
    facts = {"amount": str(amount), "how": how}
    staff.note(by=by, at=at, act="propose_settlement", subject=f"operation {locked.key}", why=why, facts=facts)
    if not settlement.needs_two:
        _settle(settlement, by, at)
    return settlement


@transaction.atomic
def approve_settlement(*, settlement: OutsideSettlement, by: User, at: datetime) -> OutsideSettlement:
    """A second person agrees: the refund leaves our books. Raises `DecisionRefused`; approved before, it stays so."""
    locked = _lock(OutsideSettlement, settlement)
    if locked.state == State.DONE:
        return locked
    _check_second(locked, by)
    staff.note(by=by, at=at, act="approve_settlement", subject=f"operation {locked.operation.key}")
    _settle(locked, by, at)
    return locked


@transaction.atomic
def decline_settlement(*, settlement: OutsideSettlement, by: User, at: datetime, why: str) -> OutsideSettlement:
    """Let the proposal go: the refund waits to be settled again. Raises `DecisionRefused` where it was decided."""
    locked = _lock(OutsideSettlement, settlement)
    _decline(locked, by, at)
    staff.note(by=by, at=at, act="decline_settlement", subject=f"operation {locked.operation.key}", why=why)
    return locked


def _settle(settlement: OutsideSettlement, by: User, at: datetime) -> None:
    operation = settlement.operation
    settlement.state, settlement.decided_by, settlement.decided_at = State.DONE, by, at
    settlement.save()
    ProviderOperation.objects.filter(pk=operation.pk).update(state=ProviderOperation.State.SETTLED, settled_at=at)
    accounts = ledger.open_accounts(currency=operation.currency, provider=operation.provider)
    ledger.post(
        [
            Entry(
                kind=Transfer.Kind.REFUND_OUTSIDE,
                key=f"refund_outside:{operation.pk}",
                currency=operation.currency,
                amount_minor=operation.amount_minor,
                debit_account_id=accounts.refunds_in_flight,
                credit_account_id=ledger.open_account(kind=Account.Kind.OUTSIDE_CASH, currency=operation.currency),
                at=at,
            )
        ]
    )


# --- What both share ---


def _lock(kind: type[Decided], decision: Decided) -> Decided:
    return kind.objects.select_for_update(no_key=True, of=("self",)).get(pk=decision.pk)


def _lock_hold(hold: Hold) -> Hold:
    """The hold, which no other refund of the same order reads meanwhile."""
    with_people = Hold.objects.select_related("payment", "seller_account")
    return with_people.select_for_update(no_key=True, of=("self",)).get(pk=hold.pk)


def _check_second(decision: Decision, by: User) -> None:
    if decision.state != State.PROPOSED:
        raise DecisionRefused(_("This was decided already."))
    if by.pk == decision.proposed_by_id:
        raise DecisionRefused(_("You proposed this: somebody else has to approve it."))


def _decline(decision: Refund | OutsideSettlement, by: User, at: datetime) -> None:
    if decision.state != State.PROPOSED:
        raise DecisionRefused(_("This was decided already."))
    decision.state, decision.decided_by, decision.decided_at = State.DECLINED, by, at
    decision.save(update_fields=["state", "decided_by", "decided_at"])
