"""A listing's page, and a shop's."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import Shop, User
from marketplace.catalog import actions
from marketplace.catalog.actions import VariantContent
from marketplace.catalog.models import Listing, Variant
from marketplace.catalog.testing import make_content, make_listing, make_shop

pytestmark = pytest.mark.django_db

SIZES = [
    VariantContent({"Size": "S"}, stock=9),
    VariantContent({"Size": "M"}, stock=2, price_minor=2_400),
    VariantContent({"Size": "L"}, stock=0),
]


def page_of(listing: Listing, client: Client | None = None) -> str:
    response = (client or Client()).get(listing.get_absolute_url())
    assert response.status_code == 200
    return str(response.content.decode())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_listing_says_what_it_is_what_it_costs_and_what_protects_the_buyer() -> None:
    page = page_of(make_listing(handling_days=5, protection_days=45, photos=2))
    for words in (
        "Blue mug",
        "Thrown by hand, glazed twice.",
        "$20.00",
        "plus $5.00 shipping",
        "Photo 1",
        "Photo 2",
        "Your money is held until you confirm",
        "Shipped within 5 days, or you are refunded in full.",
        "You have 45 days from shipping",
        "Only 3 left",
        "Add to cart",
    ):
        assert words in page


def test_free_shipping_is_said_so() -> None:
    assert "Shipping is free" in page_of(make_listing(shipping_minor=0))


def test_of_several_kinds_one_is_chosen_and_what_is_gone_cannot_be() -> None:
    listing = make_listing(variants=SIZES)
    page = page_of(listing)
    sold_out = Variant.objects.get(listing=listing, options={"Size": "L"})
    assert page.count('type="radio"') == 3
    assert page.count("disabled") == 1
    assert f'value="{sold_out.id}"' in page
    assert "from" in page
    assert "$24.00" in page
    assert "2 left" in page
    assert "9 left" not in page


def test_kinds_that_are_switched_off_are_not_offered() -> None:
    listing = make_listing(variants=SIZES)
    actions.change_listing(listing=listing, content=make_content(listing.shop, variants=SIZES[:2]), version_seen=1)
    assert page_of(listing).count('type="radio"') == 2


def test_a_description_is_text_and_nothing_else() -> None:
    page = page_of(make_listing(title="<b>Mug</b>", description="<script>alert(1)</script>"))
    assert "<script>alert" not in page
    assert "<b>Mug" not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda listing: Listing.objects.filter(id=listing.id).update(state="PAUSED"), "The seller has paused"),
        (lambda _listing: Shop.objects.update(state="HOLIDAY"), "The shop is on holiday"),
        (lambda _listing: Shop.objects.update(state="SUSPENDED"), "This shop is suspended"),
        (lambda _listing: Variant.objects.update(stock=0), "Sold out"),
    ],
    ids=["paused", "holiday", "suspended", "sold out"],
)
def test_what_cannot_be_bought_says_why_and_has_no_button(change: object, words: str) -> None:
    listing = make_listing()
    assert callable(change)
    change(listing)
    page = page_of(listing)
    assert words in page
    assert "Add to cart" not in page


def test_nobody_buys_from_themselves() -> None:
    listing = make_listing()
    page = page_of(listing, signed_in(listing.shop.owner))
    assert "This is your own listing" in page
    assert "Add to cart" not in page


def test_a_draft_is_seen_by_its_seller_alone() -> None:
    shop = make_shop()
    draft = actions.create_listing(shop=shop, content=make_content(shop))
    assert "This is a draft" in page_of(draft, signed_in(shop.owner))
    for client in (Client(), signed_in(make_shop().owner)):
        assert client.get(draft.get_absolute_url()).status_code == 404


def test_a_listing_that_never_was_is_not_found(client: Client) -> None:
    assert client.get("/listings/NOSUCHTHING/").status_code == 404


def test_a_listing_takes_the_same_queries_however_much_there_is_of_it() -> None:
    shop = make_shop()
    small = make_listing(shop=shop)
    with CaptureQueriesContext(connection) as few:
        page_of(small)
    variants = [VariantContent({"Size": str(size)}, stock=1) for size in range(12)]
    large = make_listing(shop=shop, photos=6, variants=variants)
    for _number in range(5):
        make_listing(shop=shop)
    with CaptureQueriesContext(connection) as many:
        page_of(large)
    # the listing, its variants, its photos, more of the shop with their photos
    assert len(few) <= len(many) <= 5


def test_a_shop_shows_what_it_sells_newest_first() -> None:
    shop = make_shop(name="Cerâmica Lopes", currency="EUR")
    make_listing(shop=shop, title="Blue mug")
    make_listing(title="Not of this shop")
    page = Client().get("/shops/ceramica-lopes/").content.decode()
    for words in ("Cerâmica Lopes", "Portugal", "prices in EUR", "Blue mug"):
        assert words in page
    assert "Not of this shop" not in page


@pytest.mark.parametrize(
    ("state", "says", "shows"), [("HOLIDAY", "on holiday", True), ("SUSPENDED", "This shop is suspended", False)]
)
def test_a_shop_that_takes_no_orders_says_so(state: str, says: str, shows: bool) -> None:  # noqa: FBT001
    shop = make_shop(name="Olaria")
    make_listing(shop=shop)
    Shop.objects.update(state=state)
    page = Client().get("/shops/olaria/").content.decode()
    assert says in page
    assert ("Blue mug" in page) is shows


@pytest.mark.parametrize("path", ["/shops/olaria/", "/selling/listings/"])
def test_a_list_of_twenty_takes_as_many_queries_as_one_of_one(path: str) -> None:
    shop = make_shop(name="Olaria")
    client = signed_in(shop.owner)
    counts = []
    for size in (1, 20):
        while Listing.objects.count() < size:
            make_listing(shop=shop, variants=SIZES)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_empty_shop_says_so(client: Client) -> None:
    make_shop(name="Olaria")
    assert "Nothing on display yet" in client.get("/shops/olaria/").content.decode()


def test_a_shop_that_never_was_is_not_found(client: Client) -> None:
    assert client.get("/shops/nowhere/").status_code == 404


def test_the_front_page_shows_the_shelves_and_the_newest_that_can_be_had(client: Client) -> None:
    shop = make_shop()
    make_listing(shop=shop, title="Blue mug")
    make_listing(shop=shop, title="Gone mug", stock=0)
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/").content.decode()
    assert "Blue mug" in page
    assert "Gone mug" not in page
    assert "/listings/?category=ceramics" in page
    assert "Your money waits until your parcel is right." in page
    assert len(queries) == 3


def test_the_front_page_of_an_empty_marketplace_still_promises(client: Client) -> None:
    assert "How buying works" in client.get("/").content.decode()


@pytest.mark.parametrize(
    "address", ["/listings/A%00B/", "/shops/a%00b/", "/listings/%ff%fe/", f"/listings/{'A' * 300}/"]
)
def test_there_is_nothing_at_an_address_that_is_none(address: str) -> None:
    assert Client().get(address).status_code == 404
