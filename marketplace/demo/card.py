"""Pays at Sandbox Pay as a buyer with the test card that works would, at a time of the demo's choosing."""

import json
from datetime import datetime

import urllib3
from django.conf import settings
from django.urls import reverse

from escrow import payments
from escrow.models import Payment
from escrow.providers.base import ProviderUnknown

TEST_CARD = "4242424242424242"


def pay_with_test_card(payment: Payment, *, at: datetime) -> None:
    """Open the payment at the sandbox and charge the card there; raises `ProviderError` where that does not work."""
    payments.open_page(
        payment,
        description=settings.SITE_NAME,
        return_url=settings.SITE_URL + reverse("orders:pay_return", args=[payment.reference]),
        until=None,
    )
    answer = urllib3.request(
        "POST",
        f"{settings.SANDBOX_URL}/v1/payments/{payment.provider_reference}/pay",
        body=json.dumps({"card": TEST_CARD, "at": at.isoformat()}),
        headers={"Authorization": f"Bearer {settings.SANDBOX_API_KEY}", "Content-Type": "application/json"},
        timeout=10,
    )
    if answer.status != 200:
        raise ProviderUnknown(f"the sandbox answered {answer.status} to a test payment")
