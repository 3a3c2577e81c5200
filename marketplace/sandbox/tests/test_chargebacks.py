"""A buyer's bank asks a payment back: the money is gone at once, and what is won comes back."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace.sandbox.testing import Receiver, Sandbox, wait_until

LOST_CARD, WON_CARD = "4000 0000 0000 0259", "4000 0000 0000 2685"


def captured(sandbox: Sandbox, card: str = "4242 4242 4242 4242", amount_minor: int = 4000) -> Any:
    _, payment = sandbox.call(
        "POST",
        "/v1/payments",
        {
            "reference": "PAY-1",
            "amount_minor": amount_minor,
            "currency": "USD",
            "description": "A bowl",
            "return_url": "http://shop.test/",
        },
    )
    sandbox.pay(payment["url"], card)
    return payment


def cash(sandbox: Sandbox) -> int:
    """The merchant's cash since yesterday, by the sandbox's report."""
    today = datetime.fromtimestamp(time.time(), UTC).date()
    reports = [sandbox.call("GET", f"/v1/report?date={day}")[1] for day in (today - timedelta(days=1), today)]
    return sum(line["amount_minor"] for report in reports for line in report["lines"])


@pytest.mark.parametrize(("outcome", "left"), [("won", 4000), ("lost", 1000)])
def test_the_money_is_gone_until_the_bank_leaves_it(
    sandbox: Sandbox, receiver: Receiver, outcome: str, left: int
) -> None:
    sandbox.send_webhooks_to(merchant=receiver.url)
    payment = captured(sandbox)
    made = sandbox.charge_back(payment["id"], amount_minor=3000, reason="fraudulent")
    assert (made["state"], made["payment"], made["amount_minor"]) == ("open", payment["id"], 3000)
    assert cash(sandbox) == 1000
    assert receiver.wait_for(1, "chargeback.opened")[0].event["data"]["reason"] == "fraudulent"

    sandbox.decide(made["id"], outcome)

    assert receiver.wait_for(1, f"chargeback.{outcome}")[0].event["data"]["state"] == outcome
    assert cash(sandbox) == left
    assert sandbox.call("POST", f"/v1/chargebacks/{made['id']}/decide", {"outcome": "won"})[0] == 404


def test_what_the_bank_took_cannot_be_refunded_too(sandbox: Sandbox) -> None:
    payment = captured(sandbox)
    sandbox.charge_back(payment["id"], amount_minor=3000)

    status, answer = sandbox.call(
        "POST", "/v1/refunds", {"payment": payment["id"], "amount_minor": 1001, "reference": "R"}
    )

    assert (status, answer["error"]["code"]) == (422, "amount_too_large")
    assert sandbox.call("POST", f"/v1/payments/{payment['id']}/charge-back", {"amount_minor": 1001})[0] == 422


def test_it_is_answered_with_evidence_until_it_is_decided(sandbox: Sandbox) -> None:
    made = sandbox.charge_back(captured(sandbox)["id"])
    path = f"/v1/chargebacks/{made['id']}/evidence"

    status, answer = sandbox.call("POST", path, {"evidence": {"tracking": "HF1"}}, key="EVIDENCE-1")
    assert (status, answer["answered_at"] is not None) == (201, True)
    assert sandbox.call("GET", "/v1/find?key=EVIDENCE-1")[1]["id"] == made["id"]
    for wrong in ({}, {"evidence": []}, {"evidence": {"a": 1}}, {"evidence": {"a": "x" * 20_001}}):
        assert sandbox.call("POST", path, wrong)[0] == 400
    sandbox.decide(made["id"], "lost")
    assert sandbox.call("POST", path, {"evidence": {}})[0] == 422
    assert sandbox.call("POST", "/v1/chargebacks/cb_1/evidence", {"evidence": {}})[0] == 404


@pytest.mark.parametrize(("card", "outcome"), [(LOST_CARD, "lost"), (WON_CARD, "won")])
def test_a_test_card_brings_it_about_by_itself(sandbox: Sandbox, receiver: Receiver, card: str, outcome: str) -> None:
    sandbox.send_webhooks_to(merchant=receiver.url)
    sandbox.chaos(chargeback_opens_seconds=0.1, chargeback_decides_seconds=0.1)

    captured(sandbox, card)

    assert receiver.wait_for(1, f"chargeback.{outcome}")
    types = [message.event["type"] for message in receiver.received]
    assert {"chargeback.opened", "payment.captured"} <= set(types)


def test_chaos_brings_it_about_for_any_card(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.send_webhooks_to(merchant=receiver.url)
    sandbox.chaos(
        chargeback_probability=1,
        chargeback_win_probability=1,
        chargeback_opens_seconds=0,
        chargeback_decides_seconds=0,
    )

    captured(sandbox)

    assert receiver.wait_for(1, "chargeback.won")


def test_nothing_is_asked_for_that_was_refunded_meanwhile(sandbox: Sandbox) -> None:
    sandbox.chaos(chargeback_opens_seconds=1)
    payment = captured(sandbox, LOST_CARD)
    sandbox.call("POST", "/v1/refunds", {"payment": payment["id"], "amount_minor": 4000, "reference": "R"})

    wait_until(lambda: sandbox.call("GET", "/v1/status")[1]["chargebacks"] == 0, "the chargeback's time")

    types = [event["type"] for event in sandbox.call("GET", "/v1/events")[1]["events"]]
    assert "chargeback.opened" not in types
    assert cash(sandbox) == 0
