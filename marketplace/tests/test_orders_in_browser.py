"""Orders in a real browser: every page wide and narrow, light and dark, without JavaScript, by keyboard alone."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from marketplace.accounts.models import Address, User
from marketplace.catalog.models import ListingVersion, ListingVersionPhoto, Variant
from marketplace.lib import clock
from marketplace.media.testing import make_photo
from marketplace.tests.browser import DESKTOP, PHONE, OpenPage, assert_sound
from marketplace.tests.trade import (
    SHIP_TO,
    fresh,
    make_completed_order,
    make_paid_order,
    make_placed_order,
    make_seller,
    make_shipped_order,
    make_user,
    make_variant,
)
from orders import actions
from orders.actions import Parcel
from orders.lifecycle import State
from orders.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer aus geölter Eiche, handgedrechselt, mit Messingfuß"
DAY = timedelta(days=1)


@pytest.fixture
def ana() -> User:
    """A buyer with two addresses."""
    user = make_user(name="Ana Souza")
    Address.objects.create(user=user, is_default=True, **SHIP_TO)
    Address.objects.create(user=user, **SHIP_TO | {"name": "Ana at work", "city": "Vila Nova de Gaia"})
    return user


@pytest.fixture
def bowl() -> Variant:
    """Something with a photo."""
    variant = make_variant(make_seller("Cerâmica Lopes & Filhos, Sociedade Unipessoal"), stock=100)
    photo = make_photo(variant.listing.shop.owner)
    ListingVersionPhoto.objects.create(
        version=cast("ListingVersion", variant.listing.current), photo=photo, position=0, alt="A blue bowl"
    )
    return variant


@pytest.fixture
def orders(ana: User, bowl: Variant) -> dict[str, Order]:
    """One order in every state, with long names, large sums and another currency."""
    now = clock.now()
    wordy = make_variant(make_seller("Aoi", "JPY"), title=LONG, price_minor=123_456_789, shipping_minor=0, stock=100)
    made = {
        "unpaid": make_placed_order(buyer=ana, variant=wordy, at=now),
        "paid": make_paid_order(buyer=ana, variant=bowl, quantity=3, at=now - DAY),
        "asked": make_paid_order(buyer=ana, variant=bowl, at=now - 2 * DAY),
        "shipped": make_shipped_order(buyer=ana, variant=wordy, at=now - 28 * DAY),
        "done": make_completed_order(buyer=ana, variant=bowl, at=now - 400 * DAY),
        "silent": make_shipped_order(buyer=ana, variant=wordy, at=now - 40 * DAY),
        "cancelled": make_paid_order(buyer=ana, variant=bowl, at=now - 9 * DAY),
    }
    tell_the_rest(made, ana, now)
    return {name: fresh(order) for name, order in made.items()}


def tell_the_rest(made: dict[str, Order], ana: User, now: datetime) -> None:
    """What happened to them besides."""
    actions.request_cancellation(
        orders=[made["asked"].pk], by=ana, at=now - DAY, reason="Bought twice, " + "sorry " * 30
    )
    seller = made["shipped"].seller
    actions.add_parcel(order=made["shipped"].pk, by=seller, at=now - 27 * DAY, parcel=Parcel("Correios", "A1" * 30))
    actions.auto_confirm(orders=[made["silent"].pk], at=now - 8 * DAY)
    actions.cancel_sale(orders=[made["cancelled"].pk], by=made["cancelled"].seller, at=now - 8 * DAY)


def come_in(page: Page, user: User, live_server: LiveServer) -> None:
    """Sign in as the user, whoever was there before."""
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def look(page: Page, path: str) -> None:
    """Open a page of ours and assert what holds on every page; SCREENSHOTS names a folder for pictures to look at."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status < 500, path
    assert_sound(page)
    if folder := os.environ.get("SCREENSHOTS"):
        width = (page.viewport_size or {"width": 0})["width"]
        name = path.strip("/").replace("/", "-").replace("?", "-")
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def url(name: str, order: Order) -> str:
    return reverse(f"orders:{name}", args=[order.number])


BUYERS_STEPS = {
    "unpaid": ["cancel", "change_address"],
    "paid": ["request_cancellation", "confirm_receipt", "receipt"],
    "asked": ["withdraw_cancellation"],
    "shipped": ["extend_protection", "confirm_receipt"],
    "done": ["confirmed", "receipt"],
    "silent": ["confirmed", "receipt"],
}
SELLERS_STEPS = {
    "paid": ["ship", "cancel_sale", "packing_slip"],
    "asked": ["accept_cancellation", "decline_cancellation"],
    "shipped": ["add_parcel", "correct_tracking", "grant_extension"],
}


@pytest.mark.slow
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_page_of_a_buyer_is_sound(
    open_page: OpenPage, live_server: LiveServer, ana: User, orders: dict[str, Order], width: int
) -> None:
    page = open_page(width=width)
    come_in(page, ana, live_server)
    for path in ("", "?tab=to-ship", "?tab=closed", "?q=nothing"):
        look(page, reverse("orders:my_orders") + path)
    for name, order in orders.items():
        look(page, order.get_absolute_url())
        for step in BUYERS_STEPS.get(name, []):
            look(page, url(step, order))


@pytest.mark.slow
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_page_of_a_seller_is_sound(
    open_page: OpenPage, live_server: LiveServer, orders: dict[str, Order], width: int
) -> None:
    page = open_page(width=width)
    for name, order in orders.items():
        come_in(page, order.seller, live_server)
        look(page, order.get_absolute_url())
        for step in SELLERS_STEPS.get(name, []):
            look(page, url(step, order))
    for seller in {order.seller for order in orders.values()} | {make_seller()}:
        come_in(page, seller, live_server)
        for path in (reverse("orders:selling"), reverse("orders:sales"), reverse("orders:money")):
            look(page, path)
        look(page, reverse("orders:money") + "?figure=available")


def test_the_dark_look_is_sound_too(
    open_page: OpenPage, live_server: LiveServer, ana: User, orders: dict[str, Order]
) -> None:
    page = open_page(scheme="dark")
    come_in(page, ana, live_server)
    for path in (
        reverse("orders:my_orders"),
        orders["shipped"].get_absolute_url(),
        orders["cancelled"].get_absolute_url(),
        url("confirm_receipt", orders["shipped"]),
        url("confirmed", orders["done"]),
    ):
        look(page, path)


def test_receipt_is_confirmed_by_keyboard_alone(
    open_page: OpenPage, live_server: LiveServer, ana: User, bowl: Variant
) -> None:
    order = make_shipped_order(buyer=ana, variant=bowl, at=clock.now())
    page = open_page()
    come_in(page, ana, live_server)
    page.goto(order.get_absolute_url())
    page.keyboard.press("Tab")
    tab_to(page, "Confirm receipt")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Confirm receipt")).to_be_visible()
    page.keyboard.press("Tab")
    tab_to(page, "Confirm and release $40.10")
    page.keyboard.press("Enter")  # nothing is ticked yet: the browser asks, at the first box, and sends nothing
    assert fresh(order).state == State.SHIPPED
    for words in ("I have opened", "I have tried", "I have compared"):
        tab_to(page, words)
        page.keyboard.press("Space")
    tab_to(page, "Confirm and release $40.10")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="$40.10 is released to Cerâmica Lopes")).to_be_visible()
    assert_sound(page)
    assert fresh(order).state == State.COMPLETED


def tab_to(page: Page, words: str) -> None:
    """Press Tab, as often as it takes, until the control of these words has the focus."""
    for _ in range(80):
        if words in page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach “{words}”")


def test_the_trade_goes_on_without_javascript(
    open_page: OpenPage, live_server: LiveServer, ana: User, bowl: Variant
) -> None:
    order = make_paid_order(buyer=ana, variant=bowl, at=clock.now())
    page = open_page(width=PHONE, java_script_enabled=False)
    come_in(page, order.seller, live_server)
    page.goto(reverse("orders:selling"))
    page.get_by_role("link", name="Ship order").click()
    page.get_by_label("Carrier", exact=True).select_option("other")
    page.get_by_role("button", name="Ship order").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the carrier's name")
    page.get_by_label("Name of the other carrier").fill("Aunt Maria")
    page.get_by_role("button", name="Ship order").click()
    expect(page.get_by_text("Aunt Maria").first).to_be_visible()

    come_in(page, ana, live_server)
    page.goto(reverse("orders:my_orders"))
    page.get_by_role("link", name="Confirm receipt").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Confirm and release").click()
    expect(page.get_by_role("heading", name="$40.10 is released")).to_be_visible()

    come_in(page, order.seller, live_server)
    page.goto(reverse("orders:money") + "?figure=available")
    expect(page.get_by_role("link", name=order.number)).to_be_visible()
