"""The way back from a page about an order."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from orders.lifecycle import Party
from orders.models import Order


class Crumb(NamedTuple):
    """A page above the one that is read."""

    label: str
    url: str


def trail_to(party: Party) -> list[Crumb]:
    """The list that the party finds an order in."""
    if party == Party.BUYER:
        return [Crumb(_("My Orders"), reverse("orders:my_orders"))]
    return [Crumb(_("Selling"), reverse("orders:selling")), Crumb(_("Sales"), reverse("orders:sales"))]


def trail_through(order: Order, party: Party) -> list[Crumb]:
    """The same and the order itself, for the pages inside it."""
    return [*trail_to(party), Crumb(_("Order %(number)s") % {"number": order.number}, order.get_absolute_url())]
