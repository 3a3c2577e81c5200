"""What everybody sees: search, a listing, a shop."""

from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace.accounts.models import Shop
from marketplace.catalog import search as finding
from marketplace.catalog.cards import card_of
from marketplace.catalog.forms import SearchForm
from marketplace.catalog.models import Category, Listing, ListingVersionPhoto
from marketplace.catalog.offers import Obstacle, offer_of
from marketplace.catalog.paging import page_number, pages_of


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find listings by words, category and price."""
    form = SearchForm(_with_order(request))
    wanted = form.wanted()
    found = finding.find(wanted, page_number(request))
    context = {
        "form": form,
        "wanted": wanted,
        "found": found,
        "cards": [card_of(listing) for listing in found.listings],
        "categories": Category.objects.all(),
        "mixes_currencies": wanted.order in {finding.CHEAPEST, finding.DEAREST} and not wanted.currency,
        "pages": pages_of(request, found),
    }
    return render(request, "catalog/search.html", context)


def _with_order(request: HttpRequest) -> dict[str, str]:
    """The address's words and filters, with the order that goes without saying said."""
    data = {name: value for name, value in request.GET.items() if isinstance(value, str)}
    data.setdefault("order", finding.RELEVANCE if SearchForm(data).words else finding.NEWEST)
    return data


@require_safe
def listing(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a listing to whoever may see it: a draft only its seller."""
    rows = Listing.objects.select_related("current", "shop", "category").filter(current__isnull=False)
    item = get_object_or_404(rows, reference=reference)
    is_own = item.shop.owner_id == request.user.pk
    offer = offer_of(item, request.user)
    if offer.obstacle == Obstacle.DRAFT and not is_own:
        raise Http404
    placed = ListingVersionPhoto.objects.filter(version=item.current_id).select_related("photo")
    more = Listing.objects.on_display().filter(shop=item.shop).exclude(id=item.id).for_cards()
    everything = reverse("catalog:search")
    shelf = f"{everything}?{urlencode({'category': item.category.slug})}"
    context = {
        "trail": [{"label": _("All listings"), "url": everything}, {"label": item.category.name, "url": shelf}],
        "listing": item,
        "version": item.current,
        "photos": [place.as_shown() for place in placed],
        "offer": offer,
        "is_own": is_own,
        "more": [card_of(other) for other in more.order_by("-published_at", "-id")[:4]],
    }
    return render(request, "catalog/listing.html", context)


@require_safe
def shop(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a shop and what it sells; of a suspended one only that it is suspended."""
    place = get_object_or_404(Shop, slug=slug)
    listings = Listing.objects.filter(shop=place, state=Listing.State.PUBLISHED).filter(
        ~Q(shop__state=Shop.State.SUSPENDED)
    )
    found = finding.page_of(listings.order_by("-published_at", "-id"), page_number(request))
    context = {
        "shop": place,
        "found": found,
        "cards": [card_of(item) for item in found.listings],
        "pages": pages_of(request, found),
        "is_own": place.owner_id == request.user.pk,
    }
    return render(request, "catalog/shop.html", context)
