"""Every page that needs no order looks right and is accessible, wide and narrow, light and dark."""

import re

import pytest
from allauth.account.models import EmailAddress

from marketplace.accounts.models import User
from marketplace.catalog.testing import make_listing, make_shop
from marketplace.media.models import Photo
from marketplace.media.testing import make_photo
from marketplace.tests.browser import DESKTOP, PHONE, OpenPage, assert_sound, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.urls("marketplace.tests.urls_with_styleguide")]

PUBLIC = [
    "/",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/password/reset/key/1-nothing/",
    "/account/password/reset/key/done/",
    "/account/confirm-email/",
    "/account/confirm-email/nothing/",
    "/account/inactive/",
    "/styleguide/",
    "/styleguide/?errors",
    "/styleguide/?messages",
    "/styleguide/errors/400/",
    "/styleguide/errors/403/",
    "/styleguide/errors/403_csrf/",
    "/styleguide/errors/404/",
    "/styleguide/errors/409/",
    "/styleguide/errors/500/",
    "/styleguide/errors/503/",
]
SIGNED_IN = ["/account/email/", "/account/password/change/", "/account/2fa/", "/account/logout/"]


@pytest.fixture
def ana(transactional_db: None) -> User:
    user = User.objects.create_user("ana@example.com", "a-long-password", name="Ana Souza")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_public_pages_are_sound(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    for path in PUBLIC:
        page.goto(path)
        assert_sound(page)


def test_the_dark_look_is_sound_too(open_page: OpenPage) -> None:
    page = open_page(scheme="dark")
    for path in ["/", "/account/login/", "/styleguide/", "/styleguide/?errors", "/styleguide/?messages"]:
        page.goto(path)
        assert_sound(page)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_account_pages_are_sound(open_page: OpenPage, ana: User, width: int) -> None:
    page = open_page(width=width)
    sign_in(page, ana.email, "a-long-password")
    for path in SIGNED_IN:
        page.goto(path)
        assert_sound(page)
    page.goto("/account/2fa/totp/activate/")
    assert_sound(page)
    page.goto("/")
    page.locator("summary").click()
    assert_sound(page)


def test_words_without_an_end_make_no_page_scroll_sideways(open_page: OpenPage, transactional_db: None) -> None:
    shop = make_shop(name="W" * 60)
    listing = make_listing(shop=shop, title="W" * 120, description="w" * 500)
    kept = make_photo(shop.owner)
    Photo.objects.update(file=kept.file.name, thumbnail=kept.thumbnail.name)
    page = open_page(width=PHONE)
    for path in ["/", "/listings/", listing.get_absolute_url(), f"/shops/{shop.slug}/"]:
        page.goto(path)
        assert_sound(page)


def test_a_refused_form_takes_the_focus_to_what_is_wrong(open_page: OpenPage, ana: User) -> None:
    for java_script in (True, False):
        page = open_page(java_script_enabled=java_script)
        page.goto("/account/login/")
        page.get_by_label("Email").fill(ana.email)
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_selector(".error-summary")
        if java_script:  # without it Playwright cannot ask which element has the focus
            assert page.evaluate("document.activeElement.className") == "error-summary"


def test_the_menu_closes_on_escape_and_gives_the_focus_back(open_page: OpenPage, ana: User) -> None:
    page = open_page()
    sign_in(page, ana.email, "a-long-password")
    page.locator("summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_chosen_look_is_remembered_and_the_server_says_so(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/account/login/")
    page.locator("[data-theme-toggle]").click()
    assert page.locator("html[data-bs-theme=dark]").count() == 1
    page.goto("/account/signup/")
    assert 'data-bs-theme="dark"' in page.request.get("/").text()
    assert page.locator("html[data-bs-theme=dark]").count() == 1
    page.locator("[data-theme-toggle]").click()
    assert page.locator("html[data-bs-theme=light]").count() == 1


def test_a_deadline_counts_by_the_servers_clock_and_is_announced_when_it_passes(open_page: OpenPage) -> None:
    page = open_page()
    page.clock.install()
    page.goto("/styleguide/")
    deadline = page.locator("[data-left]").nth(1)
    assert deadline.inner_text() == "in 1 day 7 hours"
    page.clock.fast_forward("07:10:00")
    assert re.fullmatch(r"in 23 hours \d+ minutes", deadline.inner_text())
    assert "Your turn to confirm receipt: in 23 hours" in page.locator("#announcements").inner_text()
    page.clock.fast_forward("24:00:00")
    assert re.fullmatch(r"\d+ minutes ago", deadline.inner_text())
    assert page.locator("#announcements").inner_text().strip().endswith("ago")
