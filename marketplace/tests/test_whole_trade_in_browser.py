"""The whole trade as two people live it, each in a browser, with the provider, the carrier and a worker as processes.

A visitor searches, adds to the cart, signs in, checks out and pays at the provider's page; the seller ships; the
carrier delivers; the buyer confirms receipt; the seller sees the money. At both widths, every page sound.
"""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from escrow.models import ProviderEvent, SellerBalance
from marketplace.accounts.models import Address, User
from marketplace.catalog.actions import ListingContent, PlacedPhoto, VariantContent, create_listing, publish_listing
from marketplace.catalog.models import Category
from marketplace.lib import clock, hints
from marketplace.media.actions import keep_photo
from marketplace.media.testing import picture_bytes
from marketplace.notifications.models import Notice
from marketplace.sandbox.testing import GOOD_CARD, Sandbox
from marketplace.tests.browser import DESKTOP, PHONE, OpenPage, look, press, sign_in
from marketplace.tests.processes import on_this_database, wait_for
from marketplace.tests.trade import SHIP_TO, make_seller, make_shipped_order, make_user, make_variant
from orders import carriers
from orders.lifecycle import State
from orders.models import Order

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("audit"),
]

PASSWORD = "holdfast-demo"
WORKER = ("-m", "celery", "-A", "marketplace", "worker", "--concurrency", "1", "--without-gossip", "--without-mingle")
PRICE, SHIPPING, FEE = 4000, 198, 188


def may_sign_in(user: User) -> User:
    """The user with a verified e-mail address."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def ana() -> User:
    """The buyer, with an address."""
    buyer = may_sign_in(make_user("ana@example.com", "Ana Souza"))
    Address.objects.create(user=buyer, is_default=True, **SHIP_TO)
    return buyer


@pytest.fixture
def lopes() -> User:
    """The seller, with one thing for sale."""
    seller = may_sign_in(make_seller("Cerâmica Lopes"))
    photo = keep_photo(owner=seller, source=BytesIO(picture_bytes(size=(1200, 900))), alt="A bowl, seen from above")
    content = ListingContent(
        category=Category.objects.create(slug="ceramics", name="Ceramics"),
        title="Speckled stoneware bowl",
        description="Thrown by hand, glazed twice.",
        price_minor=PRICE,
        shipping_minor=SHIPPING,
        handling_days=3,
        protection_days=30,
        photos=[PlacedPhoto(photo, "A bowl, seen from above")],
        variants=[VariantContent({"Glaze": "White"}, stock=2), VariantContent({"Glaze": "Green"}, stock=1)],
    )
    publish_listing(listing=create_listing(shop=seller.shop, content=content), at=clock.now())
    return seller


@pytest.fixture
def outside(sandbox: Sandbox, live_server: LiveServer, tmp_path: Path) -> Iterator[Sandbox]:
    """The provider and the carrier, whose webhooks come to us over HTTP, and a Celery worker beside us."""
    sandbox.send_webhooks_to(
        merchant=f"{live_server.url}/webhooks/provider/sandbox/", carrier=f"{live_server.url}/webhooks/carrier/sandbox/"
    )
    with on_this_database(WORKER, tmp_path / "worker", SANDBOX_URL=sandbox.url, SITE_URL=live_server.url):
        yield sandbox


def find_and_take(page: Page) -> None:
    """Search for the bowl, choose the green one and put it into the cart."""
    page.goto("/")
    look(page, "trade-home")
    page.get_by_label("Search listings").fill("ceramica bowl")
    page.get_by_label("Search listings").press("Enter")
    look(page, "trade-search")
    page.get_by_role("link", name="Speckled stoneware bowl").click()
    look(page, "trade-listing")
    page.get_by_role("radio", name="Green").check()
    press(page, "Add to cart")
    expect(page.get_by_text("is in your cart")).to_be_visible()
    look(page, "trade-cart")


def check_out(page: Page, buyer: User) -> None:
    """Sign in on the way, and place the order as it is shown."""
    press(page, "Check out")
    page.get_by_label("Email").fill(buyer.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Check out")).to_be_visible()
    look(page, "trade-checkout")
    press(page, "Place order")


def pay(page: Page, provider: Sandbox) -> None:
    """Type the good test card at the provider's page, and come back."""
    page.wait_for_url(f"{provider.url}/**")
    look(page, "trade-provider")
    page.get_by_label("Card number").fill(GOOD_CARD)
    page.get_by_label("Expiry").fill("12/39")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name").fill("Ana Souza")
    page.get_by_role("button", name="Pay $41.98").click()
    expect(page.get_by_role("heading", name="Paid, and held for you")).to_be_visible()
    look(page, "trade-paid")


def ship(page: Page, order: Order) -> None:
    """As the seller: from the queue to the order, and hand the parcel to the sandbox's carrier."""
    page.goto("/selling/")
    look(page, "trade-selling")
    page.get_by_role("link", name="Speckled stoneware bowl").first.click()
    look(page, "trade-sale")
    press(page, "Ship order")
    page.get_by_label("Carrier", exact=True).select_option(carriers.SANDBOX)
    page.get_by_label("Tracking number").fill("SB 1234 5678")
    look(page, "trade-ship")
    press(page, "Ship order")
    expect(page.get_by_text("SB12345678").first).to_be_visible()
    assert Order.objects.get().state == State.SHIPPED
    look(page, "trade-shipped")


def confirm(page: Page, order: Order) -> None:
    """As the buyer: from My Orders through the order to Confirm Receipt, tick what was checked, and confirm."""
    page.goto("/orders/")
    look(page, "trade-my-orders")
    page.get_by_role("link", name="Speckled stoneware bowl").first.click()
    expect(page.get_by_text("says the carrier").first).to_be_visible()
    look(page, "trade-order")
    press(page, "Confirm receipt")
    look(page, "trade-confirm")
    for box in page.get_by_role("checkbox").all():
        box.check()
    press(page, "Confirm and release $40.10")
    expect(page.get_by_role("heading", name="$40.10 is released to Cerâmica Lopes")).to_be_visible()
    look(page, "trade-confirmed")


def see_the_money(page: Page) -> None:
    """As the seller: on hold before, available after."""
    page.goto("/selling/money/?figure=available&currency=USD")
    expect(page.get_by_role("heading", name="Available: $40.10")).to_be_visible()
    look(page, "trade-money")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_from_search_to_released_money(
    open_page: OpenPage, outside: Sandbox, ana: User, lopes: User, width: int
) -> None:
    buying, selling = open_page(width=width), open_page(width=width)

    find_and_take(buying)
    check_out(buying, ana)
    pay(buying, outside)
    order = Order.objects.get()
    assert (order.state, order.total.amount_minor) == (State.AWAITING_SHIPMENT, PRICE + SHIPPING)

    sign_in(selling, lopes.email, PASSWORD)
    wait_for(Notice.objects.filter(user=lopes).exists)
    ship(selling, order)

    wait_for(lambda: outside.call("GET", "/v1/status")[1]["undelivered"] == 0)
    outside.scan("SB12345678")
    wait_for(lambda: ProviderEvent.objects.filter(type="parcel.delivered", problem="").exists())
    confirm(buying, order)

    see_the_money(selling)
    assert Order.objects.get().state == State.COMPLETED
    assert SellerBalance.objects.get().available_minor == PRICE + SHIPPING - FEE


def test_silence_confirms_through_the_worker_and_the_money_arrives(
    open_page: OpenPage, outside: Sandbox, ana: User
) -> None:
    seller = may_sign_in(make_seller("Cerâmica Lopes"))
    order = make_shipped_order(buyer=ana, variant=make_variant(seller), at=clock.now() - timedelta(days=31))
    selling, buying = open_page(), open_page(width=PHONE)
    sign_in(selling, seller.email, PASSWORD)
    selling.goto("/selling/money/?figure=on-hold&currency=USD")
    expect(selling.get_by_role("heading", name="On hold: $40.10")).to_be_visible()

    hints.publish("marketplace.tasks.sweep")
    wait_for(lambda: Order.objects.get().state == State.COMPLETED)

    see_the_money(selling)
    sign_in(buying, ana.email, PASSWORD)
    buying.goto(f"/orders/{order.number}/confirmed/")
    expect(buying.get_by_text("Receipt was confirmed by silence")).to_be_visible()
    look(buying, "trade-silence")
