"""The demo's orders: some in every state, made through the actions, at the times when they would have happened.

A history is placed some time ago by a buyer in a shop, is then taken as far as its plot says, and stays there. The last
plots run out within minutes of the start, so that whoever watches sees the worker confirm them and the money arrive.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count, cycle
from operator import itemgetter

from marketplace.accounts.models import User
from marketplace.catalog.models import Variant
from marketplace.demo.card import pay_with_test_card
from marketplace.lib import references
from orders import actions, cart, purchase, sweep
from orders.actions import Parcel
from orders.cart import Owner
from orders.models import Order, Shipment

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CARRIERS = cycle(("DHL", "UPS", "FedEx", "Royal Mail", "Correios"))
TRACKING = count(48_120_773, 9_871)


class Told:
    """An order in the telling: each act moves its clock on by the time that goes by before it."""

    def __init__(self, order: Order, at: datetime) -> None:
        self.order, self.at = order, at

    def _later(self, wait: timedelta) -> datetime:
        self.at += wait
        return self.at

    def pay(self, wait: timedelta = 4 * MINUTE) -> None:
        """The buyer pays with the test card."""
        at = self._later(wait)
        pay_with_test_card(self.order.payment, at=at)
        actions.pay(captured_at={self.order.payment_id: at})

    def ship(self, wait: timedelta = 26 * HOUR) -> None:
        """The seller ships."""
        parcel = Parcel(next(CARRIERS), f"HF{next(TRACKING)}")
        actions.ship(by=self.order.seller, at=self._later(wait), parcels={self.order.pk: parcel})

    def deliver(self, wait: timedelta = 3 * DAY) -> None:
        """The carrier delivers and says so."""
        at = self._later(wait)
        parcels = Shipment.objects.filter(order=self.order)
        actions.report_delivery(delivered_at={parcel.pk: at - 20 * MINUTE for parcel in parcels}, at=at)

    def confirm(self, wait: timedelta = 2 * DAY) -> None:
        """The buyer confirms receipt."""
        actions.confirm_receipt(orders=[self.order.pk], by=self.order.buyer, at=self._later(wait))

    def fall_silent(self) -> None:
        """Nobody acts, and the deadline passes."""
        self.order.refresh_from_db()
        if self.order.due_at:
            sweep.settle(self.order, at=self.order.due_at + 6 * SECOND)


def unpaid(told: Told) -> None:
    """Placed, not paid."""


def given_up(told: Told) -> None:
    """Cancelled by the buyer before paying."""
    actions.cancel(orders=[told.order.pk], by=told.order.buyer, at=told.at + 10 * MINUTE)


def expired(told: Told) -> None:
    """Never paid."""
    told.fall_silent()


def paid(told: Told) -> None:
    """Waiting to be shipped."""
    told.pay()


def asked_to_cancel(told: Told) -> None:
    """The buyer has thought better of it; the seller has not answered yet."""
    told.pay()
    reason = "I ordered the wrong size, sorry!"
    actions.request_cancellation(orders=[told.order.pk], by=told.order.buyer, at=told.at + 2 * HOUR, reason=reason)


def cancellation_accepted(told: Told) -> None:
    """The seller agreed to cancel."""
    asked_to_cancel(told)
    actions.accept_cancellation(orders=[told.order.pk], by=told.order.seller, at=told.at + 9 * HOUR)


def sold_elsewhere(told: Told) -> None:
    """The seller could not ship."""
    told.pay()
    actions.cancel_sale(orders=[told.order.pk], by=told.order.seller, at=told.at + 20 * HOUR)


def never_shipped(told: Told) -> None:
    """The seller let the time to ship pass; the buyer got everything back."""
    told.pay()
    told.fall_silent()


def on_its_way(told: Told) -> None:
    """Shipped, not delivered yet."""
    told.pay()
    told.ship()


def delivered(told: Told) -> None:
    """Delivered; the buyer has not confirmed yet."""
    on_its_way(told)
    told.deliver()


def confirmed(told: Told) -> None:
    """The buyer confirmed."""
    delivered(told)
    told.confirm()


def confirmed_by_silence(told: Told) -> None:
    """Nobody complained, and the time was over."""
    delivered(told)
    told.fall_silent()


Plot = Callable[[Told], None]

AGES: Sequence[tuple[Plot, Sequence[timedelta]]] = (
    (unpaid, [3 * HOUR, 9 * HOUR]),
    (given_up, [4 * DAY]),
    (expired, [6 * DAY, 18 * DAY]),
    (paid, [2 * HOUR, 7 * HOUR, 20 * HOUR]),
    (asked_to_cancel, [12 * HOUR]),
    (cancellation_accepted, [8 * DAY]),
    (sold_elsewhere, [11 * DAY]),
    (never_shipped, [40 * DAY]),
    (on_its_way, [2 * DAY, 4 * DAY, 5 * DAY]),
    (delivered, [5 * DAY, 6 * DAY]),
    (confirmed, [9 * DAY, 16 * DAY, 23 * DAY, 37 * DAY, 52 * DAY, 80 * DAY]),
    (confirmed_by_silence, [30 * DAY, 64 * DAY]),
)
RUNNING_OUT = ((0, 60), (1, 75), (0, 100), (0, 150))  # whose, and in how many seconds from the start


def seed_orders(*, buyers: Sequence[User], present: datetime, say: Callable[[str], None]) -> int:
    """Tell every history, the first buyer has one of each age, the others a share; return how many orders there are.

    `present` is now. Needs listings with stock, buyers with an address, and Sandbox Pay for the payments: raises
    `ProviderError` where it does not answer.
    """
    shelves = _shelves()
    histories = [
        (age + 17 * MINUTE * share, plot, buyer)
        for plot, ages in AGES
        for number, age in enumerate(ages)
        for share, buyer in enumerate((buyers[0], buyers[1 + number % (len(buyers) - 1)]))
    ]
    for age, plot, buyer in sorted(histories, key=itemgetter(0), reverse=True):
        plot(_place(buyer, next(shelves), present - age))
    for number, left in RUNNING_OUT:
        buyer = buyers[number]
        _run_out(_place(buyer, next(shelves), present - 12 * DAY), left * SECOND, present)
    made = len(histories) + len(RUNNING_OUT)
    say(f"{made} orders, some of which run out in the next minutes")
    return made


def _run_out(told: Told, left: timedelta, present: datetime) -> None:
    """Deliver the order at the moment that leaves so much time to confirm it."""
    told.pay()
    told.ship()
    told.deliver(present + left - told.order.policy.delivered_window + 20 * MINUTE - told.at)


def _shelves() -> Iterator[Variant]:
    """Things for sale, for ever: of the first shop, whose seller people sign in as, and of two others in turn."""
    for_sale = Variant.objects.for_sale().filter(stock__gte=3).select_related("listing__shop__owner")
    by_shop: dict[int, list[Variant]] = {}
    for variant in for_sale.order_by("listing_id", "position", "id"):
        by_shop.setdefault(variant.listing.shop_id, []).append(variant)
    first, *others = (cycle(variants) for variants in by_shop.values())
    turns = cycle(others)
    while True:
        yield from (next(first), next(next(turns)), next(next(turns)))


def _place(buyer: User, variant: Variant, at: datetime) -> Told:
    """The buyer puts it into the cart and orders it, to their first address."""
    owner = Owner(user=buyer)
    cart.add(owner=owner, variant_id=variant.pk, quantity=1, at=at)
    placed = purchase.place_cart(
        buyer=buyer,
        reference=references.new(),
        seen=cart.contents(owner).fingerprint,
        ship_to=buyer.addresses.all()[0],
        at=at,
    )
    order = Order.objects.select_related("payment", "buyer", "seller", "policy").get(payment__in=placed.payments.all())
    return Told(order, at)
