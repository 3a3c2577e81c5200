"""From a cart to placed orders: what the buyer saw and agreed to, or nothing."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from escrow.models import Payment
from marketplace.accounts import actions as accounts
from marketplace.accounts.actions import AddressData
from marketplace.accounts.models import Address, User
from orders import cart, checkout
from orders.cart import Owner
from orders.checkout import Draft, DraftLine
from orders.models import Checkout
from orders.offers import Cart, Line, Part


class CartChanged(Exception):
    """What would be ordered now is not what the buyer saw; `cart` is how it is. Nothing was placed."""

    def __init__(self, changed: Cart) -> None:
        """Carry the cart as it is, to ask again."""
        self.cart = changed
        super().__init__("the cart is not what was agreed to")


@transaction.atomic
def place_cart(*, buyer: User, reference: str, seen: str, ship_to: Address | AddressData, at: datetime) -> Checkout:
    """Order all that can be ordered of the buyer's cart, as they saw it, and take it out of the cart.

    `reference` comes from the page that showed the cart, and `seen` is that cart's fingerprint. The same page sent
    again, however often and at once, gives back what it placed the first time. One order a seller, one payment a
    currency. Raises `CartChanged`, `TooManyUnpaid` or `OutOfStock`; then nothing was placed and the cart is untouched.
    """
    User.objects.select_for_update(no_key=True).only("pk").get(pk=buyer.pk)
    placed = Checkout.objects.filter(buyer=buyer, reference=reference).first()
    if placed:
        return placed
    owner = Owner(user=buyer)
    agreed = cart.lock(owner)
    if not agreed.orders or agreed.fingerprint != seen:
        raise CartChanged(agreed)
    address = ship_to if isinstance(ship_to, Address) else accounts.add_address(user=buyer, **ship_to)
    drafts = [_draft(part, buyer=buyer, ship_to=address.snapshot(), at=at) for part in agreed.orders]
    orders = checkout.place(drafts, policy=checkout.current_policy(), provider=settings.PAYMENT_PROVIDER)
    cart.remove(owner=owner, variant_ids=[line.variant.pk for part in agreed.orders for line in part.lines])
    placed = Checkout.objects.create(buyer=buyer, reference=reference, placed_at=at)
    placed.payments.set(Payment.objects.filter(orders__in=orders))
    return placed


def _draft(part: Part, *, buyer: User, ship_to: dict[str, str], at: datetime) -> Draft:
    return Draft(
        group=part.currency,
        buyer_id=buyer.pk,
        seller_id=part.shop.owner_id,
        currency=part.currency,
        lines=tuple(_draft_line(line) for line in part.lines),
        ship_to=ship_to,
        handling_window=timedelta(days=part.handling_days),
        protection_window=timedelta(days=part.protection_days),
        placed_at=at,
        promised_at=part.promised_at(at),
    )


def _draft_line(line: Line) -> DraftLine:
    return DraftLine(
        version_id=line.version.pk,
        variant_id=line.variant.pk,
        options=line.variant.options,
        quantity=line.quantity,
        unit_price_minor=line.unit_price.amount_minor,
        unit_shipping_minor=line.unit_shipping.amount_minor,
        fee_bps=line.variant.listing.category.effective_fee_bps,
    )
