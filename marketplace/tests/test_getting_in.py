"""Signing up, in, out, getting a new password and a second factor: allauth's flows through our own pages and mails."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client

from marketplace.accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password"
Mails = list[EmailMessage]


@pytest.fixture(autouse=True)
def no_limits_from_other_tests() -> None:
    """The limits on attempts are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def ana() -> User:
    user = User.objects.create_user("ana@example.com", PASSWORD, name="Ana Souza")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def link_in(mail: EmailMessage) -> str:
    """The path of the one link of a mail."""
    (link,) = re.findall(r"https?://[^/\s]+(/\S+)", str(mail.body))
    return str(link)


def test_a_new_account_works_once_its_address_is_confirmed(client: Client, mailoutbox: Mails) -> None:
    form = {"email": "rui@example.com", "name": "Rui Lopes", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post("/account/signup/", form, follow=True)
    assert "We sent you a link" in page.content.decode()
    (mail,) = mailoutbox
    assert mail.subject == "Confirm your e-mail address"
    assert "rui@example.com" in client.get(link_in(mail)).content.decode()
    client.post(link_in(mail))
    client.post("/account/login/", {"login": "rui@example.com", "password": PASSWORD})
    assert "Menu of Rui Lopes" in client.get("/").content.decode()


def test_nobody_learns_whether_an_address_has_an_account(client: Client, ana: User, mailoutbox: Mails) -> None:
    form = {"name": "Eve", "password1": PASSWORD, "password2": PASSWORD}
    known = client.post("/account/signup/", form | {"email": ana.email}, follow=True)
    new = client.post("/account/signup/", form | {"email": "new@example.com"}, follow=True)
    assert known.redirect_chain == new.redirect_chain
    assert "has one already" in str(mailoutbox[0].body)
    asked = [
        client.post("/account/password/reset/", {"email": email}, follow=True).content
        for email in (ana.email, "nobody@example.com")
    ]
    assert [b"a link to choose a new password is on its way" in page for page in asked] == [True, True]


def test_a_forgotten_password_is_replaced_through_the_mail_and_the_link_works_once(
    client: Client, ana: User, mailoutbox: Mails
) -> None:
    client.post("/account/password/reset/", {"email": ana.email})
    (mail,) = mailoutbox
    assert mail.subject == "Choose a new password"
    page = client.get(link_in(mail), follow=True)
    assert "Choose a new password" in page.content.decode()
    form_url = page.redirect_chain[-1][0]
    done = client.post(form_url, {"password1": "another-long-one", "password2": "another-long-one"}, follow=True)
    assert "Your password is changed" in done.content.decode()
    assert "reset your password at once" in str(mailoutbox[1].body)
    assert "no longer works" in Client().get(link_in(mail), follow=True).content.decode()
    client.post("/account/login/", {"login": ana.email, "password": "another-long-one"})
    assert "Menu of Ana Souza" in client.get("/").content.decode()


def test_a_wrong_password_is_refused_and_the_form_says_so(client: Client, ana: User) -> None:
    page = client.post("/account/login/", {"login": ana.email, "password": "wrong"})
    assert page.status_code == 200
    assert "There is a problem" in page.content.decode()


def test_signing_out_is_a_click_that_sends_a_form(client: Client, ana: User) -> None:
    client.force_login(ana)
    assert "Sign out?" in client.get("/account/logout/").content.decode()
    assert "Menu of" in client.get("/").content.decode()
    client.post("/account/logout/")
    assert "Menu of" not in client.get("/").content.decode()


def current_code(secret: str) -> str:
    """What an authenticator app shows now for the secret."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def test_a_second_factor_is_asked_for_once_it_is_set_up(
    transactional_db: None, client: Client, ana: User, mailoutbox: Mails
) -> None:
    client.post("/account/login/", {"login": ana.email, "password": PASSWORD})
    assert "Is it you?" in client.get("/account/2fa/totp/activate/", follow=True).content.decode()
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/", follow=True).content.decode()
    (secret,) = re.findall(r'id="authenticator_secret"\s+value="(\w+)"', page)
    codes = client.post("/account/2fa/totp/activate/", {"code": current_code(secret)}, follow=True)
    recovery = re.findall(r"<code>(\d+)</code>", codes.content.decode())
    assert len(recovery) == 10
    assert "This was changed in your Holdfast account:" in str(mailoutbox[0].body)
    index = client.get("/account/2fa/").content.decode()
    assert "Turn it off" in index
    assert "10 are left" in index
    assert "stop working at once" in client.get("/account/2fa/recovery-codes/generate/").content.decode()
    assert "Keep it on" in client.get("/account/2fa/totp/deactivate/").content.decode()

    other = Client()
    asked = other.post("/account/login/", {"login": ana.email, "password": PASSWORD}, follow=True)
    assert "Enter your code" in asked.content.decode()
    assert "Menu of" not in other.get("/").content.decode()
    other.post("/account/2fa/authenticate/", {"code": recovery[0]})
    assert "Menu of Ana Souza" in other.get("/").content.decode()


def test_a_second_address_is_used_only_once_it_is_confirmed(client: Client, ana: User, mailoutbox: Mails) -> None:
    client.post("/account/login/", {"login": ana.email, "password": PASSWORD})
    assert "Make it the primary one" not in client.get("/account/email/").content.decode()  # there is no other
    client.post("/account/email/", {"email": "ana@work.example", "action_add": ""})
    page = client.get("/account/email/").content.decode()
    assert "Not confirmed yet" in page
    client.post(link_in(mailoutbox[0]))
    client.post("/account/email/", {"email": "ana@work.example", "action_primary": ""})
    assert EmailAddress.objects.get(user=ana, primary=True).email == "ana@work.example"
