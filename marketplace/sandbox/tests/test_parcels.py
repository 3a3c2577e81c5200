"""The carrier: parcels are registered, scanned, and delivered by themselves; the shop is told once of each."""

from typing import Any

import pytest

from escrow.providers import signatures
from marketplace.sandbox.testing import Receiver, Sandbox

PARCEL = {"carrier": "sandbox", "tracking_number": "SBX 1/é", "reference": "H-1001"}


@pytest.fixture
def carrier(sandbox: Sandbox, receiver: Receiver) -> Sandbox:
    sandbox.send_webhooks_to(carrier=receiver.url)
    return sandbox


def register(sandbox: Sandbox, **changes: object) -> tuple[int, Any]:
    return sandbox.call("POST", "/v1/parcels", PARCEL | changes)


def test_a_scan_tells_the_shop(carrier: Sandbox, receiver: Receiver, settings: Any) -> None:
    status, parcel = register(carrier)
    assert (status, parcel["state"]) == (201, "registered")
    carrier.scan("SBX 1/é", "in_transit")
    receiver.wait_for(1, "parcel.in_transit")
    carrier.scan("SBX 1/é")
    message = receiver.wait_for(1, "parcel.delivered")[0]
    told = message.event["data"]
    assert (told["carrier"], told["tracking_number"], told["reference"]) == ("sandbox", "SBX 1/é", "H-1001")
    assert told["delivered_at"] == carrier.call("GET", f"/v1/parcels/{parcel['id']}")[1]["delivered_at"]
    at = message.event["created_at"]
    assert at == told["delivered_at"]
    assert signatures.verify(
        secrets=settings.CARRIER_WEBHOOK_SECRETS,
        headers=message.headers,
        body=message.body,
        at=signed_at(message.headers),
    )


def signed_at(headers: dict[str, str]) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)


def test_a_parcel_is_delivered_once_however_often_it_is_scanned(carrier: Sandbox, receiver: Receiver) -> None:
    register(carrier)
    for state in ("delivered", "delivered", "in_transit"):
        carrier.scan("SBX 1/é", state)
    carrier.wait_until_quiet()
    assert [message.event["type"] for message in receiver.received] == ["parcel.delivered"]


def test_a_parcel_can_be_delivered_by_itself(carrier: Sandbox, receiver: Receiver) -> None:
    register(carrier, deliver_after_seconds=0)
    receiver.wait_for(1, "parcel.delivered")


def test_a_number_nobody_registered_becomes_a_parcel_when_it_is_scanned(carrier: Sandbox, receiver: Receiver) -> None:
    assert "Nobody has handed it in yet" in carrier.page(f"{carrier.url}/parcels/NEW-1/")
    carrier.scan("NEW-1")
    message = receiver.wait_for(1, "parcel.delivered")[0]
    assert message.event["data"]["carrier"] == "sandbox"
    assert "Delivered" in carrier.page(f"{carrier.url}/parcels/NEW-1/")


def test_the_same_parcel_twice_is_one_but_another_carriers_number_is_refused(carrier: Sandbox) -> None:
    first = register(carrier)[1]
    assert register(carrier)[1]["id"] == first["id"]
    status, answer = register(carrier, carrier="other")
    assert (status, answer["error"]["code"]) == (422, "tracking_number_taken")


def test_the_merchants_address_hears_nothing_of_parcels(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.send_webhooks_to(merchant=receiver.url)
    register(sandbox, deliver_after_seconds=0)
    sandbox.wait_until_quiet()
    assert receiver.received == []
    assert sandbox.call("GET", "/v1/events")[1]["events"] == []


def test_a_number_that_cannot_be_is_not_found(carrier: Sandbox) -> None:
    for path in ("/parcels/%00/", f"/parcels/{'x' * 81}/"):
        assert carrier.pool.request("GET", carrier.url + path).status == 404
