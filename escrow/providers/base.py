"""The port between our books and whoever moves the real money.

A provider takes payments, refunds them and pays sellers out. Everything here is asked over a network, outside any
money transaction, by the protocol of `escrow`: write the operation with its key, commit, call, record the answer.
Amounts are integers in the currency's minor unit; every call that moves money carries a `key` that the caller stored
first, so that the same call with the same key happens once however often it is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeAlias


class ProviderError(Exception):
    """Whatever a provider did other than what it was asked."""


class ProviderRefused(ProviderError):
    """A definite no: nothing was moved, and the same call will be refused again.

    `code` is the provider's stable word for the reason (`amount_too_large`, `not_found`), the message is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ProviderUnknown(ProviderError):
    """No usable answer: a time-out, a lost connection, a server error. It may or may not have happened.

    The caller keeps the operation open and asks `find(key=…)`, or sends the same call with the same key again. It
    never books this as a failure.
    """


class WebhookRefused(ProviderError):
    """A message that is not proven to come from the provider now: unsigned, forged, altered, stale or unreadable."""


class PaymentState(StrEnum):
    """Where a buyer's payment stands."""

    OPEN = "OPEN"  # may still be paid; a declined card leaves it here
    CAPTURED = "CAPTURED"  # the money is ours to hold
    EXPIRED = "EXPIRED"  # its page takes no card any more


class RefundState(StrEnum):
    """Where money on its way back to a buyer stands."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class PayoutState(StrEnum):
    """Where money on its way to a seller's bank stands. A PAID one may still be RETURNED, days later."""

    PENDING = "PENDING"
    PAID = "PAID"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


class MovementKind(StrEnum):
    """Why the provider's cash changed."""

    CAPTURE = "CAPTURE"
    REFUND = "REFUND"
    REFUND_FAILED = "REFUND_FAILED"  # the refunded money came back to us
    PAYOUT = "PAYOUT"
    PAYOUT_FAILED = "PAYOUT_FAILED"  # so did money on its way to a seller
    PAYOUT_RETURNED = "PAYOUT_RETURNED"


@dataclass(frozen=True, kw_only=True)
class ProviderPayment:
    """A payment as the provider sees it. `url` is the hosted page where the buyer pays ("" where there is none)."""

    id: str
    reference: str
    state: PaymentState
    amount_minor: int
    currency: str
    refunded_minor: int = 0
    url: str = ""
    captured_at: datetime | None = None
    failure_code: str = ""  # why the last card was declined, while OPEN


@dataclass(frozen=True, kw_only=True)
class ProviderRefund:
    """A refund as the provider sees it. `settled_at` is when it left PENDING, by the provider's clock."""

    id: str
    reference: str
    payment_id: str
    state: RefundState
    amount_minor: int
    currency: str
    settled_at: datetime | None = None
    failure_code: str = ""


@dataclass(frozen=True, kw_only=True)
class ProviderPayout:
    """A payout as the provider sees it. `settled_at` is when its state last changed, by the provider's clock."""

    id: str
    reference: str
    state: PayoutState
    amount_minor: int
    currency: str
    settled_at: datetime | None = None
    failure_code: str = ""


@dataclass(frozen=True, kw_only=True)
class ProviderMovement:
    """One line of the provider's report. `amount_minor` is signed: what came into its cash for us is positive."""

    id: str  # of the payment, refund or payout that moved
    reference: str
    kind: MovementKind
    amount_minor: int
    currency: str
    at: datetime


ProviderObject: TypeAlias = ProviderPayment | ProviderRefund | ProviderPayout


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """A verified message. Events come at least once, late and in any order: `id` is what makes one effect of it.

    `subject` is the payment, refund or payout as it was when the event happened; None for a type this code does not
    know, whose `payload` is then kept for a person to look at.
    """

    id: str
    type: str  # "payment.captured", "refund.failed", "payout.returned", …
    created_at: datetime
    subject: ProviderObject | None
    payload: Mapping[str, Any]


class Provider(Protocol):
    """What every provider can do. Calls raise `ProviderRefused` or `ProviderUnknown` and nothing else."""

    name: ClassVar[str]
    hold_limit: ClassVar[timedelta | None]
    """How long captured money may be held before the provider wants it gone; None for without end."""

    def create_payment(
        self,
        *,
        key: str,
        reference: str,
        amount_minor: int,
        currency: str,
        description: str,
        return_url: str,
        expires_at: datetime | None = None,
    ) -> ProviderPayment:
        """Open a payment and say where the buyer pays it.

        The buyer comes back to `return_url` with `payment=<id>` added to its query, whether paid or not. From
        `expires_at` on the page takes no card.
        """

    def refund(self, *, key: str, payment_id: str, amount_minor: int, currency: str, reference: str) -> ProviderRefund:
        """Send part or all of a captured payment back. Refused when more than what is left of it is asked."""

    def pay_out(
        self, *, key: str, reference: str, amount_minor: int, currency: str, destination: str
    ) -> ProviderPayout:
        """Send money to a bank account: `destination` is an IBAN or the provider's own token for the account."""

    def fetch_payment(self, payment_id: str) -> ProviderPayment:
        """The payment as it is now. An id it does not know is refused with the code `not_found`."""

    def fetch_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it is now."""

    def fetch_payout(self, payout_id: str) -> ProviderPayout:
        """The payout as it is now."""

    def find(self, *, key: str) -> ProviderObject | None:
        """What became of the call that carried this key, as it is now.

        None: no call with this key was carried out, so send it again with the same key. (It does not mean that the
        operation failed: a lost call may still be on its way.) Raises `ProviderRefused` as the call itself would have.
        """

    def report(self, day: date) -> list[ProviderMovement]:
        """Every movement of our money at the provider on one UTC day, oldest first."""

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> WebhookEvent:
        """The event in a signed message that arrived `at`. Raises `WebhookRefused` for anything not proven."""
