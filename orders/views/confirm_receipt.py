"""Confirm Receipt: the page on which the buyer looks once more, and the click that releases the money."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest
from marketplace.lib import clock
from marketplace.lib.contention import patiently
from orders import actions
from orders.lifecycle import STEPS, Party, State
from orders.models import Order
from orders.moves import StepRefused
from orders.pages.glance import glance
from orders.pages.items import items, parcels
from orders.pages.trail import trail_through
from orders.views.found import own_order_with_items, own_orders
from orders.views.step_page import check, refused

# The browser asks for the ticks (`required`); the server does not. They are there to make the buyer look, and what
# confirms is the button: a click that counted only together with three ticks would be a form to get right, and a second
# tab, a script or the API would confirm by other rules than this page.
CHECKLIST = {
    "opened": _("I have opened the parcel, and everything I ordered is in it."),
    "tested": _("I have tried it out, as far as it can be tried, and it works."),
    "compared": _("I have compared it with the description and the photos, and it is what I bought."),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_receipt(request: SignedInRequest, number: str) -> HttpResponse:
    """Show what is confirmed and what it releases, then do it; done already, by whomever, it shows the result."""
    at = clock.now()
    try:
        if request.method == "POST":
            order = get_object_or_404(own_orders(request.user, Party.BUYER), number=number.upper())
            patiently(lambda: actions.confirm_receipt(orders=[order.pk], by=request.user, at=at))
            return redirect("orders:confirmed", order.number)
        order = own_order_with_items(request.user, number, Party.BUYER)
        check(order, STEPS["confirm_receipt"], at)
    except StepRefused as refusal:
        if Order.objects.filter(pk=refusal.order.pk, state=State.COMPLETED).exists():
            return redirect("orders:confirmed", refusal.order.number)
        return refused(request, refusal)
    return render(request, "orders/confirm_receipt.html", _review(order, request.user, at))


def _review(order: Order, reader: User, at: datetime) -> dict[str, object]:
    return {
        "order": order,
        "at": at,
        "seen": glance(order, reader, at),
        "items": items(order),
        "parcels": parcels(order),
        "checklist": CHECKLIST,
        "trail": trail_through(order, Party.BUYER),
    }
