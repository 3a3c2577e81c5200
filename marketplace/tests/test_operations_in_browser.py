"""The operators' pages in a real browser, wide and narrow, with and without scripts."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from playwright.sync_api import Page

from escrow.models import Account, ProviderEvent, ProviderOperation, Transfer
from marketplace.models import Sweep
from marketplace.tests.browser import DESKTOP, PHONE, OpenPage, assert_sound, sign_in
from marketplace.tests.trade import AT, PASSWORD, make_history, make_operator, make_shipped_order
from orders.models import Order, SetAside

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def aside() -> Order:
    """A marketplace with something of everything, and an order that is set aside."""
    make_history()
    order = make_shipped_order(at=AT)
    SetAside.objects.create(order=order, tries=5, reason="IntegrityError('no account')", failed_at=AT, next_try_at=None)
    ProviderOperation.objects.update(state="UNKNOWN", last_error="no answer to POST /v1/refunds: timed out")
    ProviderEvent.objects.create(
        provider="sandbox", event_id="evt_1", type="odd.news", payload={}, received_at=AT, problem="nobody knows it"
    )
    Sweep.objects.create(by="worker", at=AT, counts={"auto_confirm": 3, "folded": 12, "operations": 7})
    return order


def as_operator(page: Page) -> Page:
    """The page, signed in as an operator."""
    olga = make_operator("olga@example.com", "Olga")
    EmailAddress.objects.create(user=olga, email=olga.email, verified=True, primary=True)
    sign_in(page, olga.email, PASSWORD)
    return page


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_operators_pages_are_sound(open_page: OpenPage, aside: Order, width: int) -> None:
    page = as_operator(open_page(width=width))
    transfer = Transfer.objects.filter(kind="LATE_CAPTURE").latest("pk")
    for path in (
        reverse("operations"),
        reverse("operations_order", args=[aside.number]),
        reverse("operations_payment", args=[aside.payment.reference]),
        reverse("operations_accounts"),
        reverse("operations_account", args=[Account.objects.filter(kind="SELLER").latest("pk").pk]),
        reverse("operations_account", args=[Account.objects.filter(kind="PROVIDER_CASH").latest("pk").pk]),
        reverse("operations_transfer", args=[transfer.pk]),
        reverse("operations_provider"),
        reverse("operations_messages"),
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        assert page.url.endswith(path)
        assert_sound(page)


@pytest.mark.parametrize("java_script", [True, False])
def test_an_operator_walks_from_a_figure_to_an_order_and_has_one_tried_again(
    open_page: OpenPage,
    aside: Order,
    java_script: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    page = as_operator(open_page(java_script_enabled=java_script))
    page.goto("/")
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Operations", exact=True).click()
    page.get_by_role("row", name="Our commission").first.get_by_role("link").click()
    page.get_by_role("row", name="Fee").first.get_by_role("link").first.click()
    page.get_by_role("main").locator("a[href^='/operations/orders/']").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Money of order")
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name=f"Try again {aside.number}").click()
    page.wait_for_selector(f"text=The next sweep tries order {aside.number} again.")
    assert SetAside.objects.get().tries == 0
