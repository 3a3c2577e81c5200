"""The hosted page, as a browser without JavaScript uses it: what each card does, and that a buyer pays once."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest

from marketplace.sandbox.testing import Sandbox

CONFIRMING = "4000 0025 0000 3155"
GOOD = {"card_number": "4242424242424242", "expiry": "12/99", "cvc": "123", "holder": "Ana Buyer"}


@pytest.fixture
def payment(sandbox: Sandbox) -> dict[str, Any]:
    return open_payment(sandbox)


def open_payment(sandbox: Sandbox, **changes: object) -> dict[str, Any]:
    body = {
        "reference": "PAY-7",
        "amount_minor": 4018,
        "currency": "USD",
        "description": "Two bowls <hand made>",
        "return_url": "http://shop.test/checkout/done/?order=1",
    }
    status, payment = sandbox.call("POST", "/v1/payments", body | changes)
    assert status == 201, payment
    made: dict[str, Any] = payment
    return made


def state(sandbox: Sandbox, payment: dict[str, Any]) -> tuple[str, str]:
    _, now = sandbox.call("GET", f"/v1/payments/{payment['id']}")
    return now["state"], now["failure_code"]


def back(payment: dict[str, Any]) -> str:
    return f"http://shop.test/checkout/done/?order=1&payment={payment['id']}"


def events(sandbox: Sandbox) -> list[str]:
    return [event["type"] for event in sandbox.call("GET", "/v1/events")[1]["events"]]


def post(sandbox: Sandbox, url: str, fields: dict[str, str]) -> tuple[int, str]:
    answer = sandbox.pool.request_encode_body("POST", url, fields=fields, encode_multipart=False)
    return answer.status, unescape(answer.data.decode())


def test_the_page_says_who_asks_for_how_much_and_for_what(sandbox: Sandbox, payment: dict[str, Any]) -> None:
    page = sandbox.page(payment["url"])
    for text in (
        "Pay Holdfast",
        "$40.18",
        "Two bowls &lt;hand made&gt;",
        "PAY-7",
        "4000 0000 0000 9995",
        back(payment),
    ):
        assert text.replace("&payment", "&amp;payment") in page
    assert "<script" not in page


def test_an_amount_is_written_in_its_own_decimals(sandbox: Sandbox) -> None:
    assert "¥4,018" in sandbox.page(open_payment(sandbox, currency="JPY")["url"])


def test_a_good_card_pays_and_leads_back_to_the_shop(sandbox: Sandbox, payment: dict[str, Any]) -> None:
    assert sandbox.pay(payment["url"]) == back(payment)
    assert state(sandbox, payment) == ("captured", "")
    assert events(sandbox) == ["payment.captured"]


@pytest.mark.parametrize(
    ("card", "code", "words"),
    [
        ("4000 0000 0000 0002", "card_declined", "declined this card."),
        ("4000 0000 0000 9995", "insufficient_funds", "not enough money"),
        ("4000 0000 0000 0069", "expired_card", "has expired"),
    ],
)
def test_a_bad_card_is_declined_and_another_can_be_tried(
    sandbox: Sandbox, payment: dict[str, Any], card: str, code: str, words: str
) -> None:
    assert sandbox.pay(payment["url"], card) == payment["url"]
    assert state(sandbox, payment) == ("open", code)
    page = sandbox.page(payment["url"])
    assert "Nothing was paid" in page
    assert words in page
    assert sandbox.pay(payment["url"]) == back(payment)
    assert state(sandbox, payment) == ("captured", "")
    assert events(sandbox) == ["payment.failed", "payment.captured"]


def test_a_card_that_needs_the_bank_is_paid_only_once_it_is_approved(sandbox: Sandbox, payment: dict[str, Any]) -> None:
    question = sandbox.submit(payment["url"], GOOD | {"card_number": CONFIRMING})
    assert question == f"{payment['url']}confirm/"
    assert "ending in 3155" in sandbox.page(question)
    assert state(sandbox, payment) == ("open", "")
    assert sandbox.submit(question, {"decision": "approve"}) == back(payment)
    assert sandbox.submit(question, {"decision": "refuse"}) == back(payment)
    assert state(sandbox, payment) == ("captured", "")


def test_a_card_that_the_buyer_refuses_at_the_bank_is_not_charged(sandbox: Sandbox, payment: dict[str, Any]) -> None:
    assert sandbox.pay(payment["url"], CONFIRMING, approve=False) == payment["url"]
    assert state(sandbox, payment) == ("open", "confirmation_refused")
    assert "not confirmed" in sandbox.page(payment["url"])
    assert sandbox.submit(f"{payment['url']}confirm/", {"decision": "approve"}) == payment["url"]
    assert state(sandbox, payment)[0] == "open"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("card_number", "", "Enter the card number."),
        ("card_number", "4242 4242 4242 4241", "Check its digits."),
        ("card_number", "4242", "12 to 19 digits."),
        ("card_number", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "12 to 19 digits."),
        ("card_number", "5555 5555 5555 4444", "never a real one."),
        ("card_number", "4242\x004242", "Null characters"),
        ("expiry", "", "Enter the expiry date."),
        ("expiry", "13/30", "Enter the month and the year"),
        ("expiry", "soon", "Enter the month and the year"),
        ("expiry", "01/20", "This card has expired."),
        ("cvc", "12", "three or four digits"),
        ("holder", " ", "Enter the name on the card."),
    ],
)
def test_each_field_says_what_is_wrong_with_it(
    sandbox: Sandbox, payment: dict[str, Any], field: str, value: str, words: str
) -> None:
    status, page = post(sandbox, payment["url"], GOOD | {field: value})
    assert status == 422
    told = re.search(rf'id="{field}-error">([^<]*)<', page)
    assert told is not None
    assert words in told[1]
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', page)
    assert re.search(rf'name="{field}"[^>]*aria-describedby="{field}-error', page)
    assert f'<a href="#id_{field}">' in page
    assert state(sandbox, payment) == ("open", "")


@pytest.mark.parametrize("expiry", ["12/99", "12 / 2099", "1299", "12-99"])
def test_an_expiry_date_may_be_written_in_any_usual_way(sandbox: Sandbox, payment: dict[str, Any], expiry: str) -> None:
    assert sandbox.submit(payment["url"], GOOD | {"expiry": expiry}) == back(payment)


def test_twenty_simultaneous_clicks_pay_once(sandbox: Sandbox, payment: dict[str, Any]) -> None:
    with ThreadPoolExecutor(10) as crowd:
        ends = set(crowd.map(lambda _: sandbox.pay(payment["url"]), range(20)))
    assert ends == {back(payment)}
    assert events(sandbox) == ["payment.captured"]
    _, report = sandbox.call("GET", f"/v1/report?date={captured_day(sandbox, payment)}")
    assert [line["amount_minor"] for line in report["lines"]] == [4018]


def captured_day(sandbox: Sandbox, payment: dict[str, Any]) -> str:
    day: str = sandbox.call("GET", f"/v1/payments/{payment['id']}")[1]["captured_at"][:10]
    return day


def test_a_paid_page_says_so_and_takes_no_other_card(sandbox: Sandbox, payment: dict[str, Any]) -> None:
    sandbox.pay(payment["url"])
    page = sandbox.page(payment["url"])
    assert "This is paid" in page
    assert "$40.18 for “Two bowls &lt;hand made&gt;”" in page
    assert sandbox.pay(payment["url"], "4000 0000 0000 0002") == back(payment)
    assert state(sandbox, payment) == ("captured", "")


def test_a_page_that_came_too_late_says_so_and_takes_no_card(sandbox: Sandbox) -> None:
    late = open_payment(sandbox, expires_at="2026-01-01T00:00:00Z")
    assert "Too late to pay" in sandbox.page(late["url"])
    assert sandbox.pay(late["url"]) == late["url"]
    sandbox.wait_until_quiet()
    assert state(sandbox, late)[0] != "captured"


def test_nobody_finds_a_payment_without_its_token(sandbox: Sandbox, payment: dict[str, Any]) -> None:
    for path in ("/pay/guessed/", f"/pay/{payment['id']}/", "/pay/guessed/confirm/", "/pay/%00/"):
        assert sandbox.pool.request("GET", sandbox.url + path).status == 404


def test_a_page_allows_no_script_and_leads_to_the_shop_alone(sandbox: Sandbox, payment: dict[str, Any]) -> None:
    headers = sandbox.pool.request("GET", payment["url"]).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("form-action 'self' http://shop.test")
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
