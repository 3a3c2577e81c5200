"""Every step tells those it concerns, in their own words, time and money; and what is pointless is not said."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail as outgoing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import notices
from marketplace.accounts.models import Address
from marketplace.lib import hints
from marketplace.notifications import mail, outbox
from marketplace.notifications.models import Email, Notice, OutboxEntry
from marketplace.tests.trade import (
    AT,
    SHIP_TO,
    fresh,
    make_completed_order,
    make_paid_order,
    make_placed_order,
    make_seller,
    make_shipped_order,
    make_user,
    make_variant,
)
from orders import actions
from orders.actions import Parcel
from orders.lifecycle import STATUSES, STEPS, Party, State
from orders.models import Order, Shipment
from orders.sweep import REMINDED_STEP

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def take_step(name: str) -> Order:
    """An order of one buyer with one seller that has just taken this step, a day after it began."""
    return _TAKES[name]()


def _paid(action: Callable[..., object], **more: object) -> Order:
    order = make_paid_order()
    action(orders=[order.pk], by=order.seller, at=AT + DAY, **more)
    return fresh(order)


def _asked(action: Callable[..., object] | None = None, party: str = "seller") -> Order:
    order = make_paid_order()
    actions.request_cancellation(orders=[order.pk], by=order.buyer, at=AT + DAY, reason="Found <another>")
    if action:
        action(orders=[order.pk], by=getattr(order, party), at=AT + DAY)
    return fresh(order)


def _shipped(change: Callable[[Order], object]) -> Order:
    order = make_shipped_order()
    change(order)
    return fresh(order)


def _silent(order: Order) -> Order:
    assert order.due_at is not None
    silence = STATUSES[State(order.state)].silence
    assert silence is not None
    getattr(actions, silence)(orders=[order.pk], at=order.due_at)
    return fresh(order)


def _new_address(order: Order) -> Order:
    address = Address(user=order.buyer, **{**SHIP_TO, "city": "Braga"})
    actions.change_address(orders=[order.pk], by=order.buyer, at=AT + DAY, address=address)
    return fresh(order)


def _with_parcel(order: Order, action: str) -> object:
    parcel = Parcel("UPS", "1Z999")
    if action == "add_parcel":
        return actions.add_parcel(order=order.pk, by=order.seller, at=AT + DAY, parcel=parcel)
    shipment = Shipment.objects.get(order=order)
    return actions.correct_tracking(shipment=shipment, by=order.seller, at=AT + DAY, parcel=parcel)


def _delivered(order: Order) -> object:
    shipment = Shipment.objects.get(order=order)
    return actions.report_delivery(delivered_at={shipment.pk: AT + DAY}, at=AT + DAY)


def _placed_then_cancelled() -> Order:
    order = make_placed_order()
    actions.cancel(orders=[order.pk], by=order.buyer, at=AT + DAY)
    return fresh(order)


_TAKES: dict[str, Callable[[], Order]] = {
    "place": make_placed_order,
    "pay": make_paid_order,
    "cancel": _placed_then_cancelled,
    "expire": lambda: _silent(make_placed_order()),
    "change_address": lambda: _new_address(make_paid_order()),
    "ship": make_shipped_order,
    "cancel_sale": lambda: _paid(actions.cancel_sale),
    "cancel_unshipped": lambda: _silent(make_paid_order()),
    "request_cancellation": _asked,
    "accept_cancellation": lambda: _asked(actions.accept_cancellation),
    "decline_cancellation": lambda: _asked(actions.decline_cancellation),
    "withdraw_cancellation": lambda: _asked(actions.withdraw_cancellation, "buyer"),
    "cancel_unanswered": lambda: _silent(_asked()),
    "correct_tracking": lambda: _shipped(lambda order: _with_parcel(order, "correct_tracking")),
    "add_parcel": lambda: _shipped(lambda order: _with_parcel(order, "add_parcel")),
    "report_delivery": lambda: _shipped(_delivered),
    "extend_protection": lambda: _shipped(
        lambda order: actions.extend_protection(orders=[order.pk], by=order.buyer, at=AT + 29 * DAY)
    ),
    "grant_extension": lambda: _shipped(
        lambda order: actions.grant_extension(orders=[order.pk], by=order.seller, at=AT + DAY, days=3)
    ),
    "confirm_receipt": make_completed_order,
    "auto_confirm": lambda: _silent(make_shipped_order()),
}


def remind(topic: str, order: Order, seq: int = 1) -> None:
    """Queue a reminder as the sweep does."""
    OutboxEntry.objects.create(topic=topic, subject_id=order.pk, seq=seq, created_at=AT + DAY)


def test_every_step_tells_somebody_or_is_silent_with_a_reason() -> None:
    reminders = {f"orders.remind_{step}" for step in REMINDED_STEP.values()}

    assert {f"orders.{step}" for step in STEPS} | reminders == set(notices.TELLS) | set(notices.SILENT)
    assert not set(notices.TELLS) & set(notices.SILENT)
    assert set(notices.REMINDS) == reminders


@pytest.mark.parametrize("name", STEPS)
def test_a_step_tells_the_parties_of_the_table_and_nobody_else(name: str) -> None:
    order = take_step(name)
    OutboxEntry.objects.exclude(topic=f"orders.{name}").delete()
    at = OutboxEntry.objects.get().created_at

    assert outbox.tell(notices.compose, at=at)["failed"] == 0

    people = {Party.BUYER: order.buyer, Party.SELLER: order.seller}
    expected = {people[party] for party in notices.TELLS.get(f"orders.{name}", ())}
    assert {notice.user for notice in Notice.objects.all()} == expected
    assert {email.user for email in Email.objects.all()} == expected
    for email in Email.objects.all():
        _assert_reads_well(email, order)


@pytest.mark.parametrize("topic", notices.REMINDS)
def test_a_reminder_tells_who_loses_by_silence(topic: str) -> None:
    order = make_paid_order() if topic == "orders.remind_ship" else make_shipped_order()
    OutboxEntry.objects.all().delete()
    remind(topic, order)

    outbox.tell(notices.compose, at=AT + DAY)

    email = Email.objects.get()
    assert email.user == (order.seller if topic == "orders.remind_ship" else order.buyer)
    assert "If nobody acts by then," in email.text
    _assert_reads_well(email, order)


def _assert_reads_well(email: Email, order: Order) -> None:
    """No gaps where a value should be, the same words in both parts, and the order's own page."""
    assert email.subject.strip()
    assert "\n" not in email.subject
    bare = re.sub(r"https?://\S+", "", email.text)
    for text in (bare, email.subject):
        assert not re.search(r"\(\)|“”| ,| \.|  |None|\{\{|\{%", text), text
    assert f"{settings.SITE_URL}/orders/{order.number}/" in email.text
    assert f"{settings.SITE_URL}/orders/{order.number}/" in email.html
    words = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", email.html, flags=re.DOTALL)).split()
    said = email.text.partition("\n\n")[2].split("\n\n")[0].split()
    assert " ".join(said) in " ".join(words)
    open_state = STATUSES[State(order.state)].silence is not None
    assert ("If nobody acts by then," in " ".join(email.text.split())) == open_state


def test_a_deadline_is_said_in_the_readers_zone_with_what_silence_does_and_the_page_where_to_act() -> None:
    order = make_shipped_order()
    order.buyer.time_zone = "America/New_York"
    order.buyer.save()
    remind("orders.remind_confirm_receipt", order)
    outbox.tell(notices.compose, at=AT)

    email = Email.objects.get(topic="orders.remind_confirm_receipt")

    text = " ".join(email.text.split())
    assert "You have until Wed, Apr 1, 8:00 AM (EDT)." in text
    assert "If nobody acts by then, receipt is confirmed automatically and the money goes to the seller." in text
    assert f"{settings.SITE_URL}/orders/{order.number}/confirm-receipt/" in text


def test_who_is_not_to_act_is_told_who_is() -> None:
    order = make_paid_order(variant=make_variant(make_seller("Ceramica Lopes")))
    outbox.tell(notices.compose, at=AT)

    email = Email.objects.get(topic="orders.pay", user=order.buyer)

    assert "Ceramica Lopes has until Mon, Mar 9, 12:00 PM (UTC)." in " ".join(email.text.split())


def test_a_completed_order_tells_both_the_sums() -> None:
    order = make_completed_order()
    outbox.tell(notices.compose, at=AT)

    to_seller = Email.objects.get(topic="orders.confirm_receipt", user=order.seller)
    to_buyer = Email.objects.get(topic="orders.confirm_receipt", user=order.buyer)

    assert to_seller.subject.startswith("$40.10 is yours: Bowl")
    assert "the total of $41.98 less our fee of $1.88." in " ".join(to_seller.text.split())
    assert "$40.10 goes to Shop" in " ".join(to_buyer.text.split())


def test_money_is_written_in_the_orders_currency() -> None:
    make_paid_order(variant=make_variant(make_seller(currency="JPY"), price_minor=4000))
    outbox.tell(notices.compose, at=AT)

    assert "¥4,198" in Notice.objects.get(title__startswith="Paid").body


def test_what_happened_to_an_order_that_has_moved_on_asks_nobody_to_act() -> None:
    order = _asked(actions.withdraw_cancellation, "buyer")
    outbox.tell(notices.compose, at=AT + DAY)

    email = Email.objects.get(topic="orders.request_cancellation")

    assert "If nobody acts" not in email.text
    assert "You may accept" not in email.text
    assert Notice.objects.get(topic="orders.request_cancellation").body == "This has been settled since."
    assert fresh(order).state == State.AWAITING_SHIPMENT


def test_a_name_with_markup_is_text_in_both_parts() -> None:
    seller = make_seller("<b>Best & Co</b>")
    order = make_shipped_order(variant=make_variant(seller))
    outbox.tell(notices.compose, at=AT)

    email = Email.objects.get(topic="orders.ship", user=order.buyer)

    assert "<b>Best & Co</b> has shipped" in email.text
    assert "&lt;b&gt;Best &amp; Co&lt;/b&gt; has shipped" in email.html


def test_the_sellers_email_does_not_show_the_buyers_address_where_no_name_is_known() -> None:
    buyer = make_user("secret@example.com")
    buyer.name = ""
    buyer.save()
    order = make_paid_order(buyer=buyer)
    outbox.tell(notices.compose, at=AT)

    email = Email.objects.get(user=order.seller)

    assert "The buyer has bought" in email.text
    assert "secret@example.com" not in email.text + email.html


def test_the_seller_does_not_hear_of_an_order_before_it_is_paid() -> None:
    _new_address(make_placed_order())
    outbox.tell(notices.compose, at=AT + DAY)

    assert not Notice.objects.exists()


def test_a_reminder_that_has_become_pointless_is_not_written() -> None:
    done, over = make_completed_order(), make_shipped_order()
    OutboxEntry.objects.all().delete()
    remind("orders.remind_confirm_receipt", done)
    remind("orders.remind_confirm_receipt", over)
    assert over.due_at is not None

    assert outbox.tell(notices.compose, at=over.due_at)["told"] == 2

    assert not Notice.objects.exists()


def test_a_reminder_that_becomes_pointless_while_it_waits_is_not_sent() -> None:
    orders = [make_shipped_order(), make_shipped_order()]
    OutboxEntry.objects.all().delete()
    for order in orders:
        remind("orders.remind_confirm_receipt", order)
    outbox.tell(notices.compose, at=AT + DAY)
    actions.confirm_receipt(orders=[orders[0].pk], by=orders[0].buyer, at=AT + DAY)

    assert mail.send_due(at=AT + DAY, pointless=notices.pointless) == {"sent": 1, "pointless": 1}

    assert [message.to for message in outgoing.outbox] == [[orders[1].buyer.email]]


def test_two_reminders_of_one_order_are_two_notices() -> None:
    order = make_shipped_order()
    OutboxEntry.objects.all().delete()
    remind("orders.remind_confirm_receipt", order, seq=1)
    remind("orders.remind_confirm_receipt", order, seq=2)

    outbox.tell(notices.compose, at=AT + DAY)

    assert Notice.objects.count() == 2


def test_old_history_is_shown_in_the_app_and_not_sent_by_email() -> None:
    make_paid_order()
    outbox.tell(notices.compose, at=AT + 8 * DAY)

    assert Notice.objects.count() == 2
    assert not Email.objects.exists()


def test_a_topic_that_nobody_composes_is_left_to_operators() -> None:
    OutboxEntry.objects.create(topic="weather.rain", subject_id=1, seq=1, created_at=AT)

    assert outbox.tell(notices.compose, at=AT)["failed"] == 1
    assert OutboxEntry.objects.get().last_error == "KeyError('weather')"


def test_composing_takes_the_same_number_of_queries_for_any_number_of_orders() -> None:
    numbers = []
    for size in (1, 5):
        OutboxEntry.objects.all().delete()
        for _ in range(size):
            make_completed_order()
        with CaptureQueriesContext(connection) as queries:
            assert outbox.tell(notices.compose, at=AT)["failed"] == 0
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]


@pytest.mark.django_db(transaction=True)
def test_a_persons_step_hints_at_its_news_and_a_step_of_silence_leaves_them_to_its_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hinted: list[str] = []
    monkeypatch.setattr(hints, "soon", hinted.append)
    order = make_shipped_order()
    assert hinted == [hints.TELL] * 3
    hinted.clear()

    _silent(order)

    assert hinted == []
