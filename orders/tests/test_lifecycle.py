"""The table itself, and the proof that the actions behave as it says: every step by every party in every state."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from django.db import transaction

from marketplace.accounts.models import Address, User
from marketplace.tests.trade import AT, SHIP_TO, fresh, make_placed_order, make_user
from orders import actions
from orders.actions import Parcel
from orders.lifecycle import CLOSED_STATES, OPEN_STATES, STATUSES, STEPS, Party, State, Step
from orders.models import Deadline, Order
from orders.moves import Moved, StepRefused

LATER = AT + timedelta(hours=1)
AFTER_EVERYTHING = AT + timedelta(days=400)


BRING_TO: dict[State, Callable[[Order], object]] = {
    State.AWAITING_PAYMENT: lambda _order: None,
    State.AWAITING_SHIPMENT: lambda order: actions.pay(captured_at={order.payment_id: AT}),
    State.CANCELLATION_REQUESTED: lambda order: (
        BRING_TO[State.AWAITING_SHIPMENT](order),
        actions.request_cancellation(orders=[order.pk], by=order.buyer, at=AT),
    ),
    State.SHIPPED: lambda order: (
        BRING_TO[State.AWAITING_SHIPMENT](order),
        actions.ship(by=order.seller, at=AT, parcels={order.pk: Parcel("DHL", "T1")}),
    ),
    State.COMPLETED: lambda order: (
        BRING_TO[State.SHIPPED](order),
        actions.confirm_receipt(orders=[order.pk], by=order.buyer, at=AT),
    ),
    State.CANCELLED: lambda order: actions.cancel(orders=[order.pk], by=order.buyer, at=AT),
}


def try_step(step: Step, order: Order, person: User | None) -> list[Moved]:
    """Call the action of this name as `person` would; steps of silence long after every deadline."""
    ids, parcel = [order.pk], Parcel("UPS", "T2")
    calls: dict[str, Callable[[], list[Moved]]] = {
        "place": list,  # makes an order; there is none to place again
        "pay": lambda: actions.pay(captured_at={order.payment_id: LATER}),
        "ship": lambda: actions.ship(by=person, at=LATER, parcels={order.pk: parcel}),
        "report_delivery": lambda: actions.report_delivery(
            delivered_at={shipment.pk: LATER for shipment in order.shipments.all()}, at=LATER
        ),
        "add_parcel": lambda: actions.add_parcel(order=order.pk, by=cast("User", person), at=LATER, parcel=parcel),
        "correct_tracking": lambda: [
            moved
            for shipment in order.shipments.all()
            for moved in actions.correct_tracking(shipment=shipment, by=cast("User", person), at=LATER, parcel=parcel)
        ],
    }
    if step.name in calls:
        return calls[step.name]()
    action: Callable[..., list[Moved]] = getattr(actions, step.name)
    if step.by_itself:
        return action(orders=ids, at=AFTER_EVERYTHING)
    extras: dict[str, dict[str, object]] = {
        "change_address": {"address": Address(**SHIP_TO)},
        "grant_extension": {"days": 2},
        "extend_protection": {"at": (order.due_at or LATER) - timedelta(days=1)},
    }
    return action(orders=ids, by=person, **{"at": LATER, **extras.get(step.name, {})})


def test_every_open_state_has_one_deadline_with_one_outcome_and_a_final_one_has_none() -> None:
    assert set(STATUSES) == set(State)
    for state in OPEN_STATES:
        silent = [step for step in STEPS.values() if step.by_itself and state in step.sources]
        assert silent == [STATUSES[state].outcome]
        assert silent[0].sources == (state,)
        assert STATUSES[state].if_nobody_acts
        assert STATUSES[state].turn in (Party.BUYER, Party.SELLER)
    for state in CLOSED_STATES:
        assert not [step for step in STEPS.values() if state in step.sources]
        assert STATUSES[state].turn is None


def test_every_step_has_an_action_of_its_name() -> None:
    assert [name for name in STEPS if name != "place" and not callable(getattr(actions, name, None))] == []


def test_following_silence_always_ends() -> None:
    for start in OPEN_STATES:
        way = [start]
        while (outcome := STATUSES[way[-1]].outcome) is not None:
            assert outcome.target is not None
            assert outcome.target not in way
            way.append(outcome.target)


def is_sensible(step: Step, who: str) -> bool:
    """A person's step needs a person; the system's, provider's and carrier's steps name none."""
    return (step.party in (Party.BUYER, Party.SELLER)) == (who != "nobody")


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
def test_every_step_moves_an_order_only_as_the_table_says(state: State) -> None:
    order = make_placed_order()
    BRING_TO[state](order)
    order = fresh(order)
    people = {"buyer": order.buyer, "seller": order.seller, "stranger": make_user(), "nobody": None}

    for step, who in ((step, who) for step in STEPS.values() for who in people if is_sensible(step, who)):
        allowed = state in step.sources and who in (step.party.lower(), "nobody")
        with transaction.atomic():
            try:
                moved = try_step(step, order, people[who])
            except StepRefused:
                moved = []
            after = fresh(order)
            assert bool(moved) == allowed, f"{who} takes {step.name} in {state}"
            assert after.state == ((step.target or state) if moved else state)
            deadlines = list(Deadline.objects.filter(order=order).values_list("due_at", "state"))
            assert deadlines == ([(after.due_at, after.state)] if after.is_open else [])
            transaction.set_rollback(True)
