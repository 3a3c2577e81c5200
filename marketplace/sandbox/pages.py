"""The pages people see: where a buyer pays, where the buyer's bank asks, and where a parcel is scanned.

Nobody signs in and there is no cookie: the unguessable token in a page's address is all the right there is, so a
forged form has nothing to ride on. Every page works without JavaScript; there is none.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.lib import clock
from marketplace.lib.money import Money
from marketplace.sandbox import cards, operations, parcels
from marketplace.sandbox.forms import CardForm, TrackingForm
from marketplace.sandbox.models import Parcel, Payment
from marketplace.sandbox.refusal import Refused

SCANS = [Parcel.State.IN_TRANSIT, Parcel.State.DELIVERED]
SANDBOX_CARRIER = "sandbox"


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Ready: the application is loaded and its database answers."""
    clock.now()
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, its test cards, and the way to a parcel."""
    return render(request, "sandbox/home.html", {"cards": cards.CARDS, "merchant": settings.MERCHANT_NAME})


def return_address(payment: Payment) -> str:
    """The merchant's page that the buyer goes back to, told which payment this was."""
    parts = urlsplit(payment.return_url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("payment", payment.pk)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _hosted(request: HttpRequest, token: str) -> Payment:
    """The payment of a page, whose forms may lead on to the merchant."""
    payment = get_object_or_404(Payment, token=token)
    parts = urlsplit(payment.return_url)
    request.leads_to = f"{parts.scheme}://{parts.netloc}"  # type: ignore[attr-defined] # read by the middleware
    return payment


def _page(
    request: HttpRequest, template: str, payment: Payment, *, status: int = 200, **context: object
) -> HttpResponse:
    context |= {
        "payment": payment,
        "amount": Money(payment.amount_minor, payment.currency).format(),
        "merchant": settings.MERCHANT_NAME,
        "back": return_address(payment),
    }
    return render(request, template, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """The card form. A good card leads back to the merchant, one that needs it to the bank, a declined one here."""
    payment, at = _hosted(request, token), clock.now()
    form = CardForm(request.POST if request.method == "POST" else None, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            payment = operations.try_card(payment_id=payment.pk, card=form.cleaned_data["card_number"], at=at)
        except Refused:
            return _closed(request, payment)
        return _after_card(payment)
    if payment.state == Payment.State.CAPTURED or payment.is_over(at):
        return _closed(request, payment)
    status = 422 if form.errors else 200
    failure = cards.FAILURES.get(payment.failure_code, "")
    return _page(request, "sandbox/pay.html", payment, status=status, form=form, failure=failure, cards=cards.CARDS)


def _after_card(payment: Payment) -> HttpResponse:
    if payment.state == Payment.State.CAPTURED:
        return redirect(return_address(payment))
    waiting = operations.waiting_confirmation(payment)
    return redirect("confirm" if waiting else "pay", payment.token)


def _closed(request: HttpRequest, payment: Payment) -> HttpResponse:
    """Paid already, or too late: either way nothing more to do here than to go back."""
    paid = payment.state == Payment.State.CAPTURED
    return _page(request, "sandbox/closed.html", payment, status=200 if paid else 410, paid=paid)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The buyer's bank asks whether it is really the buyer."""
    payment, at = _hosted(request, token), clock.now()
    attempt = operations.waiting_confirmation(payment)
    if request.method == "POST":
        try:
            payment = operations.confirm_card(
                payment_id=payment.pk, approved=request.POST.get("decision") == "approve", at=at
            )
        except Refused:
            return redirect("pay", token)
        return _after_card(payment)
    if not attempt or payment.state == Payment.State.CAPTURED:
        return redirect("pay", token)
    return _page(request, "sandbox/confirm.html", payment, last4=attempt.last4)


@require_safe
def find_parcel(request: HttpRequest) -> HttpResponse:
    """From a number typed into the home page to the parcel."""
    form = TrackingForm(request.GET)
    return redirect("parcel", form.cleaned_data["tracking_number"]) if form.is_valid() else redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
def parcel(request: HttpRequest, tracking_number: str) -> HttpResponse:
    """Where a parcel is, with the carrier's scanner. A number nobody registered becomes ours when it is scanned."""
    form = TrackingForm({"tracking_number": tracking_number})
    if not form.is_valid():
        raise Http404
    at = clock.now()
    found = Parcel.objects.filter(tracking_number=tracking_number).first()
    scan = request.POST.get("scan", "")
    if request.method == "POST" and scan in SCANS:
        if not found:
            parcels.register_parcel(carrier=SANDBOX_CARRIER, tracking_number=tracking_number, at=at)
        parcels.scan_parcel(tracking_number=tracking_number, state=scan, at=at)
        return redirect("parcel", tracking_number)
    return render(request, "sandbox/parcel.html", {"parcel": found, "tracking_number": tracking_number})
