"""The cart, of people and of browsers that nobody has signed in with yet."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.requests import next_url
from marketplace.lib import clock
from orders import cart
from orders.cart import CartRefused, Owner
from orders.checkout_forms import AddForm, QuantityForm

VISITOR = "cart_visitor"  # where the session keeps the token of a cart that is nobody's yet


def owner_of(request: HttpRequest) -> Owner:
    """Whose cart this request is about; the browser's own joins the user's at the first look after sign-in."""
    visitor = request.session.get(VISITOR, "")
    if not request.user.is_authenticated:
        return Owner(visitor=visitor)
    if visitor:
        cart.merge(visitor=visitor, user=request.user)
        del request.session[VISITOR]
    return Owner(user=request.user)


def count_of(request: HttpRequest) -> int:
    """How many pieces are in the cart, for the head of every page; changes nothing.

    None in a request that was refused before it was known whose it is, and is answered with a page all the same.
    """
    if not hasattr(request, "session") or not hasattr(request, "user"):
        return 0
    user = request.user if request.user.is_authenticated else None
    visitor = request.session.get(VISITOR, "")
    return cart.count(user=user, visitor=visitor) if user or visitor else 0


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The cart, seller by seller, compared with the shops as they are now."""
    return render(request, "cart/cart.html", {"cart": cart.contents(owner_of(request)), "at": clock.now()})


@require_POST
def add_to_cart(request: HttpRequest) -> HttpResponse:
    """Put `quantity` pieces of `variant` into the cart; where that is refused, go back to `next` and say why."""
    owner, form = owner_of(request), AddForm(request.POST)
    if not form.is_valid():
        _tell_errors(request, form)
        return redirect(next_url(request, "orders:cart"))
    if not owner.user and not owner.visitor:
        owner = Owner(visitor=request.session.setdefault(VISITOR, secrets.token_hex(16)))
    try:
        variant = cart.add(
            owner=owner,
            variant_id=form.cleaned_data["variant"],
            quantity=form.cleaned_data["quantity"],
            at=clock.now(),
        )
    except CartRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(next_url(request, "orders:cart"))
    messages.success(request, _("“%(title)s” is in your cart.") % {"title": variant.listing})
    return redirect("orders:cart")


@require_POST
def change_cart(request: HttpRequest, variant_id: int) -> HttpResponse:
    """Have another number of pieces in the cart, at today's price."""
    form = QuantityForm(request.POST)
    if not form.is_valid():
        _tell_errors(request, form)
        return redirect("orders:cart")
    try:
        cart.change(owner=owner_of(request), variant_id=variant_id, quantity=form.cleaned_data["quantity"])
    except CartRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your cart is up to date."))
    return redirect("orders:cart")


@require_POST
def remove_from_cart(request: HttpRequest, variant_id: int) -> HttpResponse:
    """Take a thing out of the cart."""
    cart.remove(owner=owner_of(request), variant_ids=[variant_id])
    messages.success(request, _("Removed from your cart."))
    return redirect("orders:cart")


def _tell_errors(request: HttpRequest, form: AddForm | QuantityForm) -> None:
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
