"""A seller opens a shop and puts something up, a buyer finds it; every page of theirs is sound, wide and narrow."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, expect

from marketplace.accounts.actions import add_address
from marketplace.accounts.models import Shop, User
from marketplace.catalog.actions import VariantContent, pause_listing
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.testing import make_listing, make_shop
from marketplace.media.testing import make_photo, picture_bytes
from marketplace.tests.browser import DESKTOP, PHONE, OpenPage, assert_sound, sign_in
from marketplace.tests.trade import SHIP_TO

pytestmark = pytest.mark.browser

PASSWORD = "a-long-password"
SIZES = [
    VariantContent({"Size": "S"}, stock=0),
    VariantContent({"Size": "M"}, stock=2, price_minor=2_400),
    VariantContent({"Size": "L"}, stock=9),
]


@pytest.fixture
def rita(transactional_db: None) -> User:
    """Somebody who can sign in and has no shop yet; there is one category."""
    user = User.objects.create_user("rita@example.com", PASSWORD, name="Rita Lopes")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Category.objects.create(slug="ceramics", name="Ceramics")
    return user


def open_shop(page: Page) -> None:
    page.goto("/selling/listings/")
    page.get_by_label("Shop name").fill("Olaria Rita")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_label("Country you ship from").select_option("PT")
    page.get_by_role("button", name="Open the shop").click()
    expect(page.get_by_text("Your shop is open.")).to_be_visible()


def write_listing(page: Page) -> None:
    """Forget the title at first, so that the page comes back; the photo is kept."""
    page.goto("/selling/listings/create/")
    picture = {"name": "mug.jpg", "mimeType": "image/jpeg", "buffer": picture_bytes(size=(600, 450))}
    page.get_by_label("Add a photo").first.set_input_files(picture)  # type: ignore[arg-type]
    page.get_by_label("What it shows").first.fill("A teal mug")
    page.get_by_label("Category").select_option(label="Ceramics")
    page.get_by_label("Description").fill("Thrown by hand.")
    page.get_by_label("Price", exact=True).fill("24.50")
    page.get_by_label("Shipping", exact=True).fill("5")
    page.get_by_label("Option (optional)", exact=True).fill("Colour")
    page.get_by_label("Its values").first.fill("Blue, Green")
    page.get_by_role("button", name="Show the kinds these make").click()
    page.get_by_label("Pieces of Blue").fill("3")
    page.get_by_label("Pieces of Green").fill("1")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()


@pytest.mark.parametrize(("width", "scripts"), [(DESKTOP, False), (PHONE, True)], ids=["no scripts", "phone"])
def test_a_seller_puts_up_a_listing_and_a_buyer_finds_it(
    open_page: OpenPage,
    rita: User,
    width: int,
    scripts: bool,  # noqa: FBT001
) -> None:
    page = open_page(width=width, java_script_enabled=scripts)
    sign_in(page, rita.email, PASSWORD)
    open_shop(page)
    write_listing(page)
    if scripts:
        assert_sound(page)
    page.get_by_label("Title").fill("Caneca azul")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("“Caneca azul” is on display.")).to_be_visible()

    buyer = open_page(width=width, java_script_enabled=scripts)
    buyer.goto("/")
    buyer.get_by_label("Search listings").fill("caneca")
    buyer.keyboard.press("Enter")
    buyer.get_by_role("link", name="Caneca azul").click()
    expect(buyer.get_by_role("img", name="A teal mug")).to_be_visible()
    buyer.get_by_label("Blue").check()
    buyer.get_by_role("button", name="Add to cart").click()
    expect(buyer.get_by_text("“Caneca azul” is in your cart.")).to_be_visible()


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.usefixtures("transactional_db")
def test_the_catalogs_pages_are_sound(open_page: OpenPage, width: int) -> None:
    shop = make_shop(name="A shop with quite a long name, as some have", currency="JPY")
    plain = make_listing(shop=shop, title="A title that goes on and on, as titles of things do " * 2)
    choice = make_listing(shop=shop, variants=SIZES)
    gone = make_listing(shop=shop, stock=0)
    paused = pause_listing(listing=make_listing(shop=shop))
    holiday, suspended = make_listing(), make_listing()
    Shop.objects.filter(id=holiday.shop_id).update(state=Shop.State.HOLIDAY)
    Shop.objects.filter(id=suspended.shop_id).update(state=Shop.State.SUSPENDED)
    listings = [plain, choice, gone, paused, holiday, suspended]
    addresses = [listing.get_absolute_url() for listing in listings]
    shops = [listing.shop.get_absolute_url() for listing in (plain, holiday, suspended)]
    searches = ["/listings/", "/listings/?q=mug&order=cheapest", "/listings/?q=zzz&least=x&currency=EUR"]
    page = open_page(width=width)
    for address in ["/", *searches, *addresses, *shops]:
        page.goto(address)
        assert_sound(page)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_pages_of_a_seller_are_sound(open_page: OpenPage, rita: User, width: int) -> None:
    add_address(user=rita, **SHIP_TO)
    shop = Shop.objects.create(owner=rita, name="Olaria", slug="olaria", currency="EUR", country="PT")
    listing = make_listing(shop=shop, variants=SIZES, photos=3)
    make_photo(rita)
    address = rita.addresses.get().id
    page = open_page(width=width)
    sign_in(page, rita.email, PASSWORD)
    for path in (
        "/account/profile/",
        "/account/addresses/",
        "/account/addresses/add/",
        f"/account/addresses/{address}/edit/",
        f"/account/addresses/{address}/delete/",
        "/selling/shop/",
        "/selling/shop/edit/",
        "/selling/listings/",
        "/selling/listings/?state=DRAFT",
        "/selling/listings/create/",
        f"/selling/listings/{listing.reference}/change/",
        listing.get_absolute_url(),
    ):
        page.goto(path)
        assert_sound(page)
    Shop.objects.update(state=Shop.State.SUSPENDED)
    for path in ("/selling/shop/", "/selling/listings/"):
        page.goto(path)
        assert_sound(page)
    assert Listing.objects.get().state == "PUBLISHED"
