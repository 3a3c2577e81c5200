"""A user's addresses."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from marketplace.accounts import actions
from marketplace.accounts.actions import AddressData
from marketplace.accounts.models import Address, User
from marketplace.lib.testing import at_once

HOME: AddressData = {
    "name": "Ana Souza",
    "line1": "Rua das Flores 12",
    "line2": "",
    "city": "Porto",
    "region": "",
    "postal_code": "4050-262",
    "country": "PT",
    "phone": "",
}


def default_of(user: User) -> str:
    return user.addresses.get(is_default=True).line1


def add(user: User, line1: str) -> Address:
    data = HOME.copy()
    data["line1"] = line1
    return actions.add_address(user=user, **data)


def test_the_first_address_is_the_default_and_the_second_is_not(as_ana: Client, ana: User) -> None:
    for line1 in ("First Street", "Second Street"):
        assert as_ana.post("/account/addresses/add/", {**HOME, "line1": line1}).status_code == 302
    assert default_of(ana) == "First Street"
    page = as_ana.get("/account/addresses/").content.decode()
    assert page.count("Used by default") == 1
    assert "Portugal" in page


def test_an_address_needs_what_a_carrier_needs(as_ana: Client, ana: User) -> None:
    page = as_ana.post("/account/addresses/add/", {"country": "PT"})
    assert page.context["form"].errors.keys() == {"name", "line1", "city", "postal_code"}
    assert not ana.addresses.exists()


def test_where_there_are_no_postal_codes_none_is_asked_for(as_ana: Client, ana: User) -> None:
    as_ana.post("/account/addresses/add/", {**HOME, "country": "HK", "postal_code": ""})
    assert ana.addresses.get().country == "HK"


@pytest.mark.parametrize("country", ["EU", "ZZ", "XX", "pt", ""])
def test_only_countries_are_countries(as_ana: Client, country: str) -> None:
    page = as_ana.post("/account/addresses/add/", {**HOME, "country": country})
    assert "country" in page.context["form"].errors


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/styleguide/", "/styleguide/"),
        ("https://evil.example/", "/account/addresses/"),
        ("//evil.example", "/account/addresses/"),
    ],
)
def test_saving_leads_back_to_where_the_address_was_needed(as_ana: Client, wanted: str, place: str) -> None:
    response = as_ana.post("/account/addresses/add/", {**HOME, "next": wanted})
    assert response["Location"] == place


def test_an_address_can_be_corrected(as_ana: Client, ana: User) -> None:
    address = add(ana, "Rua das Floers 12")
    assert "Floers" in as_ana.get(f"/account/addresses/{address.id}/edit/").content.decode()
    as_ana.post(f"/account/addresses/{address.id}/edit/", HOME)
    assert ana.addresses.get().line1 == "Rua das Flores 12"


def test_another_address_can_become_the_default(as_ana: Client, ana: User) -> None:
    add(ana, "First Street")
    second = add(ana, "Second Street")
    for _click in range(2):
        as_ana.post(f"/account/addresses/{second.id}/make-default/")
        assert default_of(ana) == "Second Street"


def test_deleting_asks_first_and_the_default_passes_on(as_ana: Client, ana: User) -> None:
    first = add(ana, "First Street")
    add(ana, "Second Street")
    assert "Delete this address?" in as_ana.get(f"/account/addresses/{first.id}/delete/").content.decode()
    assert as_ana.post(f"/account/addresses/{first.id}/delete/").status_code == 302
    assert default_of(ana) == "Second Street"
    assert as_ana.post(f"/account/addresses/{first.id}/delete/").status_code == 404


@pytest.mark.parametrize("act", ["edit", "delete", "make-default"])
def test_a_strangers_address_does_not_exist(as_stranger: Client, ana: User, act: str) -> None:
    address = add(ana, "First Street")
    assert as_stranger.post(f"/account/addresses/{address.id}/{act}/", HOME).status_code == 404
    assert ana.addresses.get() == address


@pytest.mark.parametrize("path", ["/account/addresses/", "/account/addresses/add/", "/account/addresses/1/delete/"])
def test_addresses_are_for_those_signed_in(client: Client, db: None, path: str) -> None:
    assert client.get(path)["Location"].startswith("/account/login/")


def test_the_database_knows_one_default_per_user(ana: User) -> None:
    add(ana, "First Street")
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(user=ana, is_default=True, **HOME)


@pytest.mark.django_db(transaction=True)
def test_addresses_added_and_chosen_at_once_leave_one_default(ana: User) -> None:
    one, two = add(ana, "First Street"), add(ana, "Second Street")
    outcomes = at_once(
        lambda: actions.make_default_address(address=one),
        lambda: actions.make_default_address(address=two),
        lambda: add(ana, "Third Street"),
        lambda: actions.make_default_address(address=Address.objects.get(id=two.id)),
    )
    assert outcomes == [None] * 4
    assert ana.addresses.filter(is_default=True).count() == 1
