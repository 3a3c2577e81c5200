"""One page a step: what it shows, whom it is for, what a second click and a late one get to see."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Address, User
from marketplace.tests.trade import (
    AT,
    SHIP_TO,
    fresh,
    make_completed_order,
    make_paid_order,
    make_placed_order,
    make_shipped_order,
    make_user,
)
from orders import actions
from orders.lifecycle import STEPS, Party, State
from orders.models import Order
from orders.views.step_page import HELP

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]
PARCEL = {"carrier": "DHL", "tracking_number": "jd 0146 0000"}


def make_asked_order() -> Order:
    """A paid order whose buyer asked to cancel."""
    order = make_paid_order()
    actions.request_cancellation(orders=[order.pk], by=order.buyer, at=AT)
    return fresh(order)


MAKE: dict[str, Callable[[], Order]] = {
    "cancel": lambda: fresh(make_placed_order()),
    "change_address": lambda: fresh(make_placed_order()),
    "request_cancellation": make_paid_order,
    "withdraw_cancellation": make_asked_order,
    "extend_protection": make_shipped_order,
    "ship": make_paid_order,
    "add_parcel": make_shipped_order,
    "correct_tracking": make_shipped_order,
    "cancel_sale": make_paid_order,
    "accept_cancellation": make_asked_order,
    "decline_cancellation": make_asked_order,
    "grant_extension": make_shipped_order,
}
TYPED: dict[str, Callable[[Order], dict[str, Any]]] = {
    "change_address": lambda order: {
        "address": Address.objects.create(user=order.buyer, **SHIP_TO | {"city": "Faro"}).pk
    },
    "request_cancellation": lambda _order: {"reason": "Bought twice."},
    "ship": lambda _order: PARCEL,
    "add_parcel": lambda _order: PARCEL,
    "correct_tracking": lambda order: PARCEL | {"shipment": order.shipments.get().pk},
    "grant_extension": lambda _order: {"days": "4"},
}


@pytest.fixture
def late(set_clock: SetClock) -> None:
    """A time at which every step above is possible: the last day of protection, everything else still running."""
    set_clock(AT + timedelta(days=28))


def party(order: Order, name: str) -> User:
    return order.buyer if STEPS[name].party == Party.BUYER else order.seller


def address(order: Order, name: str) -> str:
    return reverse(f"orders:{name}", args=[order.number])


def typed(order: Order, name: str) -> dict[str, Any]:
    return {"seen": order.event_count} | (TYPED[name](order) if name in TYPED else {})


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("name", MAKE)
def test_the_page_shows_first_and_the_click_acts(client: Client, name: str, audit: Callable[[], None]) -> None:
    order = MAKE[name]()
    client.force_login(party(order, name))

    page = client.get(address(order, name))
    assert page.status_code == 200
    assert str(STEPS[name].label) in page.content.decode()
    assert fresh(order).event_count == order.event_count
    answer = client.post(address(order, name), typed(order, name))
    assert (answer.status_code, answer.headers["Location"]) == (302, order.get_absolute_url())
    assert order.events.latest("seq").step == name
    assert str(STEPS[name].done) in client.get(order.get_absolute_url()).content.decode()


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("name", MAKE)
def test_a_second_click_changes_nothing_and_shows_the_order(client: Client, name: str) -> None:
    order = MAKE[name]()
    client.force_login(party(order, name))
    sent = typed(order, name)
    client.post(address(order, name), sent)
    after = fresh(order)

    answer = client.post(address(order, name), sent)

    assert (answer.status_code, answer.headers.get("Location")) in {(302, order.get_absolute_url()), (200, None)}
    assert fresh(order).event_count == after.event_count
    assert fresh(order).due_at == after.due_at


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("name", MAKE)
def test_strangers_and_the_other_side_have_no_such_page(client: Client, name: str) -> None:
    order = MAKE[name]()
    other = order.seller if party(order, name) == order.buyer else order.buyer

    assert client.post(address(order, name), typed(order, name)).status_code == 302
    for person in (other, make_user()):
        client.force_login(person)
        assert client.get(address(order, name)).status_code == 404
        assert client.post(address(order, name), typed(order, name)).status_code == 404
    assert fresh(order).event_count == order.event_count


@pytest.mark.parametrize("name", MAKE)
def test_in_a_state_that_knows_no_such_step_the_page_says_what_is_possible(client: Client, name: str) -> None:
    order = make_completed_order()
    client.force_login(party(order, name))

    answers = [client.get(address(order, name)), client.post(address(order, name), {"seen": order.event_count} | PARCEL
                                                             | {"days": 1})]  # fmt: skip
    assert answers[0].status_code == 409
    assert "the order is now “Completed”" in answers[0].content.decode()
    assert answers[1].status_code in {200, 409}  # a form that offers nothing any more says so
    assert fresh(order).event_count == order.event_count


def test_every_way_to_help_leads_somewhere(client: Client) -> None:
    for page, anchor in HELP.values():
        assert f'id="{anchor}"' in client.get(reverse(page)).content.decode()


def test_extending_too_early_says_why(client: Client, set_clock: SetClock) -> None:
    order = make_shipped_order()
    set_clock(AT)
    client.force_login(order.buyer)

    for answer in (client.get(address(order, "extend_protection")), client.post(address(order, "extend_protection"))):
        assert answer.status_code == 409
        assert "there is time yet" in answer.content.decode()


def test_asking_to_cancel_a_second_time_says_why(client: Client) -> None:
    order = make_asked_order()
    actions.decline_cancellation(orders=[order.pk], by=order.seller, at=AT)
    client.force_login(order.buyer)

    answer = client.post(address(order, "request_cancellation"), {"reason": "Please."})
    assert answer.status_code == 409
    assert "You have asked once already" in answer.content.decode()


def test_a_page_that_is_out_of_date_is_looked_at_again_before_more_time_is_given(client: Client) -> None:
    order = make_shipped_order()
    actions.grant_extension(orders=[order.pk], by=order.seller, at=AT, days=2)
    actions.report_delivery(delivered_at={order.shipments.get().pk: AT}, at=AT)
    client.force_login(order.seller)

    answer = client.post(address(order, "grant_extension"), {"seen": order.event_count, "days": 5})
    assert answer.status_code == 409
    assert "The order has changed since you opened that page" in answer.content.decode()
    assert fresh(order).extension == timedelta(days=2)


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({}, "This field is required"),
        ({"carrier": "other"}, "Enter the carrier&#x27;s name"),
        ({"carrier": "Nobody"}, "not one of the available choices"),
        ({"carrier": "DHL", "tracking_number": "<b>no</b>"}, "4 to 60 letters, digits and hyphens"),
        ({"carrier": "DHL", "tracking_number": "1"}, "4 to 60 letters, digits and hyphens"),
        ({"carrier": "DHL", "tracking_number": "A" * 61}, "4 to 60 letters, digits and hyphens"),
        ({"carrier": "DHL", "tracking_number": "A" * 99}, "at most 80 characters"),
        ({"carrier": "other", "other_carrier": "x" * 41}, "at most 40 characters"),
        ({"carrier": "other", "other_carrier": "a\0b"}, "Null characters are not allowed"),
    ],
)
def test_a_parcel_that_makes_no_sense_keeps_the_form_and_ships_nothing(
    client: Client, sent: dict[str, str], complaint: str
) -> None:
    order = make_paid_order()
    client.force_login(order.seller)

    page = client.post(address(order, "ship"), sent).content.decode()

    assert "There is a problem" in page
    assert complaint in page
    if sent.get("tracking_number"):
        assert f'value="{sent["tracking_number"].replace("<", "&lt;").replace(">", "&gt;")}"' in page
    assert fresh(order).state == State.AWAITING_SHIPMENT


def test_any_carrier_will_do_by_its_name(client: Client) -> None:
    order = make_paid_order()
    client.force_login(order.seller)
    client.post(address(order, "ship"), {"carrier": "other", "other_carrier": "Aunt Maria", "tracking_number": ""})

    assert str(order.shipments.get()).strip() == "Aunt Maria"


def test_the_number_is_kept_without_the_spaces_that_were_copied_along(client: Client) -> None:
    order = make_paid_order()
    client.force_login(order.seller)
    client.post(address(order, "ship"), PARCEL)

    assert order.shipments.get().tracking_number == "JD01460000"


def test_the_same_parcel_is_not_added_twice(client: Client) -> None:
    order = make_shipped_order()
    client.force_login(order.seller)
    number = order.shipments.get().tracking_number

    page = client.post(address(order, "add_parcel"), {"carrier": "DHL", "tracking_number": number}).content.decode()
    assert "This parcel is in the order already" in page
    assert order.shipments.count() == 1


def test_correcting_asks_which_parcel_only_where_there_are_several(client: Client) -> None:
    order = make_shipped_order()
    client.force_login(order.seller)
    first = order.shipments.get()
    assert f'value="{first.tracking_number}"' in client.get(address(order, "correct_tracking")).content.decode()

    actions.add_parcel(order=order.pk, by=order.seller, at=AT, parcel=actions.Parcel("UPS", "SECOND1"))
    assert "Which parcel?" in client.get(address(order, "correct_tracking")).content.decode()
    client.post(address(order, "correct_tracking"), PARCEL | {"shipment": first.pk})
    first.refresh_from_db()
    assert first.tracking_number == "JD01460000"


def test_another_orders_parcel_cannot_be_corrected_here(client: Client) -> None:
    order, theirs = make_shipped_order(), make_shipped_order()
    client.force_login(order.seller)

    page = client.post(address(order, "correct_tracking"), PARCEL | {"shipment": theirs.shipments.get().pk})
    assert page.status_code == 200
    assert theirs.shipments.get().tracking_number != "JD01460000"


def test_goods_are_sent_to_ones_own_addresses_only(client: Client) -> None:
    order = make_paid_order()
    theirs = Address.objects.create(user=make_user(), **SHIP_TO | {"city": "Elsewhere"})
    client.force_login(order.buyer)

    page = client.post(address(order, "change_address"), {"address": theirs.pk})
    assert page.status_code == 200
    assert fresh(order).ship_to["city"] == "Porto"


@pytest.mark.parametrize("days", ["0", "31", "-1", "x", ""])
def test_only_the_days_that_are_left_can_be_given(client: Client, days: str) -> None:
    order = make_shipped_order()
    client.force_login(order.seller)

    assert "There is a problem" in client.post(address(order, "grant_extension"), {"days": days}).content.decode()
    assert fresh(order).extension == timedelta(0)
