"""Pages about oneself: profile, addresses, and one's shop."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.accounts import actions
from marketplace.accounts.forms import NAME_TAKEN, AddressForm, OpenShopForm, ProfileForm, ShopForm
from marketplace.accounts.models import Address, Shop
from marketplace.accounts.requests import SignedInRequest, next_url


@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    """Show and change name, language and time zone."""
    form = ProfileForm(request.POST or None, initial=_profile_of(request))
    if request.method == "POST" and form.is_valid():
        actions.change_profile(user=request.user, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


def _profile_of(request: SignedInRequest) -> dict[str, str]:
    user = request.user
    return {"name": user.name, "language": user.language, "time_zone": user.time_zone}


@login_required
def addresses(request: SignedInRequest) -> HttpResponse:
    """List the user's addresses."""
    return render(request, "accounts/addresses.html", {"addresses": request.user.addresses.all()})


@login_required
def add_address(request: SignedInRequest) -> HttpResponse:
    """Save another address, and go back to where it was needed."""
    form = AddressForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        actions.add_address(user=request.user, **cast("actions.AddressData", form.cleaned_data))
        messages.success(request, _("The address is saved."))
        return redirect(next_url(request, "accounts:addresses"))
    return render(
        request, "accounts/address_form.html", {"form": form, "next": next_url(request, "accounts:addresses")}
    )


@login_required
def change_address(request: SignedInRequest, address_id: int) -> HttpResponse:
    """Correct an address."""
    address = _own_address(request, address_id)
    form = AddressForm(request.POST or None, initial=address.snapshot())
    if request.method == "POST" and form.is_valid():
        actions.change_address(address=address, **cast("actions.AddressData", form.cleaned_data))
        messages.success(request, _("The address is saved."))
        return redirect(next_url(request, "accounts:addresses"))
    context = {"form": form, "address": address, "next": next_url(request, "accounts:addresses")}
    return render(request, "accounts/address_form.html", context)


@login_required
def delete_address(request: SignedInRequest, address_id: int) -> HttpResponse:
    """Ask once, then forget the address."""
    address = _own_address(request, address_id)
    if request.method == "POST":
        actions.delete_address(address=address)
        messages.success(request, _("The address is deleted."))
        return redirect("accounts:addresses")
    return render(request, "accounts/delete_address.html", {"address": address})


@login_required
@require_POST
def make_default_address(request: SignedInRequest, address_id: int) -> HttpResponse:
    """Use this address unless another is chosen."""
    actions.make_default_address(address=_own_address(request, address_id))
    messages.success(request, _("Orders are sent to this address by default."))
    return redirect("accounts:addresses")


def _own_address(request: SignedInRequest, address_id: int) -> Address:
    """The user's address; 404 for anybody else's, so that nobody learns what exists."""
    return get_object_or_404(Address, id=address_id, user=request.user)


@login_required
def shop(request: SignedInRequest) -> HttpResponse:
    """Show the user's shop, its state and what can be done with it; or the way to a first one."""
    mine = Shop.objects.filter(owner=request.user).first()
    return render(request, "accounts/shop.html", {"shop": mine}) if mine else redirect("accounts:open_shop")


@login_required
def open_shop(request: SignedInRequest) -> HttpResponse:
    """Open a shop; a second click finds it open."""
    if Shop.objects.filter(owner=request.user).exists():
        return redirect("accounts:shop")
    form = OpenShopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.open_shop(owner=request.user, **form.cleaned_data)
        except actions.ShopNameTakenError:
            form.add_error("name", NAME_TAKEN)
        except actions.AlreadyHasShopError:
            return redirect("accounts:shop")
        else:
            messages.success(request, _("Your shop is open. Now list the first thing for sale."))
            return redirect("accounts:shop")
    return render(request, "accounts/shop_form.html", {"form": form})


@login_required
def change_shop(request: SignedInRequest) -> HttpResponse:
    """Change what the shop says of itself."""
    mine = get_object_or_404(Shop, owner=request.user)
    initial = {"name": mine.name, "about": mine.about, "country": mine.country}
    form = ShopForm(request.POST or None, initial=initial, instance=Shop(id=mine.id))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_shop(shop=mine, **form.cleaned_data)
        except actions.ShopNameTakenError:
            form.add_error("name", NAME_TAKEN)
        else:
            messages.success(request, _("Your shop is saved."))
            return redirect("accounts:shop")
    return render(request, "accounts/shop_form.html", {"form": form, "shop": mine})


@login_required
@require_POST
def start_holiday(request: SignedInRequest) -> HttpResponse:
    """Put the shop on holiday."""
    try:
        actions.start_holiday(shop=get_object_or_404(Shop, owner=request.user))
    except actions.ShopSuspendedError:
        messages.error(request, _("Your shop is suspended. Write to us to have it looked at again."))
    else:
        messages.success(request, _("Your shop is on holiday: nothing can be ordered until you open it again."))
    return redirect("accounts:shop")


@login_required
@require_POST
def end_holiday(request: SignedInRequest) -> HttpResponse:
    """Open the shop again."""
    try:
        actions.end_holiday(shop=get_object_or_404(Shop, owner=request.user))
    except actions.ShopSuspendedError:
        messages.error(request, _("Your shop is suspended. Write to us to have it looked at again."))
    else:
        messages.success(request, _("Your shop is open again."))
    return redirect("accounts:shop")
