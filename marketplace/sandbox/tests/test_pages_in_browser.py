"""The pages in a real browser: sound at every width and in both schemes, and of use without JavaScript."""

from collections.abc import Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from marketplace.sandbox.testing import Receiver, Sandbox
from marketplace.tests.browser import DESKTOP, PHONE, OpenPage, assert_sound, opener

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(chromium: Browser, sandbox: Sandbox) -> Generator[OpenPage, None, None]:
    yield from opener(chromium, sandbox.url)


def open_payment(sandbox: Sandbox, return_url: str = "http://shop.test/", **changes: object) -> dict[str, Any]:
    body: dict[str, object] = {
        "reference": "PAY-2026-00017",
        "amount_minor": 8436,
        "currency": "USD",
        "description": "2 orders: Ceramica Lopes, Lumen Lamps",
        "return_url": return_url,
        "expires_at": "2099-01-01T00:00:00Z",
    }
    made: dict[str, Any] = sandbox.call("POST", "/v1/payments", body | changes)[1]
    return made


def type_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill("12/99")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on the card").fill("Ana Buyer")
    page.get_by_role("button", name="Pay $84.36").click()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound(sandbox: Sandbox, open_page: OpenPage, width: int, scheme: str) -> None:
    declined, paid = open_payment(sandbox), open_payment(sandbox)
    sandbox.pay(declined["url"], "4000 0000 0000 0002")
    sandbox.pay(paid["url"])
    late = open_payment(sandbox, expires_at="2026-01-01T00:00:00Z")
    page = open_page(width=width, scheme=scheme)
    for address in (open_payment(sandbox)["url"], declined["url"], paid["url"], late["url"], "/", "/parcels/SBX-1/"):
        page.goto(address)
        assert_sound(page)
    page.goto(declined["url"])
    page.get_by_role("button", name="Pay $84.36").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the card number.")
    assert_sound(page)
    type_card(page, "4000 0025 0000 3155")
    expect(page.get_by_role("heading", name="Is this you?")).to_be_visible()
    assert_sound(page)


def test_a_buyer_without_javascript_errs_is_declined_confirms_and_comes_back(
    sandbox: Sandbox, open_page: OpenPage, receiver: Receiver
) -> None:
    payment = open_payment(sandbox, return_url=receiver.url)  # another origin, as the shop is
    page = open_page(width=PHONE, java_script_enabled=False)
    page.goto(payment["url"])
    type_card(page, "4242 4242 4242 4241")
    page.get_by_role("link", name="Check its digits").click()
    assert page.url.endswith("#id_card_number")
    assert page.get_by_label("Expiry date").input_value() == "12/99"
    type_card(page, "4000 0000 0000 9995")
    expect(page.get_by_role("alert")).to_contain_text("not enough money")
    type_card(page, "4000 0025 0000 3155")
    page.get_by_role("button", name="Approve $84.36").click()
    page.wait_for_url(f"{receiver.url}?payment={payment['id']}")
    assert sandbox.call("GET", f"/v1/payments/{payment['id']}")[1]["state"] == "captured"


def test_a_buyer_may_turn_back(sandbox: Sandbox, open_page: OpenPage, receiver: Receiver) -> None:
    payment = open_payment(sandbox, return_url=receiver.url)
    page = open_page()
    page.goto(payment["url"])
    page.get_by_role("link", name="Cancel and go back to Holdfast").click()
    page.wait_for_url(f"{receiver.url}?payment={payment['id']}")
    assert sandbox.call("GET", f"/v1/payments/{payment['id']}")[1]["state"] == "open"


def test_errors_are_where_the_keyboard_is(sandbox: Sandbox, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(open_payment(sandbox)["url"])
    page.get_by_role("button", name="Pay $84.36").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Card number")).to_be_focused()


def test_a_driver_scans_a_parcel(sandbox: Sandbox, open_page: OpenPage, receiver: Receiver) -> None:
    sandbox.send_webhooks_to(carrier=receiver.url)
    page = open_page(width=PHONE, java_script_enabled=False)
    page.goto("/")
    page.get_by_label("Tracking number").fill("SBX-1")
    page.get_by_role("button", name="Find the parcel").click()
    page.get_by_role("button", name="Scan: in transit").click()
    expect(page.get_by_text("On its way")).to_be_visible()
    page.get_by_role("button", name="Scan: delivered").click()
    expect(page.get_by_text("Delivered at")).to_be_visible()
    assert page.get_by_role("button").count() == 0
    assert receiver.wait_for(1, "parcel.delivered")[0].event["data"]["tracking_number"] == "SBX-1"
