"""Paying at the provider's page, and what the buyer sees on coming back."""

import logging

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from escrow.models import Payment
from escrow.payments import PaymentMismatch
from escrow.providers.base import ProviderError
from marketplace.accounts.requests import SignedInRequest
from marketplace.lib import clock
from orders import paying

logger = logging.getLogger(__name__)

DECLINES: dict[str, Promise] = {
    "card_declined": gettext_lazy("Your bank declined the card."),
    "insufficient_funds": gettext_lazy("Your bank declined the card because there is not enough money on the account."),
    "expired_card": gettext_lazy("Your bank declined the card because it has expired."),
    "confirmation_refused": gettext_lazy("The payment was not confirmed with your bank."),
}
DECLINED = gettext_lazy("Your bank did not let the payment through.")


def _own_payment(request: SignedInRequest, reference: str) -> Payment:
    """The reader's payment of that reference; nobody learns of one that is not theirs. Raises `Http404`."""
    return get_object_or_404(Payment, buyer=request.user, reference=reference)


@login_required
@never_cache
@require_safe
def pay(request: SignedInRequest, reference: str) -> HttpResponse:
    """Lead to the provider's page; where the provider cannot be reached, say so and offer to try again."""
    (standing,) = paying.standings([_own_payment(request, reference)])
    return_path = reverse("orders:pay_return", args=[reference])
    if not standing.can_be_paid:
        return redirect(return_path)
    try:
        page = paying.open_page(standing, return_url=request.build_absolute_uri(return_path))
    except ProviderError as error:
        logger.warning("payment %s: the provider's page could not be opened: %s", reference, error)
        return render(request, "pay/provider_down.html", {"standing": standing, "at": clock.now()}, status=503)
    return redirect(page)


@login_required
@never_cache
@require_safe
def pay_return(request: SignedInRequest, reference: str) -> HttpResponse:
    """Where the buyer lands after the provider's page: right whether the webhook came first or comes later."""
    return render(request, "pay/return.html", _how_it_stands(request, reference))


@login_required
@never_cache
@require_safe
def pay_status(request: SignedInRequest, reference: str) -> HttpResponse:
    """The changing part of that page, for as long as it asks again by itself."""
    return render(request, "pay/_status.html", _how_it_stands(request, reference))


def _how_it_stands(request: SignedInRequest, reference: str) -> dict[str, object]:
    at, payment = clock.now(), _own_payment(request, reference)
    disputed = False
    try:
        is_known = paying.ask(payment, at=at)
    except PaymentMismatch:
        logger.exception("payment %s is not what the provider says", reference)
        is_known, disputed = True, True
    payment.refresh_from_db()
    (standing,) = paying.standings([payment])
    decline = payment.last_error and DECLINES.get(payment.last_error, DECLINED)
    return {
        "standing": standing,
        "is_known": is_known,
        "needs_a_look": disputed,
        "decline": decline,
        "next_payment": paying.next_to_pay(request.user, payment),
        "at": at,
    }
