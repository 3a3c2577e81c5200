"""Opening a shop, changing it, and going on holiday."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from marketplace.accounts import actions
from marketplace.accounts.models import Shop, User
from marketplace.lib.testing import at_once

SHOP = {"name": "Cerâmica Lopes", "about": "By hand.", "currency": "EUR", "country": "PT"}


def open_shop(owner: User, name: str = "Cerâmica Lopes") -> Shop:
    return actions.open_shop(owner=owner, name=name, about="", currency="EUR", country="PT")


def test_a_shop_is_opened_and_a_second_click_finds_it_open(as_ana: Client, ana: User) -> None:
    assert as_ana.get("/selling/shop/")["Location"] == "/selling/shop/open/"
    for _click in range(2):
        assert as_ana.post("/selling/shop/open/", SHOP)["Location"] == "/selling/shop/"
    shop = Shop.objects.get(owner=ana)
    assert (shop.name, shop.slug, shop.currency, shop.state) == ("Cerâmica Lopes", "ceramica-lopes", "EUR", "OPEN")
    assert "Cerâmica Lopes" in as_ana.get("/selling/shop/").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 81), ("currency", "XXX"), ("country", "ZZ"), ("about", "x" * 2001)],
)
def test_what_cannot_be_is_refused_and_the_rest_is_kept(as_ana: Client, field: str, value: str) -> None:
    page = as_ana.post("/selling/shop/open/", {**SHOP, field: value})
    assert page.context["form"].errors.keys() == {field}
    assert not Shop.objects.exists()


@pytest.mark.parametrize("name", ["Cerâmica Lopes", "CERÂMICA LOPES", " Cerâmica Lopes "])
def test_no_two_shops_have_one_name(as_ana: Client, stranger: User, name: str) -> None:
    open_shop(stranger)
    page = as_ana.post("/selling/shop/open/", {**SHOP, "name": name})
    assert page.context["form"].errors.keys() == {"name"}


def test_names_that_differ_in_accents_alone_have_addresses_that_differ(ana: User, stranger: User) -> None:
    assert open_shop(ana, "Cerâmica Lopes").slug == "ceramica-lopes"
    assert open_shop(stranger, "Ceramica Lopes").slug.startswith("ceramica-lopes-")


def test_a_name_without_latin_letters_has_an_address_too(ana: User) -> None:
    assert open_shop(ana, "東京陶器").slug.startswith("shop-")


def test_a_shop_is_changed_and_keeps_its_address_and_currency(as_ana: Client, ana: User) -> None:
    open_shop(ana)
    assert "Cerâmica Lopes" in as_ana.get("/selling/shop/edit/").content.decode()
    as_ana.post("/selling/shop/edit/", {"name": "Olaria Lopes", "about": "", "country": "ES", "currency": "USD"})
    shop = Shop.objects.get()
    assert (shop.name, shop.slug, shop.country, shop.currency) == ("Olaria Lopes", "ceramica-lopes", "ES", "EUR")


def test_a_shop_cannot_take_anothers_name_later_either(as_ana: Client, ana: User, stranger: User) -> None:
    open_shop(stranger, "Olaria")
    shop = open_shop(ana)
    page = as_ana.post("/selling/shop/edit/", {"name": "olaria", "about": "", "country": "ES"})
    assert page.context["form"].errors.keys() == {"name"}
    with pytest.raises(actions.ShopNameTakenError):
        actions.change_shop(shop=shop, name="olaria", about="", country="ES")


def test_a_holiday_begins_and_ends_and_beginning_twice_is_beginning_once(as_ana: Client, ana: User) -> None:
    open_shop(ana)
    for _click in range(2):
        as_ana.post("/selling/shop/start-holiday/")
        assert Shop.objects.get().state == Shop.State.HOLIDAY
    assert "on holiday" in as_ana.get("/selling/shop/").content.decode()
    as_ana.post("/selling/shop/end-holiday/")
    assert Shop.objects.get().state == Shop.State.OPEN


@pytest.mark.parametrize("act", ["start-holiday", "end-holiday"])
def test_a_suspended_shop_cannot_open_itself_by_way_of_a_holiday(as_ana: Client, ana: User, act: str) -> None:
    open_shop(ana)
    Shop.objects.update(state=Shop.State.SUSPENDED)
    page = as_ana.post(f"/selling/shop/{act}/", follow=True).content.decode()
    assert "suspended" in page
    assert Shop.objects.get().state == Shop.State.SUSPENDED


@pytest.mark.parametrize("path", ["edit", "start-holiday", "end-holiday"])
def test_without_a_shop_there_is_nothing_to_change(as_ana: Client, path: str) -> None:
    assert as_ana.post(f"/selling/shop/{path}/", SHOP).status_code == 404


@pytest.mark.parametrize("path", ["", "open/", "edit/"])
def test_shop_pages_are_for_those_signed_in(client: Client, db: None, path: str) -> None:
    assert client.get(f"/selling/shop/{path}")["Location"].startswith("/account/login/")


def test_the_database_refuses_two_shops_of_one_name_and_a_currency_that_is_none(ana: User, stranger: User) -> None:
    open_shop(ana)
    for fields in ({"name": "CERÂMICA LOPES", "currency": "EUR"}, {"name": "Other", "currency": "eur"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Shop.objects.create(owner=stranger, slug="other", country="PT", **fields)


@pytest.mark.django_db(transaction=True)
def test_a_person_who_clicks_five_times_has_one_shop(ana: User) -> None:
    outcomes = at_once(*[lambda: open_shop(ana)] * 5)
    assert outcomes.count(None) == 1
    assert {type(outcome) for outcome in outcomes if outcome} <= {
        actions.AlreadyHasShopError,
        actions.ShopNameTakenError,
    }
    assert Shop.objects.count() == 1
