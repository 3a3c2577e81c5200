"""The provider of imported history: everything has happened already, and the same call is the same result."""

from datetime import UTC, date, datetime

import pytest

from escrow import providers
from escrow.providers.base import PaymentState, PayoutState, Provider, ProviderRefused, RefundState, WebhookRefused


@pytest.fixture
def provider() -> Provider:
    return providers.get("imported")


def test_an_imported_payment_is_captured(provider: Provider) -> None:
    def create(key: str) -> object:
        return provider.create_payment(
            key=key, reference="P", amount_minor=9, currency="BRL", description="", return_url=""
        )

    payment = create("k1")
    assert payment == create("k1") != create("k2")
    assert getattr(payment, "state", None) == PaymentState.CAPTURED


def test_refunds_and_payouts_succeed_at_once(provider: Provider) -> None:
    refund = provider.refund(key="k1", payment_id="imported-k0", amount_minor=9, currency="BRL", reference="R")
    assert (refund.state, refund.amount_minor, refund.payment_id) == (RefundState.SUCCEEDED, 9, "imported-k0")
    payout = provider.pay_out(key="k2", reference="O", amount_minor=9, currency="BRL", destination="")
    assert (payout.state, payout.amount_minor) == (PayoutState.PAID, 9)
    assert refund.id != payout.id


def test_there_is_nothing_to_ask_it(provider: Provider) -> None:
    for fetch in (provider.fetch_payment, provider.fetch_refund, provider.fetch_payout):
        with pytest.raises(ProviderRefused):
            fetch("imported-k1")
    assert provider.find(key="k1") is None
    assert provider.report(date(2018, 1, 1)) == []
    with pytest.raises(WebhookRefused):
        provider.verify_webhook(headers={}, body=b"", at=datetime(2018, 1, 1, tzinfo=UTC))


def test_a_provider_there_is_none_of_is_an_error() -> None:
    with pytest.raises(KeyError):
        providers.get("pigeon")
