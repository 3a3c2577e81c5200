"""A seller's listings: the list of them, and the page on which one is written."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.models import Shop
from marketplace.accounts.requests import SignedInRequest
from marketplace.catalog import actions
from marketplace.catalog import search as finding
from marketplace.catalog.editor import Editor
from marketplace.catalog.models import Listing
from marketplace.catalog.paging import page_number, pages_of
from marketplace.lib import clock


def _own_shop(request: SignedInRequest) -> Shop | None:
    return Shop.objects.filter(owner=request.user).first()


def _own_listing(request: SignedInRequest, reference: str) -> Listing:
    """The user's listing; 404 for anybody else's."""
    rows = Listing.objects.select_related("shop", "current").filter(current__isnull=False)
    return get_object_or_404(rows, reference=reference, shop__owner=request.user)


@login_required
@require_safe
def own_listings(request: SignedInRequest) -> HttpResponse:
    """List the seller's listings, by state."""
    shop = _own_shop(request)
    if shop is None:
        return redirect("accounts:open_shop")
    state = request.GET.get("state", "")
    counts = Listing.objects.filter(shop=shop, current__isnull=False).counted_by_state()
    listings = Listing.objects.filter(shop=shop, current__isnull=False).with_pieces()
    if state in Listing.State.values:
        listings = listings.filter(state=state)
    found = finding.page_of(listings.order_by("-id"), page_number(request))
    tabs = [
        {"label": label, "url": f"?state={value}" if value else "?", "count": count, "current": state == value}
        for value, label, count in [
            ("", _("All"), sum(counts.values())),
            *((one.value, one.label, counts.get(one.value, 0)) for one in Listing.State),
        ]
    ]
    context = {"shop": shop, "listings": found.listings, "tabs": tabs, "pages": pages_of(request, found)}
    return render(request, "catalog/own_listings.html", context)


@login_required
def create_listing(request: SignedInRequest) -> HttpResponse:
    """Write a new listing, as a draft or at once on display."""
    shop = _own_shop(request)
    if shop is None:
        return redirect("accounts:open_shop")
    editor = Editor(shop=shop, listing=None, data=_posted(request), files=request.FILES)
    if editor.is_saving and editor.is_valid():
        listing = actions.create_listing(shop=shop, content=editor.content(), reference=editor.reference)
        return _saved(request, listing, publish=editor.act == "publish")
    return render(request, "catalog/listing_form.html", {"editor": editor, "shop": shop})


@login_required
def change_listing(request: SignedInRequest, reference: str) -> HttpResponse:
    """Write a listing anew; what was bought stays as it was bought."""
    listing = _own_listing(request, reference)
    editor = Editor(shop=listing.shop, listing=listing, data=_posted(request), files=request.FILES)
    if editor.is_saving and editor.is_valid():
        try:
            changed = actions.change_listing(
                listing=listing, content=editor.content(), version_seen=editor.version_seen, edit=editor.edit
            )
        except actions.ListingChangedError:
            messages.error(request, _("This listing was changed in another window. Here it is as it is now."))
            return redirect("catalog:change_listing", reference)
        return _saved(request, changed, publish=editor.act == "publish")
    context = {"editor": editor, "shop": listing.shop, "listing": listing}
    return render(request, "catalog/listing_form.html", context)


def _posted(request: SignedInRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _saved(request: SignedInRequest, listing: Listing, *, publish: bool) -> HttpResponse:
    """Say that it is saved, publish it where that was asked for, and go to the list."""
    if publish:
        return _publish(request, listing)
    messages.success(request, _("“%(title)s” is saved.") % {"title": listing.version})
    return redirect("catalog:own_listings")


@login_required
@require_POST
def publish_listing(request: SignedInRequest, reference: str) -> HttpResponse:
    """Put a listing on display."""
    return _publish(request, _own_listing(request, reference))


def _publish(request: SignedInRequest, listing: Listing) -> HttpResponse:
    try:
        actions.publish_listing(listing=listing, at=clock.now())
    except actions.ShopSuspendedError:
        messages.error(request, _("Your shop is suspended: nothing of it can be published."))
    except actions.NoPhotoError:
        messages.error(request, _("Add a photo first: nobody buys what they cannot see."))
        return redirect("catalog:change_listing", listing.reference)
    except actions.NoVariantError:
        messages.error(request, _("Tick one kind at least that is for sale."))
        return redirect("catalog:change_listing", listing.reference)
    else:
        messages.success(request, _("“%(title)s” is on display.") % {"title": listing.version})
    return redirect("catalog:own_listings")


@login_required
@require_POST
def pause_listing(request: SignedInRequest, reference: str) -> HttpResponse:
    """Take a listing off display."""
    listing = actions.pause_listing(listing=_own_listing(request, reference))
    messages.success(request, _("“%(title)s” is paused. Open orders go on.") % {"title": listing.version})
    return redirect("catalog:own_listings")
