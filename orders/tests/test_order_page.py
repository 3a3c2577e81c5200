"""The order page: the five answers, the ways on, the money and the history, for buyer and seller alike."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from escrow.models import ProviderOperation
from marketplace.accounts.models import User
from marketplace.tests.trade import (
    AT,
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
from orders.lifecycle import OPEN_STATES, STATUSES, STEPS, Party, State
from orders.models import Order
from orders.pages import glance
from orders.pages.money import money_box
from orders.pages.progress import ICONS, OTHER_ICON, stepper, timeline

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]


def read(client: Client, reader: User, order: Order) -> str:
    client.force_login(reader)
    answer = client.get(order.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def test_strangers_and_visitors_learn_nothing(client: Client) -> None:
    order = make_shipped_order()

    assert client.get(order.get_absolute_url()).status_code == 302
    client.force_login(make_user())
    assert client.get(order.get_absolute_url()).status_code == 404


def test_a_number_typed_small_finds_its_order(client: Client) -> None:
    order = make_shipped_order()
    client.force_login(order.buyer)

    assert client.get(f"/orders/{order.number.lower()}/").status_code == 200


def test_both_sides_read_state_turn_deadline_outcome_and_money(client: Client, set_clock: SetClock) -> None:
    order = make_shipped_order(variant=make_variant(make_seller("Ceramica Lopes")))
    set_clock(AT + timedelta(days=1))
    for reader, turn in ((order.buyer, "Your turn: confirm receipt"), (order.seller, "to confirm receipt")):
        page = read(client, reader, order)
        assert "Shipped" in page
        assert turn in page
        assert '<time class="deadline-at" datetime="2026-04-01T12:00:00+00:00">' in page
        assert "Receipt is confirmed automatically and the money goes to the seller" in page
        assert "Then $40.10 goes to Ceramica Lopes; the fee is $1.88." in page


def test_every_open_state_says_whose_turn_it_is_to_both_sides() -> None:
    both = (Party.BUYER, Party.SELLER)

    assert set(glance.TURNS) == {(state, party) for state in OPEN_STATES for party in both}
    assert set(glance.ADVICE) == {(state, party) for state in State for party in both}
    assert {STATUSES[state].turn for state in OPEN_STATES} <= set(both)


def test_every_step_of_a_person_has_its_page_and_its_place_among_the_buttons() -> None:
    steps = [step for step in STEPS.values() if step.party in {Party.BUYER, Party.SELLER} and step.sources]

    assert {step.name for step in steps} == set(glance.WEIGHT)
    for step in steps:
        path = reverse(f"orders:{step.name}", args=["NUMBER"])
        assert path == f"/orders/NUMBER/{step.name.replace('_', '-')}/"


def test_every_step_has_an_icon_in_the_timeline() -> None:
    assert {name for name in STEPS if name not in ICONS} == {
        "cancel", "cancel_sale", "cancel_unshipped", "accept_cancellation", "cancel_unanswered",
    }  # fmt: skip
    assert OTHER_ICON


@pytest.mark.parametrize(
    ("make", "buyers", "sellers"),
    [
        (make_placed_order, ["pay", "change_address", "cancel"], []),
        (make_paid_order, ["request_cancellation", "change_address"], ["ship", "cancel_sale"]),
        (make_shipped_order, ["confirm_receipt"], ["grant_extension", "add_parcel", "correct_tracking"]),
        (make_completed_order, [], []),
    ],
)
def test_the_buttons_are_the_steps_that_are_possible(
    make: Callable[[], Order], buyers: list[str], sellers: list[str]
) -> None:
    order = Order.objects.with_parties().get(pk=make().pk)

    for party, names in ((Party.BUYER, buyers), (Party.SELLER, sellers)):
        urls = [button.url for button in glance.buttons(order, party, AT)]
        assert urls == [
            reverse(f"orders:{name}", args=[order.payment.reference if name == "pay" else order.number])
            for name in names
        ]


def test_the_unpaid_buyers_address_is_not_shown_to_the_seller(client: Client) -> None:
    order = make_placed_order()

    assert "1 Long Street" in read(client, order.buyer, order)
    assert "1 Long Street" not in read(client, order.seller, order)
    assert "1 Long Street" in read(client, fresh(paid := make_paid_order()).seller, paid)


def test_the_stepper_shows_what_is_done_and_what_is_next() -> None:
    def statuses(order: Order) -> list[tuple[str, str]]:
        return [(stage.label, stage.status) for stage in stepper(fresh(order))]

    order = make_shipped_order()
    assert statuses(order) == [
        ("Paid", "done"), ("Shipped", "done"), ("Delivered", "now"), ("Confirmed", "later"), ("Released", "later"),
    ]  # fmt: skip
    actions.report_delivery(delivered_at={order.shipments.get().pk: AT}, at=AT)
    assert statuses(order)[2:4] == [("Delivered", "done"), ("Confirmed", "now")]
    assert statuses(make_placed_order())[0] == ("Paid", "now")
    assert statuses(make_completed_order()) == [
        ("Paid", "done"), ("Shipped", "done"), ("Confirmed", "done"), ("Released", "done"),
    ]  # fmt: skip


def test_a_cancelled_order_stops_where_it_was_and_shows_its_refund() -> None:
    order = make_paid_order()
    actions.cancel_sale(orders=[order.pk], by=order.seller, at=AT)
    refund = ProviderOperation.objects.get(hold=order.hold)

    assert [(stage.label, stage.status) for stage in stepper(fresh(order), [refund])] == [
        ("Paid", "done"), ("Cancelled", "stopped"), ("Refunded", "later"),
    ]  # fmt: skip
    refund.state, refund.settled_at = ProviderOperation.State.SUCCEEDED, AT
    assert stepper(fresh(order), [refund])[-1].status == "done"


def test_the_money_box_adds_up_in_every_state() -> None:
    def sums(order: Order) -> dict[str, int]:
        order = Order.objects.with_parties().get(pk=order.pk)
        return {line.label: line.amount.amount_minor for line in money_box(order, Party.BUYER)}

    seller = make_seller("Lopes")
    variant = make_variant(seller)
    paid = sums(make_paid_order(variant=variant))
    assert paid["Goods"] + paid["Shipping"] == paid["You paid"] == paid["On hold"] == 4198
    assert paid["Then to Lopes"] + paid["Fee"] == paid["On hold"]
    done = sums(make_completed_order(variant=variant))
    assert done["Released to Lopes"] + done["Fee"] == done["You paid"]
    order = make_paid_order(variant=variant)
    actions.cancel_sale(orders=[order.pk], by=seller, at=AT)
    assert sums(order)["Refunded to you"] == 4198
    assert sums(make_placed_order(variant=variant))["To pay"] == 4198


def test_money_that_came_too_late_is_explained(client: Client) -> None:
    order = make_placed_order()
    actions.expire(orders=[order.pk], at=AT + timedelta(days=2))
    actions.pay(captured_at={order.payment_id: AT + timedelta(days=3)})

    assert "Your payment came after the order had been given up." in read(client, order.buyer, order)


def test_the_timeline_names_who_did_what_and_why() -> None:
    order = make_paid_order()
    actions.request_cancellation(orders=[order.pk], by=order.buyer, at=AT, reason="Bought twice.")
    actions.ship(by=order.seller, at=AT, parcels={order.pk: Parcel("DHL", "WRONG1")})
    actions.correct_tracking(shipment=order.shipments.get(), by=order.seller, at=AT, parcel=Parcel("DHL", "RIGHT1"))
    actions.grant_extension(orders=[order.pk], by=order.seller, at=AT, days=1)
    due = fresh(order).due_at
    assert due is not None
    actions.auto_confirm(orders=[order.pk], at=due + timedelta(days=1))

    order = Order.objects.with_parties().get(pk=order.pk)
    told = [(one.actor, one.note) for one in timeline(order, order.events.all(), order.buyer)]
    assert told[0] == ("You", "")
    assert told[1] == ("Payment provider", "")
    assert told[2] == ("You", "Bought twice.")
    assert told[3] == (order.seller.shop.name, "DHL WRONG1")
    assert told[4] == (order.seller.shop.name, "DHL RIGHT1\nbefore: WRONG1")
    assert told[5] == (order.seller.shop.name, "1 day more")
    assert told[6][0] == "System"
    assert told[6][1].startswith("had been due on ")


def test_what_was_bought_is_shown_as_it_was_then(client: Client) -> None:
    order = make_shipped_order()
    line = order.lines.select_related("version__listing").get()
    newer = line.version.listing.versions.create(
        number=2, title="Something else", description="Changed since.", currency="USD", price_minor=1,
        shipping_minor=0, handling_days=7, protection_days=30,
    )  # fmt: skip
    line.version.listing.current = newer
    line.version.listing.save()

    page = read(client, order.buyer, order)
    assert line.version.title in page
    assert "Thrown by hand." in page
    assert "Something else" not in page


def test_what_people_write_is_no_markup(client: Client) -> None:
    order = make_paid_order(variant=make_variant(make_seller("<b>Shop</b>")))
    actions.request_cancellation(orders=[order.pk], by=order.buyer, at=AT, reason="<script>alert(1)</script>")

    page = read(client, order.seller, order)
    assert "<script>alert" not in page
    assert "<b>Shop" not in page


def test_the_page_takes_the_same_queries_whatever_happened_and_was_bought(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    order = make_shipped_order()
    read(client, order.buyer, order)
    with CaptureQueriesContext(connection) as few:
        client.get(order.get_absolute_url())
    for number in range(5):
        actions.add_parcel(order=order.pk, by=order.seller, at=AT, parcel=Parcel("DHL", f"MORE{number}"))

    with django_assert_num_queries(len(few)):
        client.get(order.get_absolute_url())
    assert len(few) <= 12
