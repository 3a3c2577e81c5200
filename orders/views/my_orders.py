"""My Orders: what the reader bought."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.lib import clock
from orders.lifecycle import Party
from orders.pages.lists import order_list


@login_required
@require_safe
def my_orders(request: SignedInRequest) -> HttpResponse:
    """The reader's purchases by tab, found by number, title or seller, newest first, page by page."""
    at = clock.now()
    found = order_list(request.user, Party.BUYER, request.GET, at)
    return render(request, "orders/my_orders.html", {"found": found, "at": at})
