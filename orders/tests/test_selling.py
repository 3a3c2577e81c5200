"""What a seller sees: the queue by deadline, the sales, and money whose figures are the sums of their rows."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from escrow.models import Account, SellerBalance
from marketplace.accounts.models import User
from marketplace.lib.money import Money, total
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
from orders.pages import earnings, paging
from orders.views import selling as views

pytestmark = pytest.mark.django_db

SELLING, SALES, MONEY = reverse("orders:selling"), reverse("orders:sales"), reverse("orders:money")


@pytest.fixture
def seller(client: Client) -> User:
    """A seller, signed in."""
    user = make_seller("Ceramica Lopes")
    client.force_login(user)
    return user


def cards(client: Client, address: str) -> list[str]:
    return re.findall(r"Order ([0-9A-Z]{10})\b", client.get(address).content.decode())


@pytest.mark.parametrize("address", [SELLING, SALES, MONEY])
def test_visitors_sign_in_first(client: Client, address: str) -> None:
    assert client.get(address).headers["Location"] == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize("address", [SELLING, MONEY])
def test_who_has_no_shop_is_led_to_one(client: Client, address: str) -> None:
    client.force_login(make_user())

    assert reverse("accounts:open_shop") in client.get(address).content.decode()


def test_the_queue_holds_what_is_to_ship_or_to_answer_the_most_urgent_first(client: Client, seller: User) -> None:
    slow = make_paid_order(variant=make_variant(seller, handling_days=15))
    quick = make_paid_order(variant=make_variant(seller, handling_days=3))
    asked = make_paid_order(variant=make_variant(seller))
    actions.request_cancellation(orders=[asked.pk], by=asked.buyer, at=AT)
    make_placed_order(variant=make_variant(seller))
    make_shipped_order(variant=make_variant(seller))
    make_paid_order()

    assert cards(client, SELLING) == [asked.number, quick.number, slow.number]


def test_a_long_queue_goes_on(client: Client, seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PAGE", 2)
    variant = make_variant(seller)
    numbers = [make_paid_order(variant=variant).number for _ in range(3)]

    assert cards(client, SELLING) == numbers[:2]
    assert f"?after={numbers[1]}" in client.get(SELLING).content.decode()
    assert cards(client, f"{SELLING}?after={numbers[1]}") == numbers[2:]
    assert cards(client, f"{SELLING}?after=%00NONSENSE") == numbers[:2]


def test_an_empty_queue_says_so(client: Client, seller: User) -> None:
    assert "Nothing to ship" in client.get(SELLING).content.decode()


def test_sales_are_found_by_buyer(client: Client, seller: User) -> None:
    order = make_paid_order(variant=make_variant(seller), buyer=make_user(name="Émile Zola"))
    make_paid_order(variant=make_variant(seller))

    assert cards(client, f"{SALES}?{urlencode({'q': 'émile'})}") == [order.number]
    assert len(cards(client, SALES)) == 2
    assert cards(client, f"{SALES}?tab=closed") == []


def rows(seller: User, figure: str, currency: str) -> list[earnings.Earning]:
    return earnings.earnings(
        paging.page_of(earnings.orders_of(seller, figure, currency), paging.Wanted.read({})).orders
    )


def make_a_bit_of_everything(seller: User) -> list[Order]:
    variant = make_variant(seller, stock=100)
    asked = make_paid_order(variant=variant, quantity=3)
    actions.request_cancellation(orders=[asked.pk], by=asked.buyer, at=AT)
    cancelled = make_paid_order(variant=variant)
    actions.cancel_sale(orders=[cancelled.pk], by=seller, at=AT)
    silent = make_shipped_order(variant=variant)
    actions.auto_confirm(orders=[silent.pk], at=AT + timedelta(days=31))
    return [
        make_placed_order(variant=variant), make_paid_order(variant=variant, quantity=2), asked,
        make_shipped_order(variant=variant), cancelled, silent, make_completed_order(variant=variant, quantity=4),
    ]  # fmt: skip


def test_every_figure_is_the_sum_of_its_rows(seller: User) -> None:
    make_a_bit_of_everything(seller)
    (purse,) = earnings.purses(seller, "USD")

    held, available = rows(seller, earnings.HELD, "USD"), rows(seller, earnings.AVAILABLE, "USD")
    assert (len(held), len(available)) == (3, 2)
    assert purse.orders_held == len(held)
    assert purse.held == total((row.net for row in held), "USD")
    assert purse.held_gross == total((row.gross for row in held), "USD")
    assert purse.held_fee == total((row.fee for row in held), "USD")
    assert purse.available == total((row.net for row in available), "USD")
    assert all(row.gross - row.fee == row.net for row in held + available)


def test_the_figures_are_those_of_the_books(seller: User) -> None:
    make_a_bit_of_everything(seller)
    (purse,) = earnings.purses(seller, "USD")

    account = Account.objects.get(owner=seller)
    holds = [hold for hold in account.holds.all() if hold.state == "HELD"]
    assert purse.available.amount_minor == SellerBalance.objects.get(account=account).available_minor
    assert purse.held_gross.amount_minor == sum(hold.amount_minor for hold in holds)


def test_the_page_shows_gross_fee_net_and_when(client: Client, seller: User) -> None:
    order = make_shipped_order(variant=make_variant(seller))
    done = make_completed_order(variant=make_variant(seller))
    page = client.get(f"{MONEY}?figure=on-hold&currency=USD").content.decode()

    assert order.number in page
    assert done.number not in page
    assert all(sum_ in page for sum_ in ("$41.98", "$1.88", "$40.10"))
    assert "Yours when the buyer confirms, and at the latest:" in page
    page = client.get(f"{MONEY}?figure=available&currency=USD").content.decode()
    assert done.number in page
    assert order.number not in page
    assert "Released" in page


def test_currencies_stand_side_by_side_and_are_never_added_up(client: Client, seller: User) -> None:
    make_completed_order(variant=make_variant(seller))
    seller.shop.currency = "JPY"
    seller.shop.save()
    make_completed_order(variant=make_variant(seller, price_minor=1500, shipping_minor=0))

    yen, dollars = earnings.purses(seller, "JPY")
    assert (yen.available, dollars.available) == (Money(1433, "JPY"), Money(4010, "USD"))
    page = client.get(f"{MONEY}?figure=available&currency=USD").content.decode()
    assert "¥1,433" in page
    assert "$40.10" in page
    assert client.get(f"{MONEY}?currency=XXX&figure=nothing&before=%00").status_code == 200


def test_rows_are_paged(client: Client, seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    variant = make_variant(seller)
    oldest, *_newer = (make_completed_order(variant=variant).number for _ in range(3))

    first = client.get(f"{MONEY}?figure=available").content.decode()
    assert oldest not in first
    older = re.search(r'rel="next"\s+href="([^"]*)"', first)
    assert older
    assert oldest in client.get(MONEY + older[1].replace("&amp;", "&")).content.decode()


@pytest.mark.parametrize("address", [SELLING, SALES, MONEY, f"{MONEY}?figure=available"])
def test_ten_orders_take_as_many_queries_as_one(
    client: Client, seller: User, address: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def make() -> None:
        make_paid_order(variant=make_variant(seller))
        make_completed_order(variant=make_variant(seller))

    make()
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _ in range(9):
        make()

    with django_assert_num_queries(len(one)):
        client.get(address)
    assert len(one) <= 14
