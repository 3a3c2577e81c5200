"""The API: who may call it, what it reads, and that a key is carried out once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest

from marketplace.sandbox.testing import Sandbox

PAYMENT = {
    "reference": "PAY-1",
    "amount_minor": 100,
    "currency": "EUR",
    "description": "A spoon",
    "return_url": "https://shop.test/back",
    "expires_at": None,
}


def open_payment(sandbox: Sandbox, key: str | None = None, **changes: Any) -> tuple[int, Any]:
    return sandbox.call("POST", "/v1/payments", PAYMENT | changes, key=key)


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


@pytest.mark.parametrize("path", ["/v1/payments", "/v1/events", "/v1/report", "/v1/find", "/v1/chaos", "/v1/status"])
def test_only_the_holder_of_the_key_is_answered(sandbox: Sandbox, path: str) -> None:
    for wrong in ("", "wrong", sandbox.api_key + "x"):
        assert code(sandbox.call("GET", path, api_key=wrong)) == (401, "unauthorized")


def test_a_wrong_method_is_told_which_will_do(sandbox: Sandbox) -> None:
    assert code(sandbox.call("GET", "/v1/refunds")) == (405, "method_not_allowed")


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
def test_a_call_that_moves_something_needs_a_key(sandbox: Sandbox, key: str) -> None:
    for path in ("/v1/payments", "/v1/refunds", "/v1/payouts", "/v1/parcels"):
        status, answer = sandbox.call("POST", path, {}, key=key)
        assert (status, answer["error"]["field"]) == (400, "Idempotency-Key")


def test_the_same_key_and_body_give_the_same_answer(sandbox: Sandbox) -> None:
    first = open_payment(sandbox, "k1")
    assert first[0] == 201
    sandbox.pay(first[1]["url"])
    assert open_payment(sandbox, "k1") == first
    assert len(sandbox.call("GET", "/v1/payments?reference=PAY-1")[1]["payments"]) == 1


def test_the_same_key_for_another_body_or_path_is_refused(sandbox: Sandbox) -> None:
    open_payment(sandbox, "k1")
    assert code(open_payment(sandbox, "k1", amount_minor=101)) == (422, "idempotency_mismatch")
    assert code(sandbox.call("POST", "/v1/payouts", PAYMENT, key="k1")) == (422, "idempotency_mismatch")


def test_a_refusal_is_the_answer_for_ever_but_an_unreadable_call_is_not(sandbox: Sandbox) -> None:
    payment = open_payment(sandbox)[1]
    body = {"payment": payment["id"], "amount_minor": 1, "reference": "R"}
    assert code(sandbox.call("POST", "/v1/refunds", body, key="r1")) == (422, "not_captured")
    sandbox.pay(payment["url"])
    assert code(sandbox.call("POST", "/v1/refunds", body, key="r1")) == (422, "not_captured")
    assert code(sandbox.call("GET", "/v1/find?key=r1")) == (422, "not_captured")
    assert sandbox.call("POST", "/v1/refunds", body | {"amount_minor": "1"}, key="r2")[0] == 400
    assert sandbox.call("POST", "/v1/refunds", body, key="r2")[0] == 201


def test_simultaneous_calls_with_one_key_are_carried_out_once(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(10) as crowd:
        answers = list(crowd.map(lambda _: open_payment(sandbox, "k1"), range(20)))
    assert {status for status, _ in answers} == {201}
    assert len({payment["id"] for _, payment in answers}) == 1
    assert len(sandbox.call("GET", "/v1/payments?reference=PAY-1")[1]["payments"]) == 1


def test_whoever_asks_about_a_key_waits_for_the_call_that_is_running(sandbox: Sandbox) -> None:
    running = psycopg2.connect(sandbox.database_url)
    with ThreadPoolExecutor(1) as other, running.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('k1', 0))")  # what a call holds while it runs
        asked = other.submit(sandbox.call, "GET", "/v1/find?key=k1")
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.5)
        running.commit()
        assert code(asked.result(timeout=10)) == (404, "key_not_found")
    running.close()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reference", None),
        ("reference", ""),
        ("reference", 7),
        ("reference", "x" * 201),
        ("reference", "a\x00b"),
        ("reference", "\ud800"),
        ("amount_minor", 0),
        ("amount_minor", -1),
        ("amount_minor", 1.5),
        ("amount_minor", True),
        ("amount_minor", "100"),
        ("amount_minor", 10**13),
        ("currency", "eur"),
        ("currency", "XXQ"),
        ("currency", "EURO"),
        ("return_url", "javascript:alert(1)"),
        ("return_url", "//shop.test/"),
        ("return_url", "https://"),
        ("return_url", "https://shop.test;script-src/"),
        ("return_url", "https://[bad/"),
        ("expires_at", "tomorrow"),
        ("expires_at", "2026-01-01T00:00:00"),
        ("expires_at", 5),
        ("expires_at", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_field_that_is_wrong_is_named(sandbox: Sandbox, field: str, value: Any) -> None:
    status, answer = open_payment(sandbox, **{field: value})
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (400, "invalid_request", field)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(sandbox: Sandbox, body: bytes) -> None:
    assert code(sandbox.call("POST", "/v1/payments", body)) == (400, "invalid_request")


def test_events_are_read_on_from_the_last_one_seen(sandbox: Sandbox) -> None:
    for _ in range(3):
        sandbox.pay(open_payment(sandbox)[1]["url"])
    _, seen = sandbox.call("GET", "/v1/events")
    ids = [event["id"] for event in seen["events"]]
    assert len(set(ids)) == 3
    _, rest = sandbox.call("GET", f"/v1/events?after={ids[0]}")
    assert [event["id"] for event in rest["events"]] == ids[1:]
    assert rest["has_more"] is False
    assert code(sandbox.call("GET", "/v1/events?after=evt_unknown")) == (404, "not_found")


def test_a_report_needs_a_day(sandbox: Sandbox) -> None:
    for day in ("", "today", "2026-02-30", "9999-12-31x"):
        assert code(sandbox.call("GET", f"/v1/report?date={day}")) == (400, "invalid_request")
    assert sandbox.call("GET", "/v1/report?date=9999-12-31")[0] == 400
    assert sandbox.call("GET", "/v1/report?date=2026-01-31") == (200, {"date": "2026-01-31", "lines": []})


def test_an_object_of_another_kind_is_not_found(sandbox: Sandbox) -> None:
    payment = open_payment(sandbox)[1]
    for kind in ("refunds", "payouts", "parcels"):
        assert code(sandbox.call("GET", f"/v1/{kind}/{payment['id']}")) == (404, "not_found")
