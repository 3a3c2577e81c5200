"""The first page of the operators: whether all is well, at a glance, and from each figure to what makes it."""

from dataclasses import dataclass
from itertools import groupby

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import orders.sweep
from escrow.books import Standing
from marketplace.accounts import staff
from marketplace.accounts.requests import SignedInRequest
from marketplace.accounts.staff_pages import operators_only
from marketplace.lib import clock
from marketplace.lib.money import Money
from marketplace.operations import alarms, figures
from marketplace.operations.figures import Figures
from orders.models import SetAside

MOST_SET_ASIDE = 50


@dataclass(frozen=True)
class Currency:
    """One currency's accounts, and what they are out of balance by."""

    code: str
    imbalance: Money
    standings: list[Standing]


@operators_only
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """All figures as they are now, and the orders that wait for somebody to remove what stops them."""
    now = figures.gather(clock.now())
    aside = SetAside.objects.select_related("order").order_by("-failed_at", "pk")[:MOST_SET_ASIDE]
    context = {"now": now, "at": now.at, "alarms": alarms.raised(now)}
    context |= {"currencies": _by_currency(now), "set_aside": aside}
    return render(request, "operations/overview.html", context)


@operators_only
@require_POST
def retry_order(request: SignedInRequest, number: str) -> HttpResponse:
    """Let the sweep try an order again that it had set aside."""
    at = clock.now()
    with transaction.atomic():
        aside = get_object_or_404(SetAside.objects.select_for_update(of=("self",)), order__number=number)
        facts = {"tries": aside.tries, "reason": aside.reason}
        staff.note(by=request.user, at=at, act="retry_order", subject=f"order {number}", facts=facts)
        orders.sweep.retry(aside, at=at)
    messages.success(request, _("The next sweep tries order %(number)s again.") % {"number": number})
    return redirect("operations")


def _by_currency(now: Figures) -> list[Currency]:
    out_by = {money.currency: money for money in now.imbalances}
    return [
        Currency(code, out_by[code], list(standings))
        for code, standings in groupby(now.standings, key=lambda one: one.currency)
    ]
