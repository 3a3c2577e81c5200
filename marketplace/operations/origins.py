"""From transfers to what they were made for: the order, by the hold's reference, or the payment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from escrow.models import Account, Hold, Payment, ProviderOperation, Transfer
from marketplace.lib.money import Money


@dataclass(frozen=True)
class Row:
    """A transfer as lists show it. `change` is what it did to the account that it is seen from, None from nowhere."""

    transfer: Transfer
    amount: Money
    change: Money | None
    order: str
    payment: str

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
    """What each transfer was made for; two queries, however many there are."""
    operations = ProviderOperation.objects.select_related("hold", "payment").in_bulk(_ids(transfers, "refund_paid:"))
    payments = Payment.objects.in_bulk(_ids(transfers, "late_capture:"))
    return [
        Row(
            transfer=transfer,
            amount=Money(transfer.amount_minor, transfer.currency),
            change=_change(transfer, seen_from) if seen_from else None,
            order=_order_of(transfer, operations),
            payment=_payment_of(transfer, operations, payments),
        )
        for transfer in transfers
    ]


def of_hold(hold: Hold, operations: Iterable[ProviderOperation]) -> list[Transfer]:
    """Every transfer into and out of the hold, and what the provider paid of it, the oldest first."""
    paid = Q(key__in=[f"refund_paid:{operation.pk}" for operation in operations])
    return list(
        with_both_sides(Transfer.objects.filter(Q(debit_hold=hold) | Q(credit_hold=hold) | paid)).order_by("pk")
    )


def of_late_capture(payment: Payment, operations: Iterable[ProviderOperation]) -> list[Transfer]:
    """What came too late of the payment and went back, the oldest first."""
    keys = [f"late_capture:{payment.pk}", *(f"refund_paid:{operation.pk}" for operation in operations)]
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


def _order_of(transfer: Transfer, operations: dict[int, ProviderOperation]) -> str:
    hold = transfer.debit_hold or transfer.credit_hold
    operation = operations.get(_id(transfer, "refund_paid:"))
    hold = hold or (operation.hold if operation else None)
    return hold.reference if hold else ""


def _payment_of(transfer: Transfer, operations: dict[int, ProviderOperation], payments: dict[int, Payment]) -> str:
    operation = operations.get(_id(transfer, "refund_paid:"))
    payment = operation.payment if operation else payments.get(_id(transfer, "late_capture:"))
    return payment.reference if payment else ""


def _ids(transfers: Iterable[Transfer], prefix: str) -> list[int]:
    return [found for transfer in transfers if (found := _id(transfer, prefix))]


def _id(transfer: Transfer, prefix: str) -> int:
    """The id behind the prefix of its key; 0 where it has another."""
    rest = transfer.key.removeprefix(prefix)
    return int(rest) if rest != transfer.key and rest.isdecimal() else 0
