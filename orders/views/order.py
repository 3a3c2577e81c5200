"""An order's own pages: all about it, and what can be printed of it."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from escrow.models import ProviderOperation
from marketplace.accounts.requests import SignedInRequest
from marketplace.lib import clock
from orders import receipts
from orders.lifecycle import Party, State
from orders.models import Order
from orders.pages.glance import glance, party_of
from orders.pages.items import items, parcels
from orders.pages.money import money_box
from orders.pages.progress import stepper, timeline
from orders.pages.trail import trail_through, trail_to
from orders.views.found import own_order, own_order_with_items

UNPACKED = (State.AWAITING_PAYMENT, State.CANCELLED)


@login_required
@require_safe
def order(request: SignedInRequest, number: str) -> HttpResponse:
    """All about the order for its buyer or its seller, in a constant number of queries."""
    found, at = own_order_with_items(request.user, number), clock.now()
    refunds, seen = _refunds(found), glance(found, request.user, at)
    context = {
        "order": found,
        "at": at,
        "seen": seen,
        "bought": seen.party == Party.BUYER,
        "to_pack": seen.party == Party.SELLER and found.state not in UNPACKED,
        "steps": stepper(found, refunds),
        "lines": money_box(found, seen.party, refunds),
        "items": items(found),
        "parcels": parcels(found),
        "events": timeline(found, found.events.select_related("actor"), request.user),
        "trail": trail_to(seen.party),
    }
    return render(request, "orders/order.html", context)


@login_required
@require_safe
def confirmed(request: SignedInRequest, number: str) -> HttpResponse:
    """What confirming receipt has done, whoever or whatever confirmed; an order that is not confirmed shows itself."""
    found = own_order(request.user, number)
    if found.state != State.COMPLETED:
        return redirect(found)
    party = party_of(found, request.user)
    context = {
        "order": found,
        "at": clock.now(),
        "bought": party == Party.BUYER,
        "receipt": receipts.receipt_of(found),
        "trail": trail_through(found, party),
    }
    return render(request, "orders/confirmed.html", context)


@login_required
@require_safe
def receipt(request: SignedInRequest, number: str) -> HttpResponse:
    """The receipt of confirmation, to print; before the order is confirmed there is none."""
    found = own_order_with_items(request.user, number)
    if found.state != State.COMPLETED:
        return _no_paper(request, found, _("There is no receipt of confirmation of this order."))
    context = {
        "order": found,
        "at": clock.now(),
        "receipt": receipts.receipt_of(found),
        "items": items(found),
        "trail": trail_through(found, party_of(found, request.user)),
    }
    return render(request, "orders/receipt.html", context)


@login_required
@require_safe
def packing_slip(request: SignedInRequest, number: str) -> HttpResponse:
    """What the seller puts into the parcel: what is in it and where it goes, no prices; only for what is to be sent."""
    found = own_order_with_items(request.user, number, Party.SELLER)
    if found.state in UNPACKED:
        return _no_paper(request, found, _("There is no packing slip of this order."))
    context = {
        "order": found,
        "at": clock.now(),
        "items": items(found),
        "trail": trail_through(found, Party.SELLER),
    }
    return render(request, "orders/packing_slip.html", context)


def _no_paper(request: SignedInRequest, found: Order, title: str) -> HttpResponse:
    words = {
        "title": title,
        "text": _("It is now “%(state)s”.") % {"state": found.status.label},
        "url": found.get_absolute_url(),
        "action": _("Go to the order"),
    }
    return render(request, "409.html", words, status=409)


def _refunds(found: Order) -> list[ProviderOperation]:
    """What is on its way back to the buyer for this order, or for the payment it came too late in."""
    mine = Q(hold=found.hold_id) if found.hold_id else Q(hold=None)
    return list(ProviderOperation.objects.filter(mine, payment=found.payment_id))
