"""The demo's people, shops and listings."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from marketplace.accounts.models import Shop, User
from marketplace.catalog.models import Category, Listing, ListingVersionPhoto, Variant
from marketplace.demo import reading
from marketplace.demo.drawings.sheet import Sheet
from marketplace.demo.goods import make_goods
from marketplace.demo.illustrate import DRAWINGS, pictures_of
from marketplace.demo.people import PASSWORD, make_cast
from marketplace.lib import clock

LISTINGS = [listing for shop in reading.shops() for listing in shop.listings]


@pytest.mark.django_db
def test_the_demo_has_a_dozen_shops_and_more_than_sixty_listings_on_eight_shelves(client: Client) -> None:
    buyers = make_cast()
    make_goods(at=clock.now())
    assert Shop.objects.count() >= 12
    assert Listing.objects.filter(state=Listing.State.PUBLISHED).count() >= 64
    assert Category.objects.filter(listings__isnull=False).distinct().count() == 8
    assert set(Shop.objects.values_list("currency", flat=True)) == {"USD", "EUR", "GBP", "JPY", "BRL"}
    assert set(Shop.objects.values_list("state", flat=True)) == {"OPEN", "HOLIDAY"}
    assert Variant.objects.filter(stock=0).exists()
    assert ListingVersionPhoto.objects.filter(position=0).count() == Listing.objects.count()
    assert all(buyer.addresses.filter(is_default=True).exists() for buyer in buyers)
    assert "Cerâmica Lopes" in client.get("/listings/?q=ceramica").content.decode()


@pytest.mark.django_db
def test_everybody_of_the_cast_can_sign_in(client: Client) -> None:
    make_cast()
    for email in ("buyer@example.com", "mediator3@example.com", "operator2@example.com"):
        response = client.post("/account/login/", {"login": email, "password": PASSWORD})
        assert (response.status_code, response["Location"]) == (302, "/")
        client.logout()
    roles = [User.objects.filter(groups__name=name).count() for name in (User.MEDIATORS, User.OPERATORS)]
    assert roles == [3, 2]
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.mark.django_db
def test_the_demo_is_not_made_where_somebody_lives_already() -> None:
    User.objects.create_user("ana@example.com", name="Ana")
    with pytest.raises(CommandError, match="empty"):
        call_command("seed_demo")


def test_names_are_given_once() -> None:
    assert len({listing.name for listing in LISTINGS}) == len(LISTINGS)
    assert len({listing.title for listing in LISTINGS}) == len(LISTINGS)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
def test_every_listing_is_whole_and_has_been_drawn(listing: reading.DemoListing) -> None:
    assert len(listing.stock) == len(listing.combinations)
    assert len(listing.prices) in {0, len(listing.stock)}
    assert listing.alt
    assert len(pictures_of(listing)) == len(listing.pictures)
    for path in listing.pictures:
        with Image.open(path) as picture:
            assert picture.size == (1000, 750)


def test_every_drawing_is_used() -> None:
    assert {listing.picture[0] for listing in LISTINGS} == DRAWINGS.keys()


def test_no_picture_is_kept_that_nobody_shows() -> None:
    shown = {path for listing in LISTINGS for path in listing.pictures}
    assert set(reading.PICTURES.glob("*")) == shown
    assert sum(path.stat().st_size for path in shown) < 3_000_000


def test_a_sheet_without_anything_on_it_is_a_picture_too() -> None:
    assert Sheet("#ffffff").svg().startswith("<svg")
