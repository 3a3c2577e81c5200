"""My Orders: tabs with counts, search, and pages by cursor."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from marketplace.accounts.models import User
from marketplace.tests.trade import (
    AT,
    make_completed_order,
    make_paid_order,
    make_placed_order,
    make_seller,
    make_shipped_order,
    make_user,
    make_variant,
)
from orders import actions
from orders.models import Order
from orders.pages import lists, paging

pytestmark = pytest.mark.django_db

MY_ORDERS = reverse("orders:my_orders")


@pytest.fixture
def buyer(client: Client) -> User:
    """A buyer, signed in."""
    user = make_user(name="Ana Souza")
    client.force_login(user)
    return user


def numbers(client: Client, address: str = "") -> list[str]:
    """The orders that the page shows, in its order."""
    return shown(client.get(MY_ORDERS + address).content.decode())


def shown(page: str) -> list[str]:
    return re.findall(r"Order ([0-9A-Z]{10})\b", page)


def counts(client: Client) -> dict[str, str]:
    page = client.get(MY_ORDERS).content.decode()
    tabs = re.findall(r'<a class="tab"[^>]*>\s*([^<]*?)\s*<span class="tab-count">([^<]*)</span>', page)
    return dict(tabs)


def make_orders(buyer: User, how_many: int) -> list[Order]:
    seller = make_seller()
    variant = make_variant(seller, stock=1000)
    return [make_paid_order(buyer=buyer, variant=variant) for _ in range(how_many)]


def test_a_visitor_signs_in_first(client: Client) -> None:
    assert client.get(MY_ORDERS).headers["Location"] == f"{reverse('account_login')}?next={MY_ORDERS}"


def test_a_newcomer_is_told_what_will_be_here(client: Client, buyer: User) -> None:
    page = client.get(MY_ORDERS).content.decode()

    assert "No orders yet" in page
    assert counts(client) == {"All": "0", "To pay": "0", "To ship": "0", "Shipped": "0", "Closed": "0"}


def test_each_tab_shows_and_counts_its_states_only(client: Client, buyer: User) -> None:
    unpaid, paid = make_placed_order(buyer=buyer), make_paid_order(buyer=buyer)
    asked, shipped, done = (
        make_paid_order(buyer=buyer),
        make_shipped_order(buyer=buyer),
        make_completed_order(buyer=buyer),
    )
    actions.request_cancellation(orders=[asked.pk], by=buyer, at=AT)

    assert counts(client) == {"All": "5", "To pay": "1", "To ship": "2", "Shipped": "1", "Closed": "1"}
    assert numbers(client, "?tab=to-pay") == [unpaid.number]
    assert numbers(client, "?tab=to-ship") == [asked.number, paid.number]
    assert numbers(client, "?tab=shipped") == [shipped.number]
    assert numbers(client, "?tab=closed") == [done.number]
    assert len(numbers(client)) == 5


def test_other_peoples_orders_are_not_shown(client: Client, buyer: User) -> None:
    mine, _theirs = make_paid_order(buyer=buyer), make_paid_order()

    assert numbers(client) == [mine.number]
    assert counts(client)["All"] == "1"


def test_many_closed_orders_are_counted_no_further_than_needed(
    client: Client, buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 2)
    variant = make_variant()
    for _ in range(3):
        make_completed_order(buyer=buyer, variant=variant)
    make_paid_order(buyer=buyer)

    assert counts(client) == {"All": "2+", "To pay": "0", "To ship": "1", "Shipped": "0", "Closed": "2+"}


def test_search_finds_by_number_title_and_seller(client: Client, buyer: User) -> None:
    first = make_paid_order(buyer=buyer, variant=make_variant(make_seller("Cerâmica Lopes")))
    second = make_paid_order(buyer=buyer)
    title = second.lines.get().version.title

    assert numbers(client, f"?q={first.number[:5].lower()}-{first.number[5:].lower()}") == [first.number]
    assert numbers(client, f"?q={title.upper()}") == [second.number]
    assert numbers(client, "?q=cerâmica") == [first.number]
    assert numbers(client, "?q=cerâmica&tab=closed") == []
    assert "No order fits" in client.get(MY_ORDERS + "?q=nothing").content.decode()


def test_a_percent_sign_is_no_wildcard(client: Client, buyer: User) -> None:
    make_paid_order(buyer=buyer)

    assert numbers(client, "?q=%25") == []


@pytest.mark.parametrize(
    "nonsense", ["?q=%00", "?before=%00", "?after='", "?tab=%00", "?before=NOTHING", "?q=" + "x" * 500]
)
def test_nonsense_in_the_address_is_no_error(client: Client, buyer: User, nonsense: str) -> None:
    make_paid_order(buyer=buyer)

    assert client.get(MY_ORDERS + nonsense).status_code == 200


def test_pages_lead_older_and_back_without_gap_or_repetition(
    client: Client, buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    placed = [order.number for order in make_orders(buyer, 5)]
    newest_first = placed[::-1]

    def link(page: str, rel: str) -> str:
        found = re.search(rf'rel="{rel}"\s+href="([^"]*)"', page)
        return found[1].replace("&amp;", "&") if found else ""

    first = client.get(MY_ORDERS).content.decode()
    second = client.get(MY_ORDERS + link(first, "next")).content.decode()
    third = client.get(MY_ORDERS + link(second, "next")).content.decode()
    second_again = client.get(MY_ORDERS + link(third, "prev")).content.decode()
    first_again = client.get(MY_ORDERS + link(second_again, "prev")).content.decode()

    assert shown(first) == shown(first_again) == newest_first[:2]
    assert shown(second) == shown(second_again) == newest_first[2:4]
    assert shown(third) == newest_first[4:]
    assert link(first, "prev") == link(first_again, "prev") == link(third, "next") == ""


def test_a_card_says_what_happens_next(client: Client, buyer: User, set_clock: Callable[[datetime], None]) -> None:
    order = make_shipped_order(buyer=buyer)
    set_clock(AT + timedelta(days=28))
    page = client.get(MY_ORDERS).content.decode()

    assert "Your turn: confirm receipt" in page
    assert "receipt is confirmed automatically" in page
    assert reverse("orders:confirm_receipt", args=[order.number]) in page
    assert reverse("orders:extend_protection", args=[order.number]) in page


def test_twenty_orders_take_as_many_queries_as_one(
    client: Client, buyer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_orders(buyer, 1)
    client.get(MY_ORDERS)
    with CaptureQueriesContext(connection) as one:
        client.get(MY_ORDERS)
    make_orders(buyer, 19)

    with django_assert_num_queries(len(one)):
        assert len(numbers(client)) == 20
    assert len(one) <= 12
