"""The life of an order on one page: what may happen, who does it, and what happens by itself.

Two tables say it all. `STEPS` holds every step: its name, who takes it, from which states, to which, what it does with
the money. `STATUSES` holds every state: whose turn it is, and for the open ones the single step that silence takes when
the deadline passes. Buttons, permissions, the sweep, reminders, the API, the diagram in the README and the matrix test
derive from them; `orders.actions` carries them out.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import cached_property

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SHARDS = 16  # the deadline table is swept in this many parts, a seller's orders all in one
MOST_TRIES = 5  # a sweep leaves an order to the operators after this many failures


class State(TextChoices):
    """Where an order can be."""

    AWAITING_PAYMENT = "AWAITING_PAYMENT", _("Awaiting payment")
    AWAITING_SHIPMENT = "AWAITING_SHIPMENT", _("To ship")
    CANCELLATION_REQUESTED = "CANCELLATION_REQUESTED", _("Cancellation requested")
    SHIPPED = "SHIPPED", _("Shipped")
    COMPLETED = "COMPLETED", _("Completed")
    CANCELLED = "CANCELLED", _("Cancelled")


class Party(TextChoices):
    """Who can take a step. SYSTEM is silence: the worker, when a deadline has passed."""

    BUYER = "BUYER", _("Buyer")
    SELLER = "SELLER", _("Seller")
    PROVIDER = "PROVIDER", _("Payment provider")
    CARRIER = "CARRIER", _("Carrier")
    SYSTEM = "SYSTEM", _("System")


class Settlement(Enum):
    """What a step does with the hold: all of it to the seller less the fee, or all of it back to the buyer."""

    RELEASE = "release"
    REFUND = "refund"


@dataclass(frozen=True)
class Step:
    """One row of the table. Its name is the action, the URL, the event, the e-mail and the test file.

    `target` is None where the state stays as it is. `label` is the button; `done` what the timeline says afterwards.
    """

    name: str
    party: Party
    sources: tuple[State, ...]
    target: State | None
    label: Promise | str
    done: Promise | str
    settlement: Settlement | None = None

    @property
    def returns_stock(self) -> bool:
        """Whether the reserved pieces go back on the shelf."""
        return self.target == State.CANCELLED

    @property
    def by_itself(self) -> bool:
        """Whether it is the outcome of silence."""
        return self.party == Party.SYSTEM


S, P = State, Party
UNSHIPPED = (S.AWAITING_SHIPMENT, S.CANCELLATION_REQUESTED)

STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step("place", P.BUYER, (), S.AWAITING_PAYMENT, _("Place order"), _("Order placed")),
        Step("pay", P.PROVIDER, (S.AWAITING_PAYMENT,), S.AWAITING_SHIPMENT,
             _("Pay"), _("Payment received, money held")),
        Step("cancel", P.BUYER, (S.AWAITING_PAYMENT,), S.CANCELLED, _("Cancel order"), _("Cancelled before payment")),
        Step("expire", P.SYSTEM, (S.AWAITING_PAYMENT,), S.CANCELLED, _("Expire"), _("Not paid in time")),
        Step("change_address", P.BUYER, (S.AWAITING_PAYMENT, S.AWAITING_SHIPMENT), None,
             _("Change address"), _("Delivery address changed")),
        Step("ship", P.SELLER, UNSHIPPED, S.SHIPPED, _("Ship order"), _("Shipped")),
        Step("cancel_sale", P.SELLER, (S.AWAITING_SHIPMENT,), S.CANCELLED,
             _("Cancel and refund"), _("Cancelled by the seller"), Settlement.REFUND),
        Step("cancel_unshipped", P.SYSTEM, (S.AWAITING_SHIPMENT,), S.CANCELLED,
             _("Cancel unshipped"), _("Not shipped in time"), Settlement.REFUND),
        Step("request_cancellation", P.BUYER, (S.AWAITING_SHIPMENT,), S.CANCELLATION_REQUESTED,
             _("Request cancellation"), _("Cancellation requested")),
        Step("accept_cancellation", P.SELLER, (S.CANCELLATION_REQUESTED,), S.CANCELLED,
             _("Accept cancellation"), _("Cancellation accepted"), Settlement.REFUND),
        Step("decline_cancellation", P.SELLER, (S.CANCELLATION_REQUESTED,), S.AWAITING_SHIPMENT,
             _("Decline cancellation"), _("Cancellation declined")),
        Step("withdraw_cancellation", P.BUYER, (S.CANCELLATION_REQUESTED,), S.AWAITING_SHIPMENT,
             _("Keep the order"), _("Cancellation withdrawn")),
        Step("cancel_unanswered", P.SYSTEM, (S.CANCELLATION_REQUESTED,), S.CANCELLED,
             _("Cancel unanswered"), _("Cancellation not answered in time"), Settlement.REFUND),
        Step("correct_tracking", P.SELLER, (S.SHIPPED,), None, _("Correct tracking"), _("Tracking corrected")),
        Step("add_parcel", P.SELLER, (S.SHIPPED,), None, _("Add a parcel"), _("Another parcel shipped")),
        Step("report_delivery", P.CARRIER, (S.SHIPPED,), None, _("Report delivery"), _("Delivered, says the carrier")),
        Step("extend_protection", P.BUYER, (S.SHIPPED,), None, _("Extend protection"), _("Protection extended")),
        Step("grant_extension", P.SELLER, (S.SHIPPED,), None,
             _("Give the buyer more time"), _("More time granted by the seller")),
        Step("confirm_receipt", P.BUYER, (S.SHIPPED,), S.COMPLETED,
             _("Confirm receipt"), _("Receipt confirmed, money released"), Settlement.RELEASE),
        Step("auto_confirm", P.SYSTEM, (S.SHIPPED,), S.COMPLETED,
             _("Auto-confirm"), _("Confirmed by silence, money released"), Settlement.RELEASE),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Reminder:
    """A notice before the deadline to whoever loses by silence: a share of the window or a time before its end."""

    to: Party
    before: tuple[timedelta, ...] = ()
    half_way: bool = False


@dataclass(frozen=True)
class Status:
    """What a state means to the people who look at it.

    `silence` names the step that executes by itself at the deadline; only a final state has none. `icon` and `tone`
    are how the state's badge looks (see `marketplace.lib.states`).
    """

    state: State
    icon: str
    tone: str
    turn: Party | None
    silence: str | None
    if_nobody_acts: Promise | str
    money: Promise | str
    reminder: Reminder | None = None

    @property
    def label(self) -> str:
        """The state's own words."""
        return str(self.state.label)

    @cached_property
    def outcome(self) -> Step | None:
        """The step that silence takes."""
        return STEPS[self.silence] if self.silence else None


STATUSES: dict[State, Status] = {
    status.state: status
    for status in (
        Status(S.AWAITING_PAYMENT, "wallet2", "turn", P.BUYER, "expire",
               _("the order is cancelled and the goods go back on sale"), _("Nothing is paid yet.")),
        Status(S.AWAITING_SHIPMENT, "box-seam", "moving", P.SELLER, "cancel_unshipped",
               _("the order is cancelled and the buyer gets everything back"),
               _("Held safely until the buyer confirms."),
               Reminder(P.SELLER, half_way=True)),
        Status(S.CANCELLATION_REQUESTED, "question-circle", "turn", P.SELLER, "cancel_unanswered",
               _("the order is cancelled and the buyer gets everything back"),
               _("Held safely until the seller answers.")),
        Status(S.SHIPPED, "truck", "moving", P.BUYER, "auto_confirm",
               _("receipt is confirmed automatically and the money goes to the seller"),
               _("Held safely until the buyer confirms."),
               Reminder(P.BUYER, before=(timedelta(days=5), timedelta(days=2), timedelta(days=1)))),
        Status(S.COMPLETED, "check-circle-fill", "good", None, None, "", _("Released to the seller.")),
        Status(S.CANCELLED, "slash-circle", "neutral", None, None, "", _("Returned to the buyer, where it was paid.")),
    )
}  # fmt: skip

CLOSED_STATES = tuple(status.state for status in STATUSES.values() if status.silence is None)
OPEN_STATES = tuple(status.state for status in STATUSES.values() if status.silence is not None)


def steps_for(party: Party, state: State) -> list[Step]:
    """What the party may do with an order in this state, in the table's order."""
    return [step for step in STEPS.values() if step.party == party and state in step.sources]
