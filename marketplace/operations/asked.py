"""What was asked of providers and what they told us: lists that are read by cursor, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from escrow.models import ProviderEvent, ProviderOperation
from marketplace.accounts.requests import SignedInRequest
from marketplace.accounts.staff_pages import operators_only
from marketplace.lib import clock
from marketplace.operations import figures
from marketplace.operations.cursors import Cursor, page_of

State = ProviderOperation.State


@operators_only
@require_safe
def operations(request: SignedInRequest) -> HttpResponse:
    """Refunds and payouts by what is known of them; without a state those whose outcome is not known."""
    state = request.GET.get("state", "")
    state = state if state in State.values else State.UNKNOWN.value
    found = ProviderOperation.objects.filter(state=state).select_related("hold", "payment", "payout")
    context = {
        "at": clock.now(),
        "state": State(state),
        "tabs": [
            {"label": one.state.label, "url": f"?state={one.state}", "count": one.number, "current": one.state == state}
            for one in figures.asked_of_providers()
        ],
        "page": page_of(found, Cursor.read(request.GET), state=state),
    }
    return render(request, "operations/operations.html", context)


@operators_only
@require_safe
def events(request: SignedInRequest) -> HttpResponse:
    """The messages of providers and carriers that had no effect, and why."""
    found = ProviderEvent.objects.exclude(problem="")
    context = {"at": clock.now(), "page": page_of(found, Cursor.read(request.GET))}
    return render(request, "operations/events.html", context)
