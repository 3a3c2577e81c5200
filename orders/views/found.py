"""Finding the order that a page is about; nobody learns of one they have no part in."""

from django.shortcuts import get_object_or_404

from marketplace.accounts.models import User
from orders.lifecycle import Party
from orders.models import Order, OrderQuerySet


def own_orders(reader: User, side: Party | None = None) -> OrderQuerySet:
    """What the reader bought or sold; with `side`, on that side only."""
    if side == Party.BUYER:
        return Order.objects.bought_by(reader)
    if side == Party.SELLER:
        return Order.objects.sold_by(reader)
    return Order.objects.of_party(reader)


def own_order(reader: User, number: str, side: Party | None = None) -> Order:
    """The reader's order of this number with its parties and its money, in one query. Raises `Http404`."""
    return get_object_or_404(own_orders(reader, side).with_parties(), number=number.upper())


def own_order_with_items(reader: User, number: str, side: Party | None = None) -> Order:
    """The same with what was bought and its pictures, in three queries."""
    return get_object_or_404(own_orders(reader, side).for_cards(), number=number.upper())
