"""The provider of history that was imported: its money was taken and will be returned somewhere else.

There is no network and nothing to wait for. Every call succeeds at once and names its result after its key, so the
same call twice is the same result, and an outcome is never unknown.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import ClassVar

from escrow.providers.base import (
    PaymentState,
    PayoutState,
    ProviderMovement,
    ProviderObject,
    ProviderPayment,
    ProviderPayout,
    ProviderRefund,
    ProviderRefused,
    RefundState,
    WebhookEvent,
    WebhookRefused,
)


class ImportedProvider:
    """Payments captured elsewhere, refunds and payouts that are only written down. See `Provider` for each call."""

    name: ClassVar[str] = "imported"
    hold_limit: ClassVar[timedelta | None] = None

    def create_payment(
        self,
        *,
        key: str,
        reference: str,
        amount_minor: int,
        currency: str,
        description: str,  # noqa: ARG002 -- the port's signature; nobody is shown a page here
        return_url: str,  # noqa: ARG002
        expires_at: datetime | None = None,  # noqa: ARG002
    ) -> ProviderPayment:
        """A payment that is captured already; there is no page. When it was is the importer's to say."""
        return ProviderPayment(
            id=f"imported-{key}",
            reference=reference,
            state=PaymentState.CAPTURED,
            amount_minor=amount_minor,
            currency=currency,
        )

    def refund(self, *, key: str, payment_id: str, amount_minor: int, currency: str, reference: str) -> ProviderRefund:
        """A refund that has succeeded."""
        return ProviderRefund(
            id=f"imported-{key}",
            reference=reference,
            payment_id=payment_id,
            state=RefundState.SUCCEEDED,
            amount_minor=amount_minor,
            currency=currency,
        )

    def pay_out(
        self,
        *,
        key: str,
        reference: str,
        amount_minor: int,
        currency: str,
        destination: str,  # noqa: ARG002
    ) -> ProviderPayout:
        """A payout that is paid."""
        return ProviderPayout(
            id=f"imported-{key}",
            reference=reference,
            state=PayoutState.PAID,
            amount_minor=amount_minor,
            currency=currency,
        )

    def fetch_payment(self, payment_id: str) -> ProviderPayment:
        """Refused: the first answer was final, and nothing here remembers it."""
        raise _nothing_kept(payment_id)

    def fetch_refund(self, refund_id: str) -> ProviderRefund:
        """Refused, as `fetch_payment`."""
        raise _nothing_kept(refund_id)

    def fetch_payout(self, payout_id: str) -> ProviderPayout:
        """Refused, as `fetch_payment`."""
        raise _nothing_kept(payout_id)

    def find(self, *, key: str) -> ProviderObject | None:  # noqa: ARG002
        """None: send the call again, it answers the same."""
        return None

    def report(self, day: date) -> list[ProviderMovement]:  # noqa: ARG002
        """Nothing: no money of ours is there."""
        return []

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> WebhookEvent:  # noqa: ARG002
        """Refused: this provider sends none."""
        raise WebhookRefused("imported payments have no webhooks")


def _nothing_kept(operation_id: str) -> ProviderRefused:
    return ProviderRefused("not_found", f"imported operations are final when made; {operation_id} is not kept")
