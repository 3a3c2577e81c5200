"""The help pages tell the numbers that the settings and the table of states have."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.text import capfirst

from marketplace import help_pages
from marketplace.catalog.models import Category
from marketplace.tests.browser import DESKTOP, PHONE, OpenPage, assert_sound
from orders.lifecycle import OPEN_STATES, STATUSES, STEPS, Party, steps_for

pytestmark = pytest.mark.django_db

BUYERS, SELLERS = reverse("help_buyers"), reverse("help_sellers")


def text_of(path: str) -> str:
    return Client().get(path).content.decode()


@pytest.mark.parametrize(("path", "party"), [(BUYERS, Party.BUYER), (SELLERS, Party.SELLER)])
def test_every_open_state_is_told_with_its_outcome_and_what_one_can_do(path: str, party: Party) -> None:
    text = text_of(path)

    for state in OPEN_STATES:
        assert str(state.label) in text
        assert capfirst(str(STATUSES[state].if_nobody_acts)) in text
        for step in steps_for(party, state):
            assert str(step.label) in text


def test_a_buyer_can_pay_what_awaits_payment() -> None:
    (row,) = (row for row in help_pages.rows_for(Party.BUYER) if row.status.state == "AWAITING_PAYMENT")

    assert row.steps[0] == STEPS["pay"].label


def test_windows_are_told_in_words() -> None:
    assert help_pages.length(timedelta(hours=24)) == "24 hours"
    assert help_pages.length(timedelta(hours=48)) == "48 hours"
    assert help_pages.length(timedelta(hours=72)) == "3 days"
    assert help_pages.length(timedelta(days=30)) == "30 days"


def test_reminders_are_told_to_whoever_gets_them() -> None:
    buyers, sellers = text_of(BUYERS), text_of(SELLERS)

    assert "We remind you 5, 2, and 1 days before." in buyers
    assert "We remind you 5, 2, and 1 days before." not in sellers
    assert "We remind you when half of the time is over." in sellers


def test_the_policy_is_told_as_it_is() -> None:
    text = text_of(BUYERS)

    assert f"within {help_pages.length(help_pages.POLICY['payment_window'])}" in text
    assert f"up to {help_pages.length(help_pages.POLICY['extension_cap'])} in all" in text
    assert "usually 30" in text


def test_fees_are_told_per_category_with_an_example(settings: Any) -> None:
    Category.objects.create(slug="books", name="Books", fee_bps=275)
    Category.objects.create(slug="bikes", name="Bikes")

    text = text_of(SELLERS)

    assert "From an order of $41.98 we keep $1.88, and you get $40.10." in text
    assert "2.75%" in text
    assert "4.5%" in text


@pytest.mark.parametrize(
    "anchor", ["something-is-wrong", "check-first", "confirm-receipt", "nothing-arrived", "deadlines"]
)
def test_other_pages_can_lead_to_a_section(anchor: str) -> None:
    assert f'id="{anchor}"' in text_of(BUYERS)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_help_pages_are_sound(open_page: OpenPage, width: int) -> None:
    Category.objects.create(slug="books", name="Books", fee_bps=275)
    page = open_page(width=width)
    for path in (BUYERS, SELLERS):
        page.goto(path)
        assert_sound(page)
