"""How staff get in: the admin and the pages of the staff ask for a second factor where the settings say so."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest
from marketplace.accounts.staff_pages import mediators_only, operators_only
from marketplace.tests.trade import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@operators_only
def operators_page(request: SignedInRequest, number: int) -> HttpResponse:
    return HttpResponse(f"operators {number} {request.user}")


@mediators_only
def mediators_page(request: SignedInRequest) -> HttpResponse:
    return HttpResponse("mediators")


urlpatterns = [
    path("staff/operators/<int:number>/", operators_page),
    path("staff/mediators/", mediators_page),
    path("", include("marketplace.urls")),
]
OPERATORS, MEDIATORS, ADMIN = "/staff/operators/7/", "/staff/mediators/", "/admin/"


@pytest.fixture(autouse=True)
def doors(settings: Settings) -> None:
    """Two pages of the staff beside our own, second factors wanted, and no limits left from other tests."""
    settings.ROOT_URLCONF = __name__
    settings.STAFF_MFA_REQUIRED = True
    cache.clear()


@pytest.fixture
def olga() -> User:
    """An operator, who may look into the admin."""
    user = make_user("olga@example.com", "Olga")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=User.OPERATORS)[0])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def code_of(secret: str) -> str:
    """What an authenticator app shows now for the secret."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def sign_in(client: Client, user: User) -> None:
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})


def test_strangers_sign_in_first_and_come_back(client: Client) -> None:
    assert client.get(OPERATORS).headers["Location"] == f"/account/login/?next={OPERATORS}"
    assert client.get(ADMIN, follow=True).redirect_chain[-1][0] == f"/account/login/?next={ADMIN}"


def test_to_everybody_else_the_pages_of_the_staff_do_not_exist(client: Client, olga: User) -> None:
    client.force_login(make_user())
    assert client.get(OPERATORS).status_code == 404
    assert client.get(MEDIATORS).status_code == 404
    assert client.get(ADMIN, follow=True).status_code == 403
    client.force_login(olga)
    assert client.get(MEDIATORS).status_code == 404


def test_without_a_second_factor_nobody_gets_in_until_they_have_set_one_up(
    transactional_db: None, client: Client, olga: User
) -> None:
    sign_in(client, olga)
    for door in (OPERATORS, ADMIN):
        answer = client.get(door, follow=True)
        assert "/account/2fa/totp/activate/" in [url for url, _status in answer.redirect_chain]
    assert "need a second factor" in answer.content.decode()

    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/", follow=True).content.decode()
    (secret,) = re.findall(r'id="authenticator_secret"\s+value="(\w+)"', page)
    client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    answer = client.get(OPERATORS, follow=True)
    assert answer.redirect_chain[-1][0] == f"/account/2fa/reauthenticate/?next={OPERATORS}"


def test_whoever_signed_in_with_a_second_factor_is_let_in(client: Client, olga: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(olga, secret)
    sign_in(client, olga)
    assert client.get(OPERATORS).status_code == 302
    client.post("/account/2fa/authenticate/", {"code": code_of(secret)})

    assert client.get(OPERATORS).content == b"operators 7 Olga"
    assert client.get(ADMIN).status_code == 200


def test_the_second_factor_may_be_shown_later_and_leads_back(client: Client, olga: User) -> None:
    TOTP.activate(olga, generate_totp_secret())
    code = RecoveryCodes.activate(olga).get_unused_codes()[0]
    client.force_login(olga)
    shown = client.get(ADMIN, follow=True).redirect_chain[-1][0]
    assert shown.startswith("/account/2fa/reauthenticate/?next=")

    answer = client.post(shown, {"code": code}, follow=True)

    assert answer.redirect_chain[-1][0] == ADMIN
    assert answer.status_code == 200


def test_the_admin_takes_no_password_itself(client: Client, olga: User) -> None:
    rival = make_user("root@example.com")
    form = {"username": rival.email, "password": PASSWORD, "next": ADMIN}
    assert client.post("/admin/login/", form).headers["Location"] == f"/account/login/?next={ADMIN}"
    client.force_login(olga)
    client.post("/admin/login/", form)
    assert client.session["_auth_user_id"] == str(olga.pk)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/"])
def test_the_admin_leads_nowhere_else(client: Client, olga: User, settings: Settings, elsewhere: str) -> None:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(olga)
    assert client.get("/admin/login/", {"next": elsewhere}).headers["Location"] == ADMIN


def test_where_it_is_not_required_the_password_is_enough(client: Client, olga: User, settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(olga)
    assert client.get(OPERATORS).status_code == 200
    assert client.get(ADMIN).status_code == 200


def test_nobody_reads_in_the_admin_what_would_let_them_in_as_another(
    client: Client, olga: User, settings: Settings
) -> None:
    settings.STAFF_MFA_REQUIRED = False
    secret = generate_totp_secret()
    factor = TOTP.activate(olga, secret).instance
    boss = make_user()
    User.objects.filter(pk=boss.pk).update(is_staff=True, is_superuser=True)
    client.force_login(boss)
    page = client.get(f"/admin/mfa/authenticator/{factor.pk}/change/")
    assert page.status_code == 200
    assert "Olga" in page.content.decode()
    assert secret not in page.content.decode()
    assert factor.data["secret"] not in page.content.decode()
    assert client.get("/admin/mfa/authenticator/add/").status_code == 403
