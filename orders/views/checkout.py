"""Checking out: look it all over, choose where it goes, place the orders; then pay them, a currency at a time."""

from datetime import datetime
from enum import StrEnum
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.accounts.actions import AddressData
from marketplace.accounts.forms import AddressForm
from marketplace.accounts.requests import SignedInRequest
from marketplace.catalog.stock import OutOfStock
from marketplace.lib import clock, references
from orders import cart, paying, purchase
from orders.checkout import TooManyUnpaid
from orders.checkout_forms import PlaceForm
from orders.models import Checkout
from orders.offers import Cart
from orders.purchase import CartChanged
from orders.views.cart import owner_of


class Why(StrEnum):
    """Why the buyer is asked again; the page says it in words."""

    FORM = "form"
    CHANGED = "changed"
    UNPAID = "unpaid"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: SignedInRequest) -> HttpResponse:
    """Review what would be ordered, and place it exactly as it was seen."""
    at = clock.now()
    owner = owner_of(request)
    if request.method == "POST":
        return _place(request, at)
    seen = cart.contents(owner)
    if not seen.orders:
        return redirect("orders:cart")
    form = PlaceForm(user=request.user, initial={"reference": references.new(), "seen": seen.fingerprint})
    return _review(request, seen, form, _address_form(request), at)


def _place(request: SignedInRequest, at: datetime) -> HttpResponse:
    form = PlaceForm(request.POST, user=request.user)
    address_form = _address_form(request, typed=form.wants_new)
    if not form.is_valid() or (form.wants_new and not address_form.is_valid()):
        return _ask_again(request, Why.FORM, at)
    try:
        placed = purchase.place_cart(
            buyer=request.user,
            reference=form.cleaned_data["reference"],
            seen=form.cleaned_data["seen"],
            ship_to=cast("AddressData", address_form.cleaned_data) if form.wants_new else form.saved(),
            at=at,
        )
    except (CartChanged, OutOfStock):
        return _ask_again(request, Why.CHANGED, at)
    except TooManyUnpaid:
        return _ask_again(request, Why.UNPAID, at)
    payments = placed.payments.order_by("pk")
    return redirect("orders:pay", payments[0].reference) if len(payments) == 1 else redirect(_placed_url(placed))


def _ask_again(request: SignedInRequest, why: Why, at: datetime) -> HttpResponse:
    """The same page, as it is now, with all that was typed; where nothing is left to order, what became of it."""
    seen = cart.contents(owner_of(request))
    if not seen.orders:
        return _nothing_left(request)
    data = request.POST.copy()
    data["seen"] = seen.fingerprint
    form = PlaceForm(data, user=request.user)
    if "reference" in form.errors:
        data["reference"], why = references.new(), Why.CHANGED
        form = PlaceForm(data, user=request.user)
    return _review(request, seen, form, _address_form(request, typed=form.wants_new), at, why=why)


def _nothing_left(request: SignedInRequest) -> HttpResponse:
    """The orders that another tab has placed, where they are to be paid still; else the cart, which says why."""
    latest = Checkout.objects.filter(buyer=request.user).order_by("-pk").first()
    if latest and any(standing.can_be_paid for standing in paying.standings(latest.payments.all())):
        messages.info(request, _("You have placed these orders already. Nothing was ordered twice."))
        return redirect(_placed_url(latest))
    messages.warning(request, _("There is nothing in your cart that can be ordered at the moment."))
    return redirect("orders:cart")


def _review(
    request: SignedInRequest,
    seen: Cart,
    form: PlaceForm,
    address_form: AddressForm,
    at: datetime,
    *,
    why: Why | None = None,
) -> HttpResponse:
    context = {
        "cart": seen,
        "orders": [{"part": part, "promised_at": part.promised_at(at)} for part in seen.orders],
        "form": form,
        "address_form": address_form,
        "addresses": form.addresses,
        "why": why,
        "at": at,
    }
    return render(request, "checkout/checkout.html", context, status=409 if why in (Why.CHANGED, Why.UNPAID) else 200)


def _address_form(request: SignedInRequest, *, typed: bool = False) -> AddressForm:
    """The form of a new address; its fields are asked for only where one is wanted, so no browser insists on them."""
    return AddressForm(
        request.POST if typed else None,
        prefix="new",
        initial={"name": request.user.name},
        use_required_attribute=False,
    )


@login_required
@require_safe
def placed(request: SignedInRequest, reference: str) -> HttpResponse:
    """What one press of "Place order" made: its payments, to be paid one after the other."""
    found = get_object_or_404(Checkout, buyer=request.user, reference=reference)
    standings = paying.standings(found.payments.order_by("pk"))
    return render(request, "checkout/placed.html", {"standings": standings, "at": clock.now()})


def _placed_url(made: Checkout) -> str:
    return reverse("orders:placed", args=[made.reference])
