"""Pages that compose several apps."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.catalog.cards import card_of
from marketplace.catalog.models import Category, Listing

NEWEST = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: what Holdfast promises, what there is, and how buying works."""
    newest = Listing.objects.on_display().in_stock().order_by("-published_at", "-id").for_cards()[:NEWEST]
    context = {"cards": [card_of(listing) for listing in newest], "categories": Category.objects.all()}
    return render(request, "home.html", context)
