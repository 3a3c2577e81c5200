"""Cart, checkout and paying in a real browser: wide and narrow, with and without JavaScript, by keyboard alone."""

from typing import Any, cast

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from playwright.sync_api import expect

from escrow.models import Payment
from marketplace.accounts.models import Address, User
from marketplace.catalog.models import ListingVersion, ListingVersionPhoto, Variant
from marketplace.lib import clock
from marketplace.media.testing import make_photo
from marketplace.sandbox.testing import Sandbox
from marketplace.tests.browser import DESKTOP, PHONE, OpenPage, look, press, sign_in
from marketplace.tests.trade import SHIP_TO, make_seller, make_variant
from orders import cart
from orders.cart import Owner
from orders.lifecycle import State
from orders.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a-long-password"
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenständer aus geölter Eiche, handgedrechselt, mit Messingfuß"
NOBODY = "http://127.0.0.1:9"  # where no provider listens


@pytest.fixture
def ana() -> User:
    """A buyer who can sign in, with an address."""
    user = User.objects.create_user("ana@example.com", PASSWORD, name="Ana Souza")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Address.objects.create(user=user, is_default=True, **SHIP_TO)
    return user


@pytest.fixture
def goods() -> list[Variant]:
    """Things with and without a photo, a long name, options, and a large sum in another currency."""
    lopes, aoi = make_seller("Cerâmica Lopes & Filhos, Sociedade Unipessoal"), make_seller("Aoi", currency="JPY")
    bowl = make_variant(lopes, price_minor=4000)
    ListingVersionPhoto.objects.create(
        version=cast("ListingVersion", bowl.listing.current), photo=make_photo(lopes), position=0, alt="A blue bowl"
    )
    options = {"Farbe": "Dunkelgrün", "Größe": "Übergröße"}
    wordy = make_variant(lopes, title=LONG, options=options, price_minor=129_900, shipping_minor=0)
    dear = make_variant(aoi, title="Tansu chest", price_minor=12_345_678, shipping_minor=1500)
    return [bowl, wordy, dear]


def fill(user: User, *variants: Variant, quantity: int = 2) -> None:
    for variant in variants:
        cart.add(owner=Owner(user=user), variant_id=variant.pk, quantity=quantity, at=clock.now())


@pytest.mark.parametrize(("width", "scheme"), [(DESKTOP, "light"), (PHONE, "light"), (DESKTOP, "dark")])
def test_cart_and_checkout_are_sound(
    open_page: OpenPage, ana: User, goods: list[Variant], width: int, scheme: str
) -> None:
    page = open_page(width=width, scheme=scheme)
    page.goto(reverse("orders:cart"))
    look(page, "cart-empty")
    sign_in(page, ana.email, PASSWORD)
    short, away = make_variant(title="Teapot"), make_variant(title="Apron")
    fill(ana, *goods, short, away)
    Variant.objects.filter(pk=short.pk).update(stock=1)
    Variant.objects.filter(pk=away.pk).update(is_active=False)
    Variant.objects.filter(pk=goods[0].pk).update(price_minor=4500)

    page.goto(reverse("orders:cart"))
    look(page, "cart")
    press(page, "Check out")
    page.wait_for_url("**/checkout/")
    look(page, "checkout")
    page.get_by_label("Send it to another address").check()
    press(page, "Place order")
    page.wait_for_selector(".error-summary")
    look(page, "checkout-errors")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_paying_two_currencies_is_sound_at_every_stop(
    open_page: OpenPage, ana: User, goods: list[Variant], sandbox: Sandbox, width: int
) -> None:
    fill(ana, *goods)
    page = open_page(width=width)
    sign_in(page, ana.email, PASSWORD)
    page.goto(reverse("orders:checkout"))
    press(page, "Place order")
    page.wait_for_url("**/checkout/*/")
    look(page, "placed")

    press(page, "Pay $")
    page.wait_for_url(sandbox.url + "/**")
    page.get_by_role("link", name="Cancel and go back").click()
    expect(page.get_by_role("heading", name="Not paid yet")).to_be_visible()
    look(page, "pay-not-paid")
    press(page, "Pay $")
    sandbox.pay(page.url, card="4000 0000 0000 0002")
    page.get_by_role("link", name="Cancel and go back").click()
    expect(page.get_by_role("heading", name="The payment did not go through")).to_be_visible()
    look(page, "pay-declined")
    press(page, "Pay $")
    sandbox.pay(page.url)
    page.reload()
    page.get_by_role("link", name="Go back").click()
    expect(page.get_by_role("heading", name="Paid, and held for you")).to_be_visible()
    look(page, "pay-paid")
    press(page, "Pay ¥")
    page.wait_for_url(sandbox.url + "/**")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_a_provider_that_is_away_is_sound_and_recovers_by_itself(
    open_page: OpenPage, ana: User, sandbox: Sandbox, settings: Any, width: int
) -> None:
    fill(ana, make_variant())
    page = open_page(width=width)
    sign_in(page, ana.email, PASSWORD)
    settings.SANDBOX_URL = NOBODY
    page.goto(reverse("orders:checkout"))
    press(page, "Place order")
    expect(page.get_by_role("heading", name="cannot be opened at the moment")).to_be_visible()
    look(page, "pay-provider-down")

    settings.SANDBOX_URL = sandbox.url
    press(page, "Try again")
    page.wait_for_url(sandbox.url + "/**")
    sandbox.pay(page.url)
    settings.SANDBOX_URL = NOBODY
    page.goto(reverse("orders:pay_return", args=[Payment.objects.get().reference]))
    expect(page.get_by_role("heading", name="Waiting for the payment provider")).to_be_visible()
    look(page, "pay-waiting")
    settings.SANDBOX_URL = sandbox.url
    expect(page.get_by_role("heading", name="Paid, and held for you")).to_be_visible(timeout=15_000)
    look(page, "pay-after-waiting")


def test_buying_without_javascript(open_page: OpenPage, ana: User, sandbox: Sandbox, settings: Any) -> None:
    variant = make_variant()
    fill(ana, variant, quantity=1)
    page = open_page(java_script_enabled=False, width=PHONE)
    sign_in(page, ana.email, PASSWORD)
    page.goto(reverse("orders:cart"))
    page.get_by_label("Quantity").fill("3")
    press(page, "Update")
    press(page, "Check out")
    page.get_by_label("Send it to another address").check()
    for name, value in {"Recipient": "Rui", "Street and number": "2 Short Street", "City": "Lisboa"}.items():
        page.get_by_label(name).fill(value)
    page.get_by_label("Postal code").fill("1000-001")
    page.get_by_label("Country").select_option("PT")
    press(page, "Place order")
    page.wait_for_url(sandbox.url + "/**")
    sandbox.pay(page.url)
    settings.SANDBOX_URL = NOBODY
    page.goto(reverse("orders:pay_return", args=[Payment.objects.get().reference]))
    settings.SANDBOX_URL = sandbox.url
    press(page, "Ask again now")

    expect(page.get_by_role("heading", name="Paid, and held for you")).to_be_visible()
    order = Order.objects.get()
    assert (order.state, order.lines.get().quantity) == (State.AWAITING_SHIPMENT, 3)
    assert order.ship_to["name"] == "Rui"


def test_buying_by_keyboard_alone(open_page: OpenPage, ana: User, sandbox: Sandbox) -> None:
    Address.objects.create(user=ana, **{**SHIP_TO, "line1": "2 Short Street"})
    fill(ana, make_variant())
    page = open_page()
    sign_in(page, ana.email, PASSWORD)

    def tab_to(name: str) -> None:
        """Press Tab until the focus is on what is called so, and visibly there."""
        for _ in range(60):
            page.keyboard.press("Tab")
            if name in page.evaluate("(e => e.innerText || e.labels?.[0]?.innerText || '')(document.activeElement)"):
                return
        pytest.fail(f"Tab never came to {name}")

    page.goto(reverse("orders:cart"))
    tab_to("Check out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/")
    tab_to("1 Long Street")
    page.keyboard.press("ArrowDown")
    tab_to("Place order")
    page.keyboard.press("Enter")
    page.wait_for_url(sandbox.url + "/**")

    assert Order.objects.get().ship_to["line1"] == "2 Short Street"


def test_a_refused_review_takes_the_focus_to_why(open_page: OpenPage, ana: User) -> None:
    variant = make_variant()
    fill(ana, variant)
    page = open_page()
    sign_in(page, ana.email, PASSWORD)
    page.goto(reverse("orders:checkout"))
    Variant.objects.filter(pk=variant.pk).update(price_minor=9900)
    press(page, "Place order")

    expect(page.get_by_role("alert")).to_be_focused()
    look(page, "checkout-changed")
