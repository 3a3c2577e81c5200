"""Our client and the sandbox keep the contract of `escrow.providers.base`, over real HTTP."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from escrow import providers
from escrow.providers import signatures
from escrow.providers.base import (
    MovementKind,
    PaymentState,
    PayoutState,
    Provider,
    ProviderPayment,
    ProviderPayout,
    ProviderRefund,
    ProviderRefused,
    ProviderUnknown,
    RefundState,
    WebhookRefused,
)
from escrow.providers.sandbox import SandboxProvider
from marketplace.sandbox.testing import Receiver, Sandbox, free_port, wait_until


def now() -> datetime:
    """The sandbox lives by the real clock."""
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    return providers.get("sandbox")


def key() -> str:
    return str(uuid4())


def open_payment(provider: Provider, *, call_key: str | None = None, amount_minor: int = 4018) -> ProviderPayment:
    return provider.create_payment(
        key=call_key or key(),
        reference="PAY-1",
        amount_minor=amount_minor,
        currency="USD",
        description="Two bowls",
        return_url="http://shop.test/back/?a=1",
    )


def captured_payment(provider: Provider, sandbox: Sandbox, *, amount_minor: int = 4018) -> ProviderPayment:
    payment = open_payment(provider, amount_minor=amount_minor)
    sandbox.pay(payment.url)
    return payment


def refund(
    provider: Provider, payment: ProviderPayment, amount_minor: int, *, call_key: str | None = None
) -> ProviderRefund:
    return provider.refund(
        key=call_key or key(), payment_id=payment.id, amount_minor=amount_minor, currency="USD", reference="REF-1"
    )


def pay_out(
    provider: Provider, *, destination: str = "DE89370400440532013000", call_key: str | None = None
) -> ProviderPayout:
    return provider.pay_out(
        key=call_key or key(), reference="OUT-1", amount_minor=900, currency="EUR", destination=destination
    )


def test_a_payment_is_opened_paid_and_fetched(provider: Provider, sandbox: Sandbox) -> None:
    payment = open_payment(provider)
    assert (payment.state, payment.amount_minor, payment.currency) == (PaymentState.OPEN, 4018, "USD")
    assert sandbox.pay(payment.url) == f"http://shop.test/back/?a=1&payment={payment.id}"
    paid = provider.fetch_payment(payment.id)
    assert (paid.state, paid.reference, paid.refunded_minor) == (PaymentState.CAPTURED, "PAY-1", 0)
    assert paid.captured_at is not None
    assert abs(paid.captured_at - now()) < timedelta(minutes=1)


def test_a_declined_card_leaves_the_payment_open(provider: Provider, sandbox: Sandbox) -> None:
    payment = open_payment(provider)
    sandbox.pay(payment.url, "4000 0000 0000 0002")
    declined = provider.fetch_payment(payment.id)
    assert (declined.state, declined.failure_code) == (PaymentState.OPEN, "card_declined")


def test_a_payment_expires(provider: Provider, sandbox: Sandbox) -> None:
    payment = provider.create_payment(
        key=key(),
        reference="PAY-1",
        amount_minor=1,
        currency="JPY",
        description="Late",
        return_url="http://shop.test/",
        expires_at=now() - timedelta(seconds=1),
    )
    wait_until(lambda: provider.fetch_payment(payment.id).state == PaymentState.EXPIRED, "the payment's expiry")
    sandbox.pay(payment.url)
    assert provider.fetch_payment(payment.id).state == PaymentState.EXPIRED


def test_the_same_key_opens_one_payment(provider: Provider) -> None:
    call_key = key()
    with ThreadPoolExecutor(8) as crowd:
        opened = list(crowd.map(lambda _: open_payment(provider, call_key=call_key), range(8)))
    assert len({payment.id for payment in opened}) == 1
    with pytest.raises(ProviderRefused) as refusal:
        open_payment(provider, call_key=call_key, amount_minor=1)
    assert refusal.value.code == "idempotency_mismatch"


def test_refunds_settle_and_never_exceed_what_was_captured(provider: Provider, sandbox: Sandbox) -> None:
    payment = captured_payment(provider, sandbox)
    first = refund(provider, payment, 4000)
    assert (first.state, first.payment_id, first.currency) == (RefundState.PENDING, payment.id, "USD")
    wait_until(lambda: provider.fetch_refund(first.id).state == RefundState.SUCCEEDED, "the refund")
    with pytest.raises(ProviderRefused) as refusal:
        refund(provider, payment, 19)
    assert refusal.value.code == "amount_too_large"
    refund(provider, payment, 18)
    assert provider.fetch_payment(payment.id).refunded_minor == 4018


def test_simultaneous_refunds_never_exceed_what_was_captured(provider: Provider, sandbox: Sandbox) -> None:
    payment = captured_payment(provider, sandbox)

    def one(_: int) -> bool:
        try:
            return bool(refund(provider, payment, 1000))
        except ProviderRefused:
            return False

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(one, range(12))) == 4
    assert provider.fetch_payment(payment.id).refunded_minor == 4000


def test_a_refund_needs_a_captured_payment_of_its_currency(provider: Provider, sandbox: Sandbox) -> None:
    with pytest.raises(ProviderRefused) as refusal:
        refund(provider, open_payment(provider), 1)
    assert refusal.value.code == "not_captured"
    with pytest.raises(ProviderRefused) as refusal:
        refund(provider, replace(open_payment(provider), id="pay_unknown"), 1)
    assert refusal.value.code == "not_found"
    payment = captured_payment(provider, sandbox)
    with pytest.raises(ProviderRefused) as refusal:
        provider.refund(key=key(), payment_id=payment.id, amount_minor=1, currency="EUR", reference="REF-1")
    assert refusal.value.code == "wrong_currency"


def test_a_failed_refund_gives_its_money_back_to_the_payment(provider: Provider, sandbox: Sandbox) -> None:
    payment = captured_payment(provider, sandbox)
    sandbox.chaos(refund_failure_probability=1)
    failed = refund(provider, payment, 4018)
    wait_until(lambda: provider.fetch_refund(failed.id).state == RefundState.FAILED, "the refund's failure")
    assert provider.fetch_refund(failed.id).failure_code == "bank_refused"
    assert provider.fetch_payment(payment.id).refunded_minor == 0


@pytest.mark.parametrize(
    ("destination", "end"),
    [
        ("DE89370400440532013000", PayoutState.PAID),
        ("DE89370400440532010002", PayoutState.FAILED),
        ("DE89370400440532010003", PayoutState.RETURNED),
    ],
)
def test_a_payout_ends_as_its_account_says(
    provider: Provider, sandbox: Sandbox, destination: str, end: PayoutState
) -> None:
    sandbox.chaos(payout_return_seconds=0.2)
    payout = pay_out(provider, destination=destination)
    assert payout.state == PayoutState.PENDING
    wait_until(lambda: provider.fetch_payout(payout.id).state == end, "the payout's end")


def test_with_nothing_to_wait_for_money_moves_at_once(provider: Provider, sandbox: Sandbox) -> None:
    payment = captured_payment(provider, sandbox)
    sandbox.chaos(settle_seconds=0)
    assert refund(provider, payment, 18).state == RefundState.SUCCEEDED
    assert pay_out(provider).state == PayoutState.PAID


def test_an_answer_lost_after_success_is_found_by_its_key(provider: Provider, sandbox: Sandbox) -> None:
    payment = captured_payment(provider, sandbox)
    sandbox.chaos(timeout_probability=1)
    keys = {kind: key() for kind in ("payment", "refund", "payout", "too much")}
    with pytest.raises(ProviderUnknown):
        open_payment(provider, call_key=keys["payment"])
    with pytest.raises(ProviderUnknown):
        refund(provider, payment, 18, call_key=keys["refund"])
    with pytest.raises(ProviderUnknown):
        pay_out(provider, call_key=keys["payout"])
    with pytest.raises(ProviderUnknown):
        refund(provider, payment, 4018, call_key=keys["too much"])
    found = {kind: provider.find(key=keys[kind]) for kind in ("payment", "refund", "payout")}
    assert isinstance(found["payment"], ProviderPayment)
    assert isinstance(found["refund"], ProviderRefund)
    assert isinstance(found["payout"], ProviderPayout)
    with pytest.raises(ProviderRefused) as refusal:
        provider.find(key=keys["too much"])
    assert refusal.value.code == "amount_too_large"
    sandbox.chaos()
    assert refund(provider, payment, 18, call_key=keys["refund"]).id == found["refund"].id


def test_a_key_that_nothing_was_done_with_finds_nothing(provider: Provider, sandbox: Sandbox) -> None:
    sandbox.chaos(error_probability=1)
    call_key = key()
    with pytest.raises(ProviderUnknown):
        open_payment(provider, call_key=call_key)
    sandbox.chaos()
    assert provider.find(key=call_key) is None


def test_a_slow_an_absent_and_a_locked_provider_leave_the_outcome_unknown(
    provider: SandboxProvider, sandbox: Sandbox
) -> None:
    sandbox.chaos(answer_delay=1)
    with pytest.raises(ProviderUnknown):
        open_payment(replace(provider, answer_seconds=0.2))
    sandbox.chaos()
    with pytest.raises(ProviderUnknown):
        open_payment(replace(provider, url=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(ProviderUnknown):
        open_payment(replace(provider, api_key="wrong"))


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        (201, b""),
        (201, b"<html>"),
        (201, b"[]"),
        (201, b'{"id": "pay_1"}'),
        (201, b'{"id": "pay_1", "state": "odd"}'),
        (302, b"{}"),
        (404, b"<html>"),
        (409, b'{"error": {"code": "busy"}}'),
        (429, b"{}"),
        (503, b"{}"),
    ],
)
def test_an_answer_that_cannot_be_read_leaves_the_outcome_unknown(
    provider: SandboxProvider, receiver: Receiver, status: int, reply: bytes
) -> None:
    receiver.answers.append(status)
    receiver.reply = reply
    with pytest.raises(ProviderUnknown):
        open_payment(replace(provider, url=receiver.url))
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("reply", "code"), [(b"{}", "status_422"), (b'{"error": "no"}', "status_422"), (b'{"error": {"code": "no"}}', "no")]
)
def test_a_no_is_a_no_in_whatever_words(provider: SandboxProvider, receiver: Receiver, reply: bytes, code: str) -> None:
    receiver.answers.append(422)
    receiver.reply = reply
    with pytest.raises(ProviderRefused) as refusal:
        open_payment(replace(provider, url=receiver.url))
    assert refusal.value.code == code


def test_what_the_provider_does_not_know_is_refused(provider: Provider) -> None:
    for fetch in (provider.fetch_payment, provider.fetch_refund, provider.fetch_payout):
        with pytest.raises(ProviderRefused) as refusal:
            fetch("pay_unknown")
        assert refusal.value.code == "not_found"


def test_the_report_has_every_movement_of_the_day(provider: Provider, sandbox: Sandbox) -> None:
    payment = captured_payment(provider, sandbox)
    given_back = refund(provider, payment, 18)
    failed = pay_out(provider, destination="DE89370400440532010002")
    sandbox.wait_until_quiet()
    captured_at = provider.fetch_payment(payment.id).captured_at
    assert captured_at is not None
    lines = provider.report(captured_at.date())
    assert [(line.id, line.kind, line.amount_minor, line.currency) for line in lines] == [
        (payment.id, MovementKind.CAPTURE, 4018, "USD"),
        (given_back.id, MovementKind.REFUND, -18, "USD"),
        (failed.id, MovementKind.PAYOUT, -900, "EUR"),
        (failed.id, MovementKind.PAYOUT_FAILED, 900, "EUR"),
    ]
    assert lines[0].reference == "PAY-1"
    assert provider.report(captured_at.date() - timedelta(days=2)) == []


def test_a_webhook_is_read_once_it_is_proven(provider: Provider, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.send_webhooks_to(merchant=receiver.url)
    payment = captured_payment(provider, sandbox)
    message = receiver.wait_for(1, "payment.captured")[0]
    at = datetime.fromtimestamp(int(message.headers["webhook-timestamp"]), UTC)
    event = provider.verify_webhook(headers=message.headers, body=message.body, at=at)
    assert (event.id, event.type) == (message.headers["webhook-id"], "payment.captured")
    assert event.subject == provider.fetch_payment(payment.id)
    with pytest.raises(WebhookRefused):
        provider.verify_webhook(headers=message.headers, body=message.body.replace(b"4018", b"4019"), at=at)
    with pytest.raises(WebhookRefused):
        provider.verify_webhook(headers=message.headers, body=message.body, at=at + timedelta(minutes=6))


def signed(provider: SandboxProvider, body: bytes, message_id: str = "evt_1") -> dict[str, str]:
    timestamp = int(now().timestamp())
    signature = signatures.sign(
        secret=provider.webhook_secrets[0], message_id=message_id, timestamp=timestamp, body=body
    )
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": "evt_1", "type": "payment.captured", "created_at": "2026-01-01T00:00:00Z", "data": null}',
        b'{"id": "evt_1", "type": "payment.captured", "created_at": "now", "data": {}}',
        b'{"id": "evt_1", "type": "refund.failed", "created_at": "2026-01-01T00:00:00Z", "data": {"object": "refund"}}',
        b'{"id": "evt_2", "type": "dispute.opened", "created_at": "2026-01-01T00:00:00Z", "data": {}}',
    ],
)
def test_a_signed_message_that_is_no_event_is_refused(provider: SandboxProvider, body: bytes) -> None:
    with pytest.raises(WebhookRefused):
        provider.verify_webhook(headers=signed(provider, body), body=body, at=now())


def test_an_event_of_a_kind_we_do_not_know_is_kept_without_a_subject(provider: SandboxProvider) -> None:
    payload = {"object": "dispute"}
    told = {"id": "evt_1", "type": "dispute.opened", "created_at": "2026-01-01T00:00:00Z", "data": payload}
    body = json.dumps(told).encode()
    event = provider.verify_webhook(headers=signed(provider, body), body=body, at=now())
    assert (event.type, event.subject, event.payload) == ("dispute.opened", None, payload)
