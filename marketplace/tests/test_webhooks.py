"""Webhooks: believed when proven, recorded with their effect, once however often and in whatever order they come."""

import itertools
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from escrow import operations
from escrow.models import Hold, Payment, ProviderEvent, ProviderOperation, Transfer
from escrow.providers import signatures
from marketplace.lib import clock
from marketplace.sandbox.testing import Sandbox, wait_until
from marketplace.tests.concurrency import at_once
from marketplace.tests.trade import fresh, make_placed_order, make_shipped_order
from orders import actions, carriers, paying
from orders.actions import Parcel
from orders.lifecycle import State
from orders.models import Order, OrderEvent, Shipment

pytestmark = pytest.mark.django_db

PROVIDER, CARRIER = "/webhooks/provider/sandbox/", "/webhooks/carrier/sandbox/"
_ids = itertools.count(1)


def event(kind: str, data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A message as the sandbox writes it."""
    return {"id": f"evt_{next(_ids)}", "type": kind, "created_at": clock.now().isoformat(), "data": data} | fields


def of_payment(payment: Payment, kind: str = "payment.captured", **fields: Any) -> dict[str, Any]:
    """The provider's news of a payment."""
    captured = kind == "payment.captured"
    data = {
        "object": "payment",
        "id": f"pay_{payment.pk}",
        "reference": payment.reference,
        "state": "captured" if captured else "open",
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "refunded_minor": 0,
        "url": "http://localhost/",
        "captured_at": clock.now().isoformat() if captured else None,
        "failure_code": "" if captured else "card_declined",
    }
    return event(kind, data | fields)


def of_refund(operation: ProviderOperation, state: str = "succeeded") -> dict[str, Any]:
    """The provider's news of a refund."""
    assert operation.payment is not None
    data = {
        "object": "refund",
        "id": f"ref_{operation.pk}",
        "payment": operation.payment.provider_reference,
        "reference": operation.key,
        "state": state,
        "amount_minor": operation.amount_minor,
        "currency": operation.currency,
        "settled_at": clock.now().isoformat(),
        "failure_code": "" if state == "succeeded" else "bank_refused",
    }
    return event(f"refund.{state}", data)


def of_parcel(tracking_number: str, delivered_at: datetime | None = None) -> dict[str, Any]:
    """The carrier's news of a parcel."""
    at = delivered_at or clock.now()
    return event("parcel.delivered", {"tracking_number": tracking_number, "delivered_at": at.isoformat()})


def send(path: str, body: object, *, secret: str = "", at: datetime | None = None, message_id: str = "") -> int:
    """Deliver a signed message; the status of the answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    message_id = message_id or (body["id"] if isinstance(body, dict) else "evt")
    timestamp = int((at or clock.now()).timestamp())
    usual = settings.CARRIER_WEBHOOK_SECRETS if path == CARRIER else settings.PROVIDER_WEBHOOK_SECRETS
    signature = signatures.sign(secret=secret or usual[0], message_id=message_id, timestamp=timestamp, body=raw)
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}
    answer = Client(enforce_csrf_checks=True).post(path, raw, content_type="application/json", headers=headers)
    return answer.status_code


def shipped_by_sandbox(tracking_number: str) -> Order:
    """An order on its way with the sandbox carrier."""
    order = make_shipped_order(at=clock.now() - timedelta(days=2))
    Shipment.objects.filter(order=order).update(carrier=carriers.SANDBOX, tracking_number=tracking_number)
    return order


def is_paid(order: Order) -> bool:
    return fresh(order).state == State.AWAITING_SHIPMENT


# --- What they do ---


def test_a_captured_payment_funds_its_order() -> None:
    order = make_placed_order(at=clock.now())

    assert send(PROVIDER, of_payment(order.payment)) == 200

    order = fresh(order)
    assert order.state == State.AWAITING_SHIPMENT
    assert order.payment.provider_reference == f"pay_{order.payment_id}"
    assert ProviderEvent.objects.get().problem == ""


def test_a_declined_payment_is_remembered() -> None:
    order = make_placed_order(at=clock.now())

    assert send(PROVIDER, of_payment(order.payment, "payment.failed")) == 200

    assert fresh(order).payment.last_error == "card_declined"


def test_a_payment_after_expiry_is_refunded_not_lost() -> None:
    order = make_placed_order(at=clock.now() - timedelta(days=2))
    actions.expire(orders=[order.pk], at=clock.now())

    assert send(PROVIDER, of_payment(order.payment)) == 200

    operation = ProviderOperation.objects.get()
    assert (fresh(order).state, operation.amount_minor) == (State.CANCELLED, order.total.amount_minor)
    assert send(PROVIDER, of_refund(operation)) == 200
    assert Transfer.objects.filter(kind=Transfer.Kind.REFUND_PAID).count() == 1


def test_a_refund_that_the_bank_refused_stays_for_operators() -> None:
    order = make_placed_order(at=clock.now())
    actions.cancel(orders=[order.pk], by=order.buyer, at=clock.now())
    send(PROVIDER, of_payment(order.payment))

    assert send(PROVIDER, of_refund(ProviderOperation.objects.get(), "failed")) == 200

    operation = ProviderOperation.objects.get()
    assert (operation.state, operation.last_error) == (ProviderOperation.State.FAILED, "bank_refused")


def test_a_delivered_parcel_moves_the_clock_of_its_order_alone() -> None:
    order, other = shipped_by_sandbox("SB1"), shipped_by_sandbox("SB2")
    delivered_at = clock.now() - timedelta(hours=1)

    assert send(CARRIER, of_parcel("SB1", delivered_at)) == 200

    assert fresh(order).delivered_at == delivered_at
    assert fresh(order).due_at == delivered_at + timedelta(days=7)
    assert fresh(other).delivered_at is None


def test_a_carrier_speaks_of_its_own_parcels_alone() -> None:
    order = make_shipped_order()
    Shipment.objects.update(carrier="DHL", tracking_number="SB1")

    assert send(CARRIER, of_parcel("SB1")) == 200

    assert fresh(order).delivered_at is None
    assert ProviderEvent.objects.get().problem == "no order has such a parcel"


def test_a_scan_on_the_way_changes_nothing() -> None:
    order = shipped_by_sandbox("SB1")

    assert send(CARRIER, event("parcel.in_transit", {"tracking_number": "SB1"})) == 200

    assert fresh(order).delivered_at is None
    assert ProviderEvent.objects.get().problem == ""


# --- Once ---


def test_the_same_message_five_times_has_one_effect() -> None:
    order = make_placed_order(at=clock.now())
    message = of_payment(order.payment)

    assert [send(PROVIDER, message) for _ in range(5)] == [200] * 5

    assert Hold.objects.count() == 1
    assert OrderEvent.objects.filter(order=order, step="pay").count() == 1
    assert ProviderEvent.objects.count() == 1


def test_messages_five_times_and_shuffled_end_the_same() -> None:
    orders = [make_placed_order(at=clock.now()) for _ in range(6)]
    for order in orders[:2]:
        actions.cancel(orders=[order.pk], by=order.buyer, at=clock.now())
    messages = [of_payment(order.payment, kind) for order in orders for kind in ("payment.failed", "payment.captured")]
    crowd = messages * 5
    seed = random.randrange(10**6)
    random.Random(seed).shuffle(crowd)

    assert {send(PROVIDER, message) for message in crowd} == {200}, seed

    assert [fresh(order).state for order in orders] == [State.CANCELLED] * 2 + [State.AWAITING_SHIPMENT] * 4, seed
    assert (Hold.objects.count(), ProviderOperation.objects.count()) == (4, 2), seed
    assert set(Payment.objects.values_list("state", "last_error")) == {("CAPTURED", "")}, seed


def test_other_news_of_the_same_thing_has_no_second_effect() -> None:
    order = shipped_by_sandbox("SB1")
    actions.add_parcel(order=order.pk, by=order.seller, at=clock.now(), parcel=Parcel(carriers.SANDBOX, "SB2"))

    for tracking_number in ("SB1", "SB1", "SB2", "SB2"):
        assert send(CARRIER, of_parcel(tracking_number)) == 200

    assert OrderEvent.objects.filter(order=order, step="report_delivery").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_message_many_times_at_once_has_one_effect() -> None:
    order = make_placed_order(at=clock.now())
    message = of_payment(order.payment)

    assert at_once([partial(send, PROVIDER, message)] * 6) == [200] * 6

    assert Hold.objects.count() == 1
    assert ProviderEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_webhook_and_the_return_page_at_the_same_moment_fund_once(sandbox: Sandbox) -> None:
    for _ in range(3):
        order = make_placed_order(at=clock.now())
        (standing,) = paying.standings([order.payment])
        sandbox.pay(paying.open_page(standing, return_url="http://localhost/"))
        message = of_payment(order.payment, id=order.payment.provider_reference)

        answers = at_once([partial(send, PROVIDER, message), partial(paying.ask, order.payment, at=clock.now())] * 2)

        assert answers == [200, True] * 2
        assert fresh(order).state == State.AWAITING_SHIPMENT
        assert Hold.objects.filter(reference=order.number).count() == 1
        assert OrderEvent.objects.filter(order=order, step="pay").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_webhook_and_expiry_at_the_same_moment_have_one_outcome() -> None:
    for _ in range(4):
        order = make_placed_order(at=clock.now() - timedelta(days=2))

        answers = at_once(
            [
                partial(send, PROVIDER, of_payment(order.payment)),
                partial(actions.expire, orders=[order.pk], at=clock.now()),
            ]
        )

        assert answers[0] == 200
        held = Hold.objects.filter(reference=order.number).exists()
        refunded = ProviderOperation.objects.filter(payment=order.payment).exists()
        assert (fresh(order).state, held, refunded) in {
            (State.AWAITING_SHIPMENT, True, False),
            (State.CANCELLED, False, True),
        }


# --- Believed when proven ---


def test_forged_altered_stale_and_unsigned_messages_are_refused_and_not_kept() -> None:
    order = make_placed_order(at=clock.now())
    message = of_payment(order.payment)
    refused: list[Callable[[], int]] = [
        lambda: send(PROVIDER, message, secret="guessed"),
        lambda: send(PROVIDER, message, at=clock.now() - timedelta(seconds=301)),
        lambda: send(PROVIDER, message, at=clock.now() + timedelta(seconds=310)),
        lambda: send(PROVIDER, message, message_id="evt_another"),
        lambda: send(PROVIDER, b"not json"),
        lambda: send(PROVIDER, b"\xff\xfe"),
        lambda: send(PROVIDER, [1, 2]),
        lambda: send(PROVIDER, {"id": "evt_short"}),
        lambda: send(CARRIER, of_parcel("SB1"), secret=settings.PROVIDER_WEBHOOK_SECRETS[0]),
        lambda: send(CARRIER, of_parcel("SB1"), message_id="evt_another"),
        lambda: send(CARRIER, b"not json"),
        lambda: send(CARRIER, [1, 2]),
        lambda: Client().post(PROVIDER, message, content_type="application/json").status_code,
        lambda: Client().post(CARRIER, message, content_type="application/json").status_code,
    ]

    assert [act() for act in refused] == [400] * len(refused)
    assert not ProviderEvent.objects.exists()
    assert fresh(order).state == State.AWAITING_PAYMENT


def test_a_secret_is_rotated_without_losing_a_message(settings: Any) -> None:
    settings.PROVIDER_WEBHOOK_SECRETS = ["new", "old"]

    assert send(PROVIDER, of_payment(make_placed_order().payment), secret="old") == 200
    assert send(PROVIDER, of_payment(make_placed_order().payment), secret="new") == 200
    settings.PROVIDER_WEBHOOK_SECRETS = ["new"]
    assert send(PROVIDER, of_payment(make_placed_order().payment), secret="old") == 400


@pytest.mark.parametrize("path", ["/webhooks/provider/nobody/", "/webhooks/carrier/nobody/"])
def test_nobody_is_known_by_another_name(path: str) -> None:
    assert send(path, of_parcel("SB1")) == 404


@pytest.mark.parametrize("path", [PROVIDER, CARRIER])
def test_webhooks_are_only_posted(path: str) -> None:
    assert Client().get(path).status_code == 405


def test_the_imported_provider_sends_none() -> None:
    assert send("/webhooks/provider/imported/", of_parcel("SB1")) == 400


# --- Kept, with the reason ---


def test_a_type_nobody_knows_is_kept() -> None:
    assert send(PROVIDER, event("dispute.opened", {"object": "dispute", "why": "é"})) == 200

    kept = ProviderEvent.objects.get()
    assert (kept.type, kept.payload["why"]) == ("dispute.opened", "é")
    assert kept.problem == "nobody here knows this type"


@pytest.mark.parametrize("change", [{"amount_minor": 1}, {"currency": "EUR"}, {"reference": "NOTOURS"}])
def test_a_payment_that_is_not_as_we_asked_moves_nothing_and_is_kept(change: dict[str, Any]) -> None:
    order = make_placed_order()

    assert send(PROVIDER, of_payment(order.payment, **change)) == 200

    assert fresh(order).state == State.AWAITING_PAYMENT
    assert ProviderEvent.objects.get().problem


def test_a_second_payment_with_our_reference_moves_nothing_and_is_kept() -> None:
    order = make_placed_order()
    send(PROVIDER, of_payment(order.payment, "payment.failed"))

    assert send(PROVIDER, of_payment(order.payment, id="pay_another")) == 200

    assert fresh(order).state == State.AWAITING_PAYMENT
    assert "pay_another" in ProviderEvent.objects.get(type="payment.captured").problem


@pytest.mark.parametrize(
    "fields", [{}, {"delivered_at": "soon"}, {"delivered_at": "2026-03-02T12:00:00"}, {"delivered_at": 1}]
)
def test_a_delivery_without_a_time_is_kept(fields: dict[str, Any]) -> None:
    order = shipped_by_sandbox("SB1")

    assert send(CARRIER, event("parcel.delivered", {"tracking_number": "SB1"} | fields)) == 200

    assert fresh(order).delivered_at is None
    assert ProviderEvent.objects.get().problem


def test_what_cannot_be_stored_is_refused() -> None:
    assert send(PROVIDER, event("x.y", {"text": "\x00"})) == 400
    assert send(PROVIDER, event("x" * 61, {})) == 400
    assert send(PROVIDER, event("x.y", {}, id="e" * 101)) == 400
    assert not ProviderEvent.objects.exists()


def test_a_message_that_could_not_be_recorded_is_not_acknowledged_and_works_when_it_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = make_placed_order()
    message = of_payment(order.payment)

    def busy(**_: object) -> None:
        raise OperationalError("lock timeout")

    with monkeypatch.context() as patch:
        patch.setattr(actions, "pay", busy)
        assert send(PROVIDER, message) == 503
    assert not ProviderEvent.objects.exists()

    assert send(PROVIDER, message) == 200
    assert fresh(order).state == State.AWAITING_SHIPMENT


# --- Over HTTP, from the sandbox itself ---


@pytest.mark.django_db(transaction=True)
def test_the_sandbox_pays_refunds_and_delivers_by_its_own_webhooks(sandbox: Sandbox, live_server: LiveServer) -> None:
    sandbox.chaos(duplicate_probability=1, shuffle_seconds=0.2)
    sandbox.send_webhooks_to(merchant=live_server.url + PROVIDER, carrier=live_server.url + CARRIER)
    paid, cancelled, sent = (
        make_placed_order(at=clock.now()),
        make_placed_order(at=clock.now()),
        shipped_by_sandbox("SB1"),
    )
    for order in (paid, cancelled):
        (standing,) = paying.standings([order.payment])
        sandbox.pay(paying.open_page(standing, return_url=live_server.url))
        wait_until(partial(is_paid, order), "the webhook of the payment")
    actions.cancel_sale(orders=[cancelled.pk], by=cancelled.seller, at=clock.now())
    operations.submit_due(at=clock.now())
    sandbox.scan("SB1")

    wait_until(lambda: fresh(sent).delivered_at is not None, "the webhook of the parcel")
    wait_until(
        lambda: ProviderOperation.objects.get(payment=cancelled.payment).state == ProviderOperation.State.SUCCEEDED,
        "the webhook of the refund",
    )
    sandbox.wait_until_quiet()
    assert set(ProviderEvent.objects.values_list("type", "problem")) == {
        ("payment.captured", ""),
        ("refund.succeeded", ""),
        ("parcel.delivered", ""),
    }
    assert Transfer.objects.filter(kind=Transfer.Kind.REFUND_PAID).count() == 1
