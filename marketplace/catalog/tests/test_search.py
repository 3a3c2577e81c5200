"""Finding listings."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.accounts import actions as accounts
from marketplace.accounts.models import Shop
from marketplace.catalog import actions, search
from marketplace.catalog.actions import VariantContent
from marketplace.catalog.models import Category, Listing
from marketplace.catalog.search import CHEAPEST, DEAREST, NEWEST, RELEVANCE, Wanted
from marketplace.catalog.testing import PUBLISHED_AT, make_category, make_content, make_listing, make_shop

pytestmark = pytest.mark.django_db


def titles(wanted: Wanted, page: int = 1) -> list[str]:
    return [str(listing) for listing in search.find(wanted, page).listings]


def found(words: str) -> list[str]:
    return titles(Wanted(words=words, order=RELEVANCE))


@pytest.mark.parametrize(
    "words",
    ["Cerâmica", "ceramica", "CERÂMICA", "cerami", "ceramica azul", "azul cera", "  cerâmica,azul! ", "Cera\u0302mica"],
)
def test_accents_capitals_and_unfinished_words_do_not_matter(words: str) -> None:
    make_listing(title="Cerâmica azul")
    make_listing(title="Wooden chair", category=make_category("Chairs"))
    assert found(words) == ["Cerâmica azul"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Blue mug", "mugs"),
        ("Two mugs", "mug"),
        ("Running shoes", "shoe run"),
        ("Straße im Regen", "strasse"),
        ("Smørrebrød board", "smorrebrod"),
        ("USB-C cable 2.5 m", "usb-c 2.5"),
        ("東京 notebook", "東京"),
        ("The chair", "the chair"),
        ("The", "the"),
    ],
)
def test_a_word_is_found_by_its_stem_and_letter_for_letter(title: str, words: str) -> None:
    make_listing(title=title, description="x")
    assert found(words) == [title]


def test_every_word_must_be_there() -> None:
    make_listing(title="Blue mug")
    assert found("blue chair") == []


@pytest.mark.parametrize(
    "words", ["'); DROP TABLE x; --", "a & | ! ( :*", "\\", "%", "<->", '"', "x" * 100, "😀", "\x00blue"]
)
def test_no_words_break_the_search(client: Client, words: str) -> None:
    make_listing(title="Blue mug")
    assert client.get("/listings/", {"q": words}).status_code == 200


def test_the_title_counts_more_than_category_shop_and_description() -> None:
    make_listing(title="Vase", description="Goes well with the lamp.")
    make_listing(title="Shade", shop=make_shop(name="Lamp House"))
    make_listing(title="Bulb", category=make_category("Lamp"))
    make_listing(title="Lamp")
    assert found("lamp") == ["Lamp", "Bulb", "Shade", "Vase"]


def test_a_change_is_found_at_once_and_what_it_was_no_more() -> None:
    listing = make_listing(title="Blue mug")
    actions.change_listing(listing=listing, content=make_content(listing.shop, title="Green cup"), version_seen=1)
    assert found("green cup") == ["Green cup"]
    assert found("mug") == []


def test_a_renamed_shop_and_a_renamed_category_are_found_by_their_new_names() -> None:
    listing = make_listing(title="Vase", shop=make_shop(name="Olaria"), category=make_category("Pots"))
    accounts.change_shop(shop=listing.shop, name="Cerâmica Lopes", about="", country="PT")
    Category.objects.filter(id=listing.category_id).update(name="Vessels")
    assert (found("lopes"), found("vessel")) == (["Vase"], ["Vase"])
    assert (found("olaria"), found("pots")) == ([], [])


@pytest.mark.parametrize("state", [Shop.State.HOLIDAY, Shop.State.SUSPENDED])
def test_a_shop_that_takes_no_orders_is_not_found(state: Shop.State) -> None:
    listing = make_listing(title="Blue mug")
    Shop.objects.filter(id=listing.shop_id).update(state=state)
    assert found("mug") == []


def test_drafts_and_paused_listings_are_not_found() -> None:
    shop = make_shop()
    actions.create_listing(shop=shop, content=make_content(shop, title="Draft mug"))
    actions.pause_listing(listing=make_listing(shop=shop, title="Paused mug"))
    assert found("mug") == []


def test_sold_out_listings_are_found_and_say_so(client: Client) -> None:
    make_listing(title="Blue mug", stock=0)
    assert "Sold out" in client.get("/listings/?q=mug").content.decode()


def test_categories_and_prices_narrow_the_search() -> None:
    make_listing(title="Cheap mug", price_minor=1_000)
    make_listing(title="Dear mug", price_minor=9_000)
    make_listing(title="Chair", price_minor=5_000, category=make_category("Chairs"))
    make_listing(title="Euro mug", price_minor=5_000, shop=make_shop(currency="EUR"))
    assert titles(Wanted(category=make_category("Chairs"))) == ["Chair"]
    assert sorted(titles(Wanted(currency="USD", least_minor=2_000))) == ["Chair", "Dear mug"]
    assert titles(Wanted(currency="USD", most_minor=1_000)) == ["Cheap mug"]
    assert titles(Wanted(currency="USD", words="mug", least_minor=1_001, most_minor=9_000)) == ["Dear mug"]


def test_a_listing_fits_when_one_of_its_variants_does() -> None:
    variants = [VariantContent({"Size": "S"}, stock=1), VariantContent({"Size": "L"}, stock=1, price_minor=8_000)]
    make_listing(title="Jumper", variants=variants)
    assert titles(Wanted(currency="USD", least_minor=7_000)) == ["Jumper"]
    assert titles(Wanted(currency="USD", least_minor=8_001)) == []


def test_orders_are_by_price_within_a_currency_by_age_or_by_relevance() -> None:
    euro = make_shop(currency="EUR")
    make_listing(title="Dear", price_minor=900, at=PUBLISHED_AT.replace(day=4))
    make_listing(title="Cheap", price_minor=100, at=PUBLISHED_AT.replace(day=6))
    make_listing(title="Euro", price_minor=500, shop=euro, at=PUBLISHED_AT.replace(day=5))
    assert titles(Wanted(order=CHEAPEST)) == ["Euro", "Cheap", "Dear"]
    assert titles(Wanted(order=DEAREST)) == ["Euro", "Dear", "Cheap"]
    assert titles(Wanted(order=NEWEST)) == ["Cheap", "Euro", "Dear"]


def test_a_price_without_a_currency_or_that_is_none_is_said_and_left_out(client: Client) -> None:
    make_listing(title="Blue mug", price_minor=1_000)
    page = client.get("/listings/?least=5")
    assert "currency" in page.context["form"].errors
    page = client.get("/listings/?least=abc&currency=USD&order=sideways&category=nowhere&page=x")
    assert page.context["form"].errors.keys() == {"least", "order", "category"}
    assert "Blue mug" in page.content.decode()


def test_prices_are_read_in_the_currencys_own_decimals(client: Client) -> None:
    make_listing(title="Notebook", price_minor=2_400, shop=make_shop(currency="JPY"))
    assert "Notebook" in client.get("/listings/?least=2,400&most=2400&currency=JPY").content.decode()
    assert "Notebook" not in client.get("/listings/?least=2401&currency=JPY").content.decode()


def test_pages_hold_every_listing_once_and_end(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    shop = make_shop()
    for number in range(5):
        make_listing(shop=shop, title=f"Mug {number}")
    seen = [title for page in (1, 2, 3) for title in titles(Wanted(), page)]
    assert sorted(seen) == [f"Mug {number}" for number in range(5)]
    assert search.find(Wanted(), page=99).page == 3
    assert search.find(Wanted(), page=-1).page == 1
    page = client.get("/listings/?q=mug&page=2").content.decode()
    assert "?q=mug&amp;page=3" in page
    assert "Page 2 of 3" in page


def test_what_is_beyond_the_last_page_is_said_to_be_there(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(search, "PAGE", 1)
    monkeypatch.setattr(search, "MOST_PAGES", 2)
    for _number in range(3):
        make_listing()
    assert "More than 2 listings" in client.get("/listings/").content.decode()


def test_nothing_found_says_what_to_do(client: Client) -> None:
    assert "Nothing fits" in client.get("/listings/?q=unicorn").content.decode()


def test_a_page_takes_as_many_queries_for_twenty_listings_as_for_one(client: Client) -> None:
    shop = make_shop()
    counts = []
    for size in (1, 20):
        while Listing.objects.count() < size:
            make_listing(shop=shop, title="Blue mug")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/listings/?q=mug&category=ceramics").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5  # the category, the count, the listings, their photos, all categories


def test_words_are_found_by_the_index() -> None:
    make_listing(title="Blue mug")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "listing_search" in Listing.objects.filter(search__has_words="mug").explain()
