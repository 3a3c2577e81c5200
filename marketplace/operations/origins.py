"""From transfers to what they were made for: the order, by the hold's reference, else the payment or the payout.

A transfer without a hold names what it is of in its key, such as `refund_paid:<operation>`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from escrow.models import Account, Hold, Payment, Payout, ProviderOperation, Refund, Transfer
from marketplace.lib.money import Money


@dataclass(frozen=True)
class Origin:
    """What a transfer was made for, each by the reference in its page's address, "" where it is of none."""

    order: str = ""
    payment: str = ""
    payout: str = ""


@dataclass(frozen=True)
class Row:
    """A transfer as lists show it. `change` is what it did to the account that it is seen from, None from nowhere."""

    transfer: Transfer
    amount: Money
    change: Money | None
    origin: Origin

    @property
    def label(self) -> str:
        """What it is, in words."""
        return str(Transfer.Kind(self.transfer.kind).label)


@dataclass(frozen=True)
class Line:
    """One figure of a hold."""

    label: str | Promise
    amount: Money
    kind: str = ""


def with_both_sides(transfers: QuerySet[Transfer]) -> QuerySet[Transfer]:
    """The transfers with all that `rows` reads of them."""
    return transfers.select_related("debit_account__owner", "credit_account__owner", "debit_hold", "credit_hold")


def rows(transfers: Sequence[Transfer], *, seen_from: Account | None = None) -> list[Row]:
    """What each transfer was made for; a constant number of queries, however many there are."""
    found = origins(transfers)
    return [
        Row(
            transfer=transfer,
            amount=Money(transfer.amount_minor, transfer.currency),
            change=_change(transfer, seen_from) if seen_from else None,
            origin=found[transfer.pk],
        )
        for transfer in transfers
    ]


def origins(transfers: Sequence[Transfer]) -> dict[int, Origin]:
    """What each transfer was made for, by its id."""
    found = {
        transfer.pk: Origin(order=hold.reference)
        for transfer in transfers
        if (hold := transfer.debit_hold or transfer.credit_hold)
    }
    for prefixes, look_up in LOOK_UPS:
        named = {
            transfer.pk: int(rest)
            for transfer in transfers
            for prefix, _colon, rest in [transfer.key.partition(":")]
            if prefix in prefixes and rest.isdecimal()
        }
        if transfer_origins := look_up(set(named.values())):
            found |= {pk: transfer_origins[named_id] for pk, named_id in named.items() if named_id in transfer_origins}
    return {transfer.pk: found.get(transfer.pk, Origin()) for transfer in transfers}


def _of_operations(ids: set[int]) -> dict[int, Origin]:
    operations = ProviderOperation.objects.select_related("hold", "payment").in_bulk(ids)
    return {
        pk: Origin(
            order=operation.hold.reference if operation.hold else "",
            payment=operation.payment.reference if operation.payment else "",
        )
        for pk, operation in operations.items()
    }


def _of_payments(ids: set[int]) -> dict[int, Origin]:
    return {pk: Origin(payment=payment.reference) for pk, payment in Payment.objects.in_bulk(ids).items()}


def _of_refunds(ids: set[int]) -> dict[int, Origin]:
    refunds = Refund.objects.select_related("hold").in_bulk(ids)
    return {pk: Origin(order=refund.hold.reference) for pk, refund in refunds.items()}


def _of_payouts(ids: set[int]) -> dict[int, Origin]:
    return {pk: Origin(payout=payout.reference) for pk, payout in Payout.objects.in_bulk(ids).items()}


LOOK_UPS: tuple[tuple[set[str], Callable[[set[int]], dict[int, Origin]]], ...] = (
    ({"refund_paid", "refund_outside"}, _of_operations),
    ({"late_capture"}, _of_payments),
    ({"refund_after", "refund_fee", "refund_owed"}, _of_refunds),
    ({"payout", "payout_paid", "payout_failed", "payout_returned"}, _of_payouts),
)


def of_hold(hold: Hold, operations: Iterable[ProviderOperation]) -> list[Transfer]:
    """Every transfer into and out of the hold, what went back of it later, and what was paid; the oldest first."""
    refunds = hold.refunds.values_list("pk", flat=True)
    keys = [f"{prefix}:{operation.pk}" for operation in operations for prefix in LOOK_UPS[0][0]]
    keys += [f"{prefix}:{refund}" for refund in refunds for prefix in LOOK_UPS[2][0]]
    found = Transfer.objects.filter(Q(debit_hold=hold) | Q(credit_hold=hold) | Q(key__in=keys))
    return list(with_both_sides(found).order_by("pk"))


def of_late_capture(payment: Payment, operations: Iterable[ProviderOperation]) -> list[Transfer]:
    """What came too late of the payment and went back, the oldest first."""
    keys = [f"{prefix}:{operation.pk}" for operation in operations for prefix in LOOK_UPS[0][0]]
    return list(with_both_sides(Transfer.objects.filter(key__in=[f"late_capture:{payment.pk}", *keys])).order_by("pk"))


def of_payout(payout: Payout) -> list[Transfer]:
    """What the payout moved, the oldest first."""
    keys = [f"{prefix}:{payout.pk}" for prefix in LOOK_UPS[3][0]]
    return list(with_both_sides(Transfer.objects.filter(key__in=keys)).order_by("pk"))


def lines_of(hold: Hold) -> list[Line]:
    """What came into the hold, where it went, and what is left in it."""
    out_minor = hold.released_minor + hold.fee_taken_minor + hold.refunded_minor
    figures = (
        Line(_("Captured"), Money(hold.captured_minor, hold.currency), "strong"),
        Line(_("Released to the seller"), Money(hold.released_minor, hold.currency)),
        Line(_("Fee"), Money(hold.fee_taken_minor, hold.currency)),
        Line(_("Refunded to the buyer"), Money(hold.refunded_minor, hold.currency)),
    )
    left = Line(_("Still held"), Money(hold.captured_minor - out_minor, hold.currency), "total")
    return [*(line for line in figures if line.amount), left]


def _change(transfer: Transfer, account: Account) -> Money:
    amount = Money(transfer.amount_minor, transfer.currency)
    grows = (transfer.debit_account_id == account.pk) == (account.kind in Account.OWED_TO_US)
    return amount if grows else -amount
