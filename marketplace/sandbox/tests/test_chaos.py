"""What goes wrong on purpose goes wrong as told, and the same way again for the same seed."""

from typing import Any

import pytest
import urllib3

from marketplace.sandbox.testing import Receiver, Sandbox

PAYOUT = {"reference": "OUT-1", "amount_minor": 5, "currency": "EUR", "destination": "DE00"}


def fate(sandbox: Sandbox, key: str) -> str:
    """What a call sees: its state, an error, or a lost connection."""
    try:
        status, _ = sandbox.call("POST", "/v1/payouts", PAYOUT, key=key)
    except urllib3.exceptions.HTTPError:
        return "lost"
    return "paid" if status == 201 else str(status)


def fates(sandbox: Sandbox, **chaos: float) -> list[str]:
    sandbox.reset()
    sandbox.chaos(**chaos)
    return [fate(sandbox, f"{number}") for number in range(40)]


def test_the_same_seed_gives_the_same_mishaps(sandbox: Sandbox) -> None:
    storm = {"error_probability": 0.2, "timeout_probability": 0.3}
    first = fates(sandbox, seed=1, **storm)
    assert {"paid", "500", "lost"} == set(first)
    assert fates(sandbox, seed=1, **storm) == first
    assert fates(sandbox, seed=2, **storm) != first


def test_an_error_does_nothing_and_a_lost_answer_does_everything(sandbox: Sandbox, receiver: Receiver) -> None:
    seen = fates(sandbox, seed=4, error_probability=0.3, timeout_probability=0.3)
    sandbox.chaos(seed=4)
    sandbox.send_webhooks_to(merchant=receiver.url)
    sandbox.wait_until_quiet()
    done = [sandbox.call("GET", f"/v1/find?key={number}")[0] == 200 for number in range(40)]
    assert done == [end != "500" for end in seen]
    assert len(receiver.received) == sum(done)


def test_payouts_and_refunds_fail_and_return_by_chance(sandbox: Sandbox) -> None:
    sandbox.chaos(settle_seconds=0, payout_failure_probability=1)
    assert sandbox.call("POST", "/v1/payouts", PAYOUT)[1]["state"] == "failed"
    sandbox.chaos(settle_seconds=0, payout_return_probability=1, payout_return_seconds=0)
    _, payout = sandbox.call("POST", "/v1/payouts", PAYOUT)
    assert payout["state"] == "paid"
    sandbox.wait_until_quiet()
    _, returned = sandbox.call("GET", f"/v1/payouts/{payout['id']}")
    assert (returned["state"], returned["failure_code"]) == ("returned", "account_closed")
    _, report = sandbox.call("GET", f"/v1/report?date={payout['created_at'][:10]}")
    assert sum(line["amount_minor"] for line in report["lines"]) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"sed": 1}, {"seed": "1"}, {"seed": True}, {"error_probability": 1.1}, {"answer_delay": -1}],
)
def test_a_setting_that_cannot_be_is_refused(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    before = sandbox.call("GET", "/v1/chaos")
    status, answer = sandbox.call("POST", "/v1/chaos", wrong)
    assert (status, answer["error"]["code"]) == (400, "invalid_request")
    assert sandbox.call("GET", "/v1/chaos") == before
