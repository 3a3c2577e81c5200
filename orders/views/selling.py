"""What a seller has to do, has sold, and has earned."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.accounts.models import Shop, User
from marketplace.accounts.requests import SignedInRequest
from marketplace.lib import clock
from orders.lifecycle import UNSHIPPED, Party
from orders.models import Deadline, Order
from orders.pages import earnings
from orders.pages.cards import cards
from orders.pages.lists import open_counts, order_list
from orders.pages.paging import PAGE, Wanted, page_of


@login_required
@require_safe
def selling(request: SignedInRequest) -> HttpResponse:
    """The queue: orders to ship or to answer, the most urgent first, under the figures that matter today."""
    at, shop = clock.now(), _shop_of(request.user)
    if shop is None:
        return render(request, "selling/no_shop.html")
    orders, more = _queue(request.user, Wanted.read(request.GET).after)
    counts = open_counts(request.user, Party.SELLER)
    context = {
        "at": at,
        "shop": shop,
        "cards": cards(orders, request.user, at),
        "to_ship": sum(counts.get(state, 0) for state in UNSHIPPED),
        "to_confirm": counts.get("SHIPPED", 0),
        "purses": earnings.purses(request.user, shop.currency),
        "more_url": f"?after={orders[-1].number}" if more else "",
        "deep": "after" in request.GET,
    }
    return render(request, "selling/selling.html", context)


@login_required
@require_safe
def sales(request: SignedInRequest) -> HttpResponse:
    """Everything the seller has sold, by tab, found by number, title or buyer, newest first, page by page."""
    at = clock.now()
    found = order_list(request.user, Party.SELLER, request.GET, at)
    return render(request, "selling/sales.html", {"found": found, "at": at})


@login_required
@require_safe
def money(request: SignedInRequest) -> HttpResponse:
    """What is on hold and what is available, by currency; the figure that is opened shows the orders that make it."""
    shop = _shop_of(request.user)
    if shop is None:
        return render(request, "selling/no_shop.html")
    purses = earnings.purses(request.user, shop.currency)
    figure = request.GET.get("figure", "")
    figure = figure if figure in earnings.FIGURES else earnings.HELD
    wanted = Wanted.read(request.GET)
    purse = next((one for one in purses if one.currency == request.GET.get("currency")), purses[0])
    page = page_of(earnings.orders_of(request.user, figure, purse.currency), wanted)
    here = {"figure": figure, "currency": purse.currency}
    context = {
        "at": clock.now(),
        "purses": purses,
        "purse": purse,
        "figure": figure,
        "figure_label": earnings.FIGURES[figure],
        "rows": earnings.earnings(page.orders),
        "newer_url": wanted.address(**here, after=page.newer) if page.newer else "",
        "older_url": wanted.address(**here, before=page.older) if page.older else "",
    }
    return render(request, "selling/money.html", context)


def _shop_of(user: User) -> Shop | None:
    return Shop.objects.filter(owner=user).first()


def _queue(seller: User, after: str) -> tuple[list[Order], bool]:
    """A page of orders to ship or to answer by deadline, and whether there are more."""
    due = Deadline.objects.filter(seller_id=seller.pk, state__in=UNSHIPPED)
    if edge := due.filter(order__number=after).first():
        due = due.filter(Q(due_at__gt=edge.due_at) | Q(due_at=edge.due_at, order_id__gt=edge.order_id))
    numbers = list(due.order_by("due_at", "order_id").values_list("order_id", flat=True)[: PAGE + 1])
    by_id = Order.objects.for_cards().in_bulk(numbers[:PAGE])
    return [by_id[number] for number in numbers[:PAGE]], len(numbers) > PAGE
