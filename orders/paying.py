"""Where a payment stands, and taking note of what its provider says of it, by webhook or when asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import ngettext

from escrow import payments, providers
from escrow.models import Payment
from escrow.providers.base import PaymentState, ProviderError, ProviderPayment
from marketplace.accounts.models import User
from marketplace.lib import hints, money
from marketplace.lib.money import Money
from orders import actions
from orders.lifecycle import State
from orders.models import Order


@dataclass(frozen=True)
class Standing:
    """A payment with its orders, as both are now."""

    payment: Payment
    orders: tuple[Order, ...]

    @property
    def amount(self) -> Money:
        """What is, or was, to be paid."""
        return Money(self.payment.amount_minor, self.payment.currency)

    @property
    def is_paid(self) -> bool:
        """Whether the provider has taken the money."""
        return self.payment.state == Payment.State.CAPTURED

    @cached_property
    def waiting(self) -> list[Order]:
        """The orders that still wait for it."""
        return [order for order in self.orders if order.state == State.AWAITING_PAYMENT]

    @property
    def can_be_paid(self) -> bool:
        """Whether paying would still do something."""
        return not self.is_paid and bool(self.waiting)

    @cached_property
    def given_up(self) -> list[Order]:
        """The orders that it does not pay, or did not in time: cancelled or expired before the money came."""
        return [order for order in self.orders if order.hold_id is None and order.state != State.AWAITING_PAYMENT]

    @cached_property
    def funded(self) -> list[Order]:
        """The orders that it paid."""
        return [order for order in self.orders if order.hold_id is not None]

    @cached_property
    def sent_back(self) -> Money:
        """What came for orders that had been given up, and is on its way back to the buyer."""
        if not self.is_paid:
            return Money(0, self.payment.currency)
        return self.amount - money.total((order.total for order in self.funded), self.payment.currency)

    @property
    def held(self) -> Money:
        """What of it is, or was, kept for orders."""
        return self.amount - self.sent_back

    @property
    def pay_by(self) -> datetime | None:
        """Until when it can be paid; none where it cannot."""
        return max((order.due_at for order in self.waiting if order.due_at), default=None)


def standings(found: QuerySet[Payment] | Iterable[Payment]) -> list[Standing]:
    """Payments with their orders and what is in those, in a constant number of queries."""
    rows = list(found)
    prefetch_related_objects(rows, "orders__seller__shop", "orders__lines__version")
    return [Standing(row, tuple(sorted(row.orders.all(), key=lambda order: order.pk))) for row in rows]


def open_page(standing: Standing, *, return_url: str) -> str:
    """The provider's page where the buyer pays this; a network call. Raises the provider's errors."""
    numbers = [order.number for order in standing.waiting]
    description = ngettext("Order %(numbers)s", "Orders %(numbers)s", len(numbers)) % {"numbers": ", ".join(numbers)}
    until = standing.pay_by
    assert until is not None  # noqa: S101 -- asked only of a payment that can be paid
    return payments.open_page(standing.payment, description=description, return_url=return_url, until=until)


def record(answer: ProviderPayment, *, provider: str, at: datetime) -> None:
    """Take note of what a provider says of a payment of ours; the same news again has no effect.

    A capture funds the orders that wait for it and returns what came too late for the others; a declined card is
    remembered to tell the buyer. Raises `PaymentMismatch` when it is not what we asked for.
    """
    payment = payments.recognise(answer, provider=provider)
    if answer.state == PaymentState.CAPTURED:
        actions.pay(captured_at={payment.pk: min(answer.captured_at or at, at)})
        hints.soon(hints.TELL)
    elif answer.failure_code:
        payments.note_decline(provider=provider, reference=payment.reference, reason=answer.failure_code)


def ask(payment: Payment, *, at: datetime) -> bool:
    """Ask the provider about a payment that is not paid as far as we know; whether the answer is known now.

    A network call: not inside a transaction. Raises `PaymentMismatch` as `record` does.
    """
    if payment.state == Payment.State.CAPTURED or payment.provider_reference is None:
        return True
    try:
        answer = providers.get(payment.provider).fetch_payment(payment.provider_reference)
    except ProviderError:
        return False
    record(answer, provider=payment.provider, at=at)
    return True


def next_to_pay(buyer: User, after: Payment) -> Payment | None:
    """Another payment of the same checkout that waits to be paid."""
    same = Payment.objects.filter(buyer=buyer, checkouts__payments=after, state=Payment.State.OPEN)
    waiting = same.filter(orders__state=State.AWAITING_PAYMENT).exclude(pk=after.pk)
    return waiting.distinct().order_by("pk").first()
