"""An order at a glance, for whoever reads it.

Five questions: what state is it in, whose turn is it, until when, what happens if nobody acts, where is the money.
"""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import User
from orders import rules
from orders.lifecycle import Party, State, Step
from orders.models import Order

S, BUYER, SELLER = State, Party.BUYER, Party.SELLER

TURNS: dict[tuple[State, Party], str | Promise] = {
    (S.AWAITING_PAYMENT, BUYER): gettext_lazy("Your turn: pay for the order"),
    (S.AWAITING_PAYMENT, SELLER): gettext_lazy("Waiting for %(buyer)s to pay"),
    (S.AWAITING_SHIPMENT, BUYER): gettext_lazy("Waiting for %(seller)s to ship"),
    (S.AWAITING_SHIPMENT, SELLER): gettext_lazy("Your turn: ship the order"),
    (S.CANCELLATION_REQUESTED, BUYER): gettext_lazy("Waiting for %(seller)s to answer your request"),
    (S.CANCELLATION_REQUESTED, SELLER): gettext_lazy("Your turn: answer the cancellation request"),
    (S.SHIPPED, BUYER): gettext_lazy("Your turn: confirm receipt"),
    (S.SHIPPED, SELLER): gettext_lazy("Waiting for %(buyer)s to confirm receipt"),
}
ADVICE: dict[tuple[State, Party], str | Promise] = {
    (S.AWAITING_PAYMENT, BUYER): gettext_lazy("The goods are kept for you until then."),
    (S.AWAITING_PAYMENT, SELLER): gettext_lazy(
        "The goods are kept for the buyer until then. There is nothing to ship."
    ),
    (S.AWAITING_SHIPMENT, BUYER): gettext_lazy(
        "Your money is held. It goes to the seller only after the goods have reached you and you have confirmed."
    ),
    (S.AWAITING_SHIPMENT, SELLER): gettext_lazy(
        "The money is held for you. Send the goods as they were described, and say here with which carrier."
    ),
    (S.CANCELLATION_REQUESTED, BUYER): gettext_lazy(
        "The seller can agree, decline, or tell us that the parcel is already on its way."
    ),
    (S.CANCELLATION_REQUESTED, SELLER): gettext_lazy(
        "The buyer would like to cancel. Agree and everything is refunded; if the parcel has left already, ship the"
        " order."
    ),
    (S.SHIPPED, BUYER): gettext_lazy(
        "Once the parcel is here, open it, try what is in it and compare it with the description. Confirm only when"
        " everything is right; until then your money stays held."
    ),
    (S.SHIPPED, SELLER): gettext_lazy(
        "You are paid when the buyer confirms, and at the latest when their time to do so is over."
    ),
    (S.COMPLETED, BUYER): gettext_lazy("Receipt is confirmed and the seller has been paid. Nothing is left to do."),
    (S.COMPLETED, SELLER): gettext_lazy("Receipt is confirmed and the money is yours. Nothing is left to do."),
    (S.CANCELLED, BUYER): gettext_lazy(
        "The order has come to nothing. What you paid for it, if anything, comes back to you."
    ),
    (S.CANCELLED, SELLER): gettext_lazy(
        "The order has come to nothing and the goods are back in your stock. Do not ship."
    ),
}

# Which button comes first; those named in PRIMARY stand out where they come first.
WEIGHT = (
    "confirm_receipt",
    "accept_cancellation",
    "decline_cancellation",
    "ship",
    "withdraw_cancellation",
    "extend_protection",
    "grant_extension",
    "add_parcel",
    "correct_tracking",
    "request_cancellation",
    "change_address",
    "cancel",
    "cancel_sale",
)
PRIMARY = {"confirm_receipt", "accept_cancellation", "ship"}


@dataclass(frozen=True)
class Button:
    """A way on: where it leads, what it says, and whether it is the one that stands out."""

    label: str | Promise
    url: str
    primary: bool = False


@dataclass(frozen=True)
class Glance:
    """The five answers, and what the reader can do. `due_at` and `outcome` are none of a final order."""

    party: Party
    state: State
    turn: str
    is_mine: bool
    advice: str | Promise
    due_at: datetime | None
    outcome: str | Promise
    money: str | Promise
    buttons: list[Button]
    tone: str

    @property
    def primary(self) -> Button | None:
        """The one button that stands out, where there is one."""
        return next((button for button in self.buttons if button.primary), None)


def party_of(order: Order, reader: User) -> Party:
    """Which side of the order the reader is on; who may not see it at all was turned away before."""
    return BUYER if order.buyer_id == reader.pk else SELLER


def glance(order: Order, reader: User, at: datetime) -> Glance:
    """What the reader sees of the order first. The order comes with its seller's shop, buyer, payment and policy."""
    party, state, status = party_of(order, reader), State(order.state), order.status
    names = {"buyer": order.buyer, "seller": order.seller.shop}
    return Glance(
        party=party,
        state=state,
        turn=str(TURNS[state, party]) % names if status.turn else str(state.label),
        is_mine=status.turn == party,
        advice=ADVICE[state, party],
        due_at=order.due_at,
        outcome=status.if_nobody_acts,
        money=_money(order),
        buttons=buttons(order, party, at),
        tone="turn" if status.turn == party else status.tone if status.turn is None else "moving",
    )


def buttons(order: Order, party: Party, at: datetime) -> list[Button]:
    """The party's ways on, the weightiest first; derived from the lifecycle's table and `orders.rules`."""
    steps = sorted(rules.available(order, party, at), key=lambda step: WEIGHT.index(step.name))
    found = [Button(step.label, step_url(order, step), step.name in PRIMARY and not place)
             for place, step in enumerate(steps)]  # fmt: skip
    if party == BUYER and order.state == State.AWAITING_PAYMENT:
        found.insert(0, Button(_("Pay"), reverse("orders:pay", args=[order.payment.reference]), primary=True))
    return found


def step_url(order: Order, step: Step) -> str:
    """The page where the step is taken."""
    return reverse(f"orders:{step.name}", args=[order.number])


def _money(order: Order) -> str | Promise:
    """Where the money is, in a sentence, with the sums where they are known."""
    sums = {
        "net": order.net.format(),
        "fee": order.fee.format(),
        "total": order.total.format(),
        "seller": order.seller.shop,
    }
    if order.state == State.SHIPPED:
        return _("Held safely until receipt is confirmed. Then %(net)s goes to %(seller)s; the fee is %(fee)s.") % sums
    if order.state == State.COMPLETED:
        return _("%(net)s went to %(seller)s; the fee was %(fee)s.") % sums
    if order.state == State.CANCELLED:
        return _("%(total)s goes back to the buyer.") % sums if order.hold_id else _("No money was held for it.")
    return order.status.money
