"""Confirm Receipt, page by page: what it says before, what the click does, and what every second click shows."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from escrow.models import Transfer
from marketplace.tests.trade import (
    AT,
    fresh,
    make_completed_order,
    make_paid_order,
    make_seller,
    make_shipped_order,
    make_user,
    make_variant,
)
from orders import actions
from orders.lifecycle import State
from orders.models import Order

pytestmark = pytest.mark.django_db


def page_of(order: Order) -> str:
    return reverse("orders:confirm_receipt", args=[order.number])


def result_of(order: Order) -> str:
    return reverse("orders:confirmed", args=[order.number])


def test_the_page_says_what_is_confirmed_what_it_releases_and_what_it_ends(client: Client) -> None:
    order = make_shipped_order(variant=make_variant(make_seller("Ceramica Lopes")))
    client.force_login(order.buyer)

    page = client.get(page_of(order)).content.decode()
    assert order.lines.get().version.title in page
    assert "Thrown by hand." in page
    assert "Goes to Ceramica Lopes" in page
    assert "Confirm and release $40.10" in page
    assert "$1.88" in page
    assert "This ends your protection" in page
    assert f"{reverse('help_buyers')}#something-is-wrong" in page
    assert "no dispute can be opened" in page
    assert page.count('type="checkbox"') == page.count(" required>") == 3


def test_looking_at_the_page_changes_nothing(client: Client) -> None:
    order = make_shipped_order()
    client.force_login(order.buyer)
    client.get(page_of(order))

    assert fresh(order).state == State.SHIPPED


def test_the_click_releases_the_money_and_the_result_shows_the_sums(client: Client, audit: Callable[[], None]) -> None:
    order = make_shipped_order(variant=make_variant(make_seller("Ceramica Lopes")))
    client.force_login(order.buyer)

    answer = client.post(page_of(order), {"opened": "yes", "tested": "yes", "compared": "yes"}, follow=True)

    assert answer.redirect_chain == [(result_of(order), 302)]
    page = answer.content.decode()
    assert "$40.10 is released to Ceramica Lopes" in page
    assert "$1.88" in page
    assert "$41.98" in page
    assert fresh(order).state == State.COMPLETED


def test_the_ticks_are_a_reminder_and_no_second_rule(client: Client) -> None:
    order = make_shipped_order()
    client.force_login(order.buyer)

    client.post(page_of(order))

    assert fresh(order).state == State.COMPLETED


def test_a_second_tab_shows_the_same_result_and_releases_nothing_more(client: Client) -> None:
    order = make_shipped_order()
    client.force_login(order.buyer)
    client.post(page_of(order))
    transfers = Transfer.objects.count()

    again = client.post(page_of(order))

    assert (again.status_code, again.headers["Location"]) == (302, result_of(order))
    assert client.get(page_of(order)).headers["Location"] == result_of(order)
    assert Transfer.objects.count() == transfers


def test_a_click_after_silence_has_confirmed_shows_that_result(client: Client) -> None:
    order = make_shipped_order()
    actions.auto_confirm(orders=[order.pk], at=AT + timedelta(days=31))
    client.force_login(order.buyer)

    answer = client.post(page_of(order), follow=True)

    assert answer.redirect_chain == [(result_of(order), 302)]
    assert "confirmed by silence" in answer.content.decode()


def test_an_order_that_cannot_be_confirmed_says_how_it_stands(client: Client) -> None:
    order = make_paid_order()
    client.force_login(order.buyer)

    for answer in (client.get(page_of(order)), client.post(page_of(order))):
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "the order is now “To ship”" in page
        assert reverse("orders:request_cancellation", args=[order.number]) in page
    assert fresh(order).state == State.AWAITING_SHIPMENT


def test_nobody_but_the_buyer_can_confirm(client: Client) -> None:
    order = make_shipped_order()

    assert client.post(page_of(order)).status_code == 302
    for person in (make_user(), order.seller):
        client.force_login(person)
        assert client.get(page_of(order)).status_code == 404
        assert client.post(page_of(order)).status_code == 404
    assert fresh(order).state == State.SHIPPED


def test_the_result_of_an_open_order_is_the_order_itself(client: Client) -> None:
    order = make_shipped_order()
    client.force_login(order.buyer)

    assert client.get(result_of(order)).headers["Location"] == order.get_absolute_url()


def test_the_seller_sees_the_result_too_and_a_stranger_does_not(client: Client) -> None:
    order = make_completed_order()
    client.force_login(order.seller)
    assert f"{order.buyer} confirmed receipt" in client.get(result_of(order)).content.decode()
    client.force_login(make_user())
    assert client.get(result_of(order)).status_code == 404


def test_the_click_asks_the_database_little(client: Client, set_clock: Callable[[datetime], None]) -> None:
    order = make_shipped_order()
    client.force_login(order.buyer)
    set_clock(AT)

    with CaptureQueriesContext(connection) as asked:
        client.post(page_of(order))
    assert len(asked) <= 8, [query["sql"][:80] for query in asked]
