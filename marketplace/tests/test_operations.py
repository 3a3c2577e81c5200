"""The operators' pages: whether all is well, from each figure to what makes it, and one thing to do."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from escrow import operations, providers
from escrow.models import Account, Payment, ProviderEvent, ProviderOperation, Transfer
from escrow.providers.imported import ImportedProvider
from marketplace.accounts.models import StaffAct, User
from marketplace.models import Sweep
from marketplace.notifications.models import OutboxEntry
from marketplace.operations import cursors, figures
from marketplace.sweeps import sweep
from marketplace.tests.payouts import make_payouts, make_refund_after
from marketplace.tests.trade import (
    AT,
    make_completed_order,
    make_history,
    make_operator,
    make_paid_order,
    make_refunded_order,
    make_seller,
    make_shipped_order,
    make_user,
    make_variant,
)
from orders.models import Order, SetAside

pytestmark = pytest.mark.django_db

Audit = Callable[[], None]
NOW = AT + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def five_past(set_clock: Callable[[datetime], None]) -> None:
    """It is five minutes after the orders were made."""
    set_clock(NOW)


@pytest.fixture
def olga(client: Client) -> User:
    """An operator, who is signed in."""
    olga = make_operator(name="Olga")
    client.force_login(olga)
    return olga


def text_of(client: Client, url: str) -> str:
    """What a page says, its white space made single."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ")


def set_aside(order: Order, *, for_good: bool = True) -> SetAside:
    return SetAside.objects.create(
        order=order,
        tries=5,
        reason="IntegrityError('no escrow account')",
        failed_at=AT,
        next_try_at=None if for_good else NOW + timedelta(minutes=4),
    )


def every_page(order: Order) -> list[str]:
    """An address of each kind of page."""
    transfer = Transfer.objects.latest("pk")
    return [
        reverse("operations"),
        reverse("operations_order", args=[order.number]),
        reverse("operations_payment", args=[order.payment.reference]),
        reverse("operations_accounts"),
        reverse("operations_account", args=[transfer.credit_account_id]),
        reverse("operations_transfer", args=[transfer.pk]),
        reverse("operations_provider"),
        reverse("operations_messages"),
    ]


def test_operators_alone_see_the_pages_and_act(client: Client, settings: Settings) -> None:
    order = make_completed_order()
    urls = every_page(order)
    retry = reverse("operations_retry_order", args=[order.number])
    for url in urls:
        assert client.get(url).headers["Location"] == f"/account/login/?next={url}"
    client.force_login(order.seller)
    assert {client.get(url).status_code for url in urls} == {404}
    assert client.post(retry).status_code == 404
    assert client.get("/").content.count(b"/operations/") == 0
    client.force_login(make_operator())
    assert {client.get(url).status_code for url in urls} == {200}
    assert client.get("/").content.count(b"/operations/") == 1
    settings.STAFF_MFA_REQUIRED = True
    assert {client.get(url).status_code for url in urls} == {302}
    assert client.post(retry).status_code == 302


def test_on_a_good_day_nothing_needs_anybody(client: Client, olga: User) -> None:
    make_history()
    Sweep.objects.create(by="worker", at=NOW - timedelta(seconds=7), counts={"auto_confirm": 3})
    ProviderOperation.objects.update(state="SUCCEEDED")

    page = text_of(client, reverse("operations"))

    assert "All is well: nothing needs you." in page
    assert "7 s ago by the worker" in page
    assert "Imbalance JPY ¥0" in page
    assert "Imbalance USD $0.00" in page
    assert "At the payment provider sandbox $251.88 $0.00 $251.88" in page
    assert "auto_confirm 3" in page


def test_a_fresh_marketplace_says_that_nothing_has_moved_and_nobody_swept(client: Client, olga: User) -> None:
    page = text_of(client, reverse("operations"))

    assert "No money has moved yet." in page
    assert "Nobody has swept yet: is a worker running?" in page


def test_what_is_not_as_it_should_be_is_said_first(client: Client, olga: User) -> None:
    overdue, aside = make_shipped_order(at=AT - timedelta(days=40)), make_shipped_order(at=AT - timedelta(days=50))
    set_aside(aside)
    make_refunded_order()
    make_refunded_order()
    ProviderOperation.objects.filter(pk=ProviderOperation.objects.latest("pk").pk).update(state="FAILED")
    ProviderOperation.objects.filter(state="RESERVED").update(state="UNKNOWN")
    OutboxEntry.objects.filter(subject_id=overdue.pk).update(tries=5)
    Sweep.objects.create(by="worker", at=NOW - timedelta(minutes=3), counts={})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE escrow_sellerbalance DISABLE TRIGGER USER")
        cursor.execute("UPDATE escrow_sellerbalance SET available_minor = available_minor + 1 WHERE account_id IN"
                       " (SELECT min(account_id) FROM escrow_sellerbalance)")  # fmt: skip

    page = text_of(client, reverse("operations"))

    alarms = page[page.index("The books are") : page.index("Overdue releases")]
    assert "The books are out of balance by -$0.01." in alarms
    assert "The last sweep was 3 minutes ago." in alarms
    assert "1 order is overdue: it was due 10 days ago." in alarms
    assert "1 call to a provider has had no answer for a while." in alarms
    assert "A provider refused 1 refund or payout." in alarms
    assert "1 order is set aside until somebody removes the cause." in alarms
    assert "3 events could not be told." in alarms
    assert "Overdue releases 1 1 overdue in all, the oldest 10 days ago" in page
    assert "All is well" not in page


def test_what_is_late_by_less_than_a_sweep_takes_alarms_nobody(client: Client, olga: User) -> None:
    order = make_shipped_order()
    set_clock_to = order.due_at
    assert set_clock_to is not None
    Sweep.objects.create(by="worker", at=set_clock_to, counts={})

    assert figures.gather(set_clock_to + timedelta(seconds=60)).overdue.orders == 1
    assert not figures.gather(set_clock_to + timedelta(seconds=60)).overdue.is_late
    assert figures.gather(set_clock_to + timedelta(seconds=91)).overdue.is_late
    assert figures.gather(set_clock_to - timedelta(seconds=1)).overdue.orders == 0


def test_without_redis_the_page_says_so_and_everything_else(client: Client, olga: User, settings: Settings) -> None:
    make_completed_order()
    assert figures.messages_waiting() is not None
    settings.REDIS_URL = "unix:///nowhere/valkey.sock?db=0"

    page = text_of(client, reverse("operations"))

    assert "Redis does not answer. Nothing is lost" in page
    assert "Imbalance USD $0.00" in page


def test_an_order_that_was_set_aside_is_tried_again_and_the_log_says_who_asked(
    client: Client, olga: User, audit: Audit
) -> None:
    order = make_shipped_order(at=AT - timedelta(days=40))
    set_aside(order)
    assert "IntegrityError(&#x27;no escrow account&#x27;) 5 times Waits for you" in text_of(client, "/operations/")
    assert sweep(NOW).get("auto_confirm") is None

    done = client.post(reverse("operations_retry_order", args=[order.number]), follow=True)

    assert f"The next sweep tries order {order.number} again." in done.content.decode()
    act = StaffAct.objects.get()
    assert (act.by, act.at, act.act, act.subject) == (olga, NOW, "retry_order", f"order {order.number}")
    assert act.facts == {"tries": 5, "reason": "IntegrityError('no escrow account')"}
    assert sweep(NOW)["auto_confirm"] == 1
    assert not SetAside.objects.exists()


def test_an_order_that_is_not_set_aside_cannot_be_tried_again(client: Client, olga: User) -> None:
    order = make_shipped_order()
    assert client.post(reverse("operations_retry_order", args=[order.number])).status_code == 404
    assert client.get(reverse("operations_retry_order", args=[order.number])).status_code == 405
    assert not StaffAct.objects.exists()


def test_from_a_figure_to_its_transfers_to_their_order_and_its_payment(
    client: Client, olga: User, audit: Audit
) -> None:
    order = make_completed_order()
    cash = Account.objects.get(kind="PROVIDER_CASH")
    assert reverse("operations_account", args=[cash.pk]) in client.get("/operations/").content.decode()

    account = client.get(reverse("operations_account", args=[cash.pk])).content.decode()
    (transfer,) = set(re.findall(r'"/operations/transfers/(\d+)/"', account))
    page = client.get(reverse("operations_transfer", args=[transfer])).content.decode()
    assert f"capture:{order.hold_id}" in page
    assert reverse("operations_order", args=[order.number]) in page

    money = text_of(client, reverse("operations_order", args=[order.number]))
    assert "Captured $41.98" in money
    assert "Released to the seller $40.10" in money
    assert "Fee $1.88" in money
    assert "Still held $0.00" in money
    assert "Released to the seller Held for orders Available to a seller" in money
    payment = text_of(client, reverse("operations_payment", args=[order.payment.reference]))
    assert order.number in payment


def test_a_refund_is_followed_to_the_provider_and_back(client: Client, olga: User) -> None:
    order = make_refunded_order()
    operation = ProviderOperation.objects.get()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "get", lambda _name: ImportedProvider())
        operations.submit_due(at=NOW)

    page = text_of(client, reverse("operations_order", args=[order.number]))
    assert "Refunded to the buyer $41.98" in page
    assert f"sandbox · {operation.key}" in page
    paid = Transfer.objects.get(kind="REFUND_PAID")
    assert order.number in text_of(client, reverse("operations_transfer", args=[paid.pk]))
    assert order.number in text_of(client, reverse("operations_provider") + "?state=SUCCEEDED")


def test_what_came_too_late_is_told_by_its_payment(client: Client, olga: User) -> None:
    make_history()
    transfer = Transfer.objects.filter(kind="LATE_CAPTURE").latest("pk")
    payment = Payment.objects.get(pk=transfer.key.removeprefix("late_capture:"))

    assert payment.reference in text_of(client, reverse("operations_transfer", args=[transfer.pk]))
    page = text_of(client, reverse("operations_payment", args=[payment.reference]))
    assert "Came too late, and went back" in page
    assert f"late_refund:{payment.pk}" in page


def test_a_sellers_account_is_found_and_shows_what_came_in(client: Client, olga: User, audit: Audit) -> None:
    seller = make_seller("Ceramica Lopes", currency="JPY")
    make_completed_order(variant=make_variant(seller))
    make_completed_order()
    listed = reverse("operations_accounts")
    page = text_of(client, f"{listed}?kind=SELLER&currency=JPY")
    assert "Ceramica Lopes JPY ¥4,010" in page
    assert "USD" not in page.split("Available")[1]
    assert "No such account" in text_of(client, f"{listed}?email=nobody@example.com")
    assert "Ceramica Lopes" in text_of(client, f"{listed}?email={seller.email}")

    account = Account.objects.get(owner=seller, kind="SELLER")
    page = text_of(client, reverse("operations_account", args=[account.pk]))
    assert "In it ¥4,010" in page
    assert "Released to the seller" in page


def test_a_payout_is_followed_from_the_sellers_account_to_the_bank(client: Client, olga: User, audit: Audit) -> None:
    payouts = make_payouts()
    account = Account.objects.get(kind="SELLER")
    page = client.get(reverse("operations_account", args=[account.pk])).content.decode()
    for payout in payouts.values():
        assert reverse("operations_payout", args=[payout.reference]) in page
    returned = text_of(client, reverse("operations_payout", args=[payouts["RETURNED"].reference]))
    assert "Payout returned by the bank At the payment provider Available to a seller" in returned
    assert f"sandbox · payout:{payouts['RETURNED'].pk}" in returned
    flight = Account.objects.get(kind="PAYOUTS_IN_FLIGHT")
    assert payouts["PAID"].reference in text_of(client, reverse("operations_account", args=[flight.pk]))
    transfer = Transfer.objects.get(kind="PAYOUT_PAID", key=f"payout_paid:{payouts['PAID'].pk}")
    assert payouts["PAID"].reference in text_of(client, reverse("operations_transfer", args=[transfer.pk]))
    assert payouts["SUBMITTED"].reference in text_of(client, reverse("operations_provider") + "?state=PENDING")


def test_a_refund_after_completion_is_part_of_its_orders_money(client: Client, olga: User, audit: Audit) -> None:
    order = make_completed_order()
    assert order.hold is not None
    make_refund_after(order.hold)

    page = text_of(client, reverse("operations_order", args=[order.number]))
    assert "Refunded after completion Available to a seller On its way back to buyers" in page
    assert "Advanced for a refund, owed by the seller Owed by a seller On its way back to buyers" in page
    owed = text_of(client, reverse("operations_accounts") + "?kind=SELLER_OWES&currency=USD")
    assert "Owed by a seller" in owed
    assert "$1.88" in owed
    account = Account.objects.get(kind="SELLER_OWES")
    assert order.number in text_of(client, reverse("operations_account", args=[account.pk]))
    assert "$1.88" in text_of(client, reverse("operations"))


def test_operations_are_listed_by_what_is_known_of_them_the_unknown_first(client: Client, olga: User) -> None:
    make_refunded_order()
    ProviderOperation.objects.update(state="UNKNOWN", last_error="no answer to POST /v1/refunds")
    page = text_of(client, reverse("operations_provider"))
    assert "no answer to POST /v1/refunds" in page
    assert page.index("Sent, outcome unknown 1") < page.index("Refused by the provider 0")
    assert "Nothing here" in text_of(client, reverse("operations_provider") + "?state=FAILED")
    assert "no answer" in text_of(client, reverse("operations_provider") + "?state=nonsense")


def test_messages_that_had_no_effect_are_listed_with_the_reason(client: Client, olga: User) -> None:
    ProviderEvent.objects.create(
        provider="sandbox", event_id="evt_1", type="odd.news", payload={}, received_at=AT, problem="nobody knows it"
    )
    assert "odd.news evt_1 sandbox" in text_of(client, reverse("operations_messages"))
    assert "1 message had no effect" in text_of(client, reverse("operations"))


def test_lists_are_read_page_by_page_both_ways(client: Client, olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "PAGE", 2)
    ProviderEvent.objects.bulk_create(
        ProviderEvent(
            provider="p", event_id=f"evt_{number}", type="t", payload={}, received_at=AT, problem=f"problem {number}."
        )
        for number in range(1, 6)
    )
    url, seen = reverse("operations_messages"), []
    for way in ("next", "next", "prev", "prev"):
        page = client.get(url).content.decode()
        seen.append(re.findall(r"problem (\d)\.", page))
        (on,) = re.findall(rf'rel="{way}" href="([^"]+)"', page)
        url = reverse("operations_messages") + on.replace("&amp;", "&")
    seen.append(re.findall(r"problem (\d)\.", client.get(url).content.decode()))
    assert seen == [["5", "4"], ["3", "2"], ["1"], ["3", "2"], ["5", "4"]]
    for nonsense in ("?before=x", "?after=-1", "?before=" + "9" * 30, "?before=٣"):
        assert "problem 5." in client.get(reverse("operations_messages") + nonsense).content.decode()


def test_every_page_takes_as_many_queries_whatever_there_is(
    client: Client, olga: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    order = make_refunded_order()
    set_aside(make_shipped_order())
    counts: list[list[int]] = []
    for _ in range(2):
        counts.append([])
        for url in every_page(order):
            with django_assert_max_num_queries(30) as asked:
                client.get(url)
            counts[-1].append(len(asked))
        make_history()
        for _ in range(3):
            set_aside(make_paid_order(buyer=make_user()))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15
