"""A real browser for tests, and what every page must hold in it: no axe violation, no sideways scrolling, no error.

The fixtures `chromium` and `open_page` are exposed by `marketplace.testing`; where there is no Chromium the tests that
ask for them are skipped and say so.
"""

import os
import shutil
from collections.abc import Callable, Generator
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

PHONE, DESKTOP = 360, 1280
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OpenPage = Callable[..., Page]


def chromium_path() -> str:
    """The browser's path: $CHROMIUM, or the `chromium` of this machine; empty where there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or ""


def launch() -> Generator[Browser, None, None]:
    """Run one browser for as long as the fixture lives.

    Playwright's own loop runs in this thread meanwhile, so Django must be told that the ORM may be used all the same.
    """
    if not chromium_path():
        pytest.skip("There is no Chromium here: install it, or name one in CHROMIUM.")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def opener(browser: Browser, base_url: str) -> Generator[OpenPage, None, None]:
    """Yield a function that opens a page of the site in a context of its own: `open_page(width=360, scheme="dark")`.

    Further keyword arguments are Playwright's (`java_script_enabled=False`). What the console complains about is kept
    in the page's `complaints`, which `assert_sound` reads.
    """
    contexts = []

    def open_page(*, width: int = DESKTOP, scheme: str = "light", **options: object) -> Page:
        context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        complaints: list[str] = []

        def note(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
                complaints.append(message.text)

        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.complaints = complaints  # type: ignore[attr-defined]
        return page

    yield open_page
    for context in contexts:
        context.close()


def assert_sound(page: Page) -> None:
    """Assert what holds on every page: axe finds nothing, nothing scrolls sideways, the console is quiet."""
    axe = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
    page.evaluate(axe)
    found = page.evaluate(f"axe.run({{runOnly: {RULES}}})")
    violations = [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]} ({rule['help']})"
        for rule in found["violations"]
    ]
    assert violations == [], page.url
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert beyond <= 0, f"{page.url} scrolls sideways by {beyond} pixels"
    assert page.complaints == [], page.url  # type: ignore[attr-defined]


def look(page: Page, name: str) -> None:
    """Assert what holds on every page; where SCREENSHOTS names a folder, keep a picture for people to look at."""
    assert_sound(page)
    if folder := os.environ.get("SCREENSHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def press(page: Page, name: str) -> None:
    """Press the button or link of that name; on phones it may stand in the bar at the foot instead of in the page."""
    page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).locator("visible=true").first.click()


def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in through the form, as a person does."""
    page.goto("/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
