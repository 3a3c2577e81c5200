"""Carriers are asked to report deliveries, after the commit and again until they answer."""

from typing import Any
from unittest.mock import call, patch

import pytest

from marketplace.sandbox.testing import Sandbox
from marketplace.tests.trade import AT, make_paid_order
from orders import actions, carriers, tracking
from orders.actions import Parcel
from orders.models import Order, Shipment

pytestmark = pytest.mark.django_db

PARCEL = Parcel(carriers.SANDBOX, "SBX123")


def ship(*parcels: Parcel) -> Order:
    order = make_paid_order()
    first, *others = parcels
    actions.ship(by=order.seller, at=AT, parcels={order.pk: first})
    for parcel in others:
        actions.add_parcel(order=order.pk, by=order.seller, at=AT, parcel=parcel)
    return order


def test_the_sandbox_learns_of_its_parcels_once(sandbox: Sandbox) -> None:
    ship(PARCEL, Parcel("DHL", "DHL123"), Parcel(carriers.SANDBOX, ""))

    assert tracking.watch_due(at=AT) == 1
    assert tracking.watch_due(at=AT) == 0
    assert Shipment.objects.get(tracking_number="SBX123").watched_at == AT
    assert Shipment.objects.exclude(watched_at=None).count() == 1


def test_a_corrected_number_is_asked_about_anew(sandbox: Sandbox) -> None:
    order = ship(PARCEL)
    tracking.watch_due(at=AT)
    right = Parcel(carriers.SANDBOX, "SBX124")
    actions.correct_tracking(shipment=order.shipments.get(), by=order.seller, at=AT, parcel=right)

    assert tracking.watch_due(at=AT) == 1


def test_a_refusal_is_an_answer_and_silence_is_not(sandbox: Sandbox, settings: Any) -> None:
    ship(PARCEL)
    settings.SANDBOX_API_KEY = "wrong"
    assert tracking.watch_due(at=AT) == 0
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    assert tracking.watch_due(at=AT) == 0
    assert Shipment.objects.get().watched_at is None


def test_the_hint_goes_out_after_the_commit_and_only_where_there_is_something_to_ask(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with patch("marketplace.lib.hints.publish") as publish:
        with django_capture_on_commit_callbacks(execute=True):
            ship(Parcel("DHL", "DHL123"))
        assert call(tracking.TASK) not in publish.mock_calls
        with django_capture_on_commit_callbacks(execute=True):
            ship(PARCEL)
            assert call(tracking.TASK) not in publish.mock_calls
        assert publish.mock_calls.count(call(tracking.TASK)) == 1


def test_without_the_sandbox_nobody_is_asked(settings: Any) -> None:
    ship(PARCEL)
    settings.PAYMENT_PROVIDER = "stripe"

    assert tracking.watch_due(at=AT) == 0
