"""Where every cent is: from an account to its transfers, from a transfer to its order, and back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from escrow import books
from escrow.models import Account, Payment, Payout, ProviderOperation, Transfer
from marketplace.accounts.requests import SignedInRequest
from marketplace.accounts.staff_pages import operators_only
from marketplace.lib import clock
from marketplace.lib.money import Money
from marketplace.operations import origins
from marketplace.operations.cursors import Cursor, address, page_of
from orders.models import Order


@operators_only
@require_safe
def accounts(request: SignedInRequest) -> HttpResponse:
    """The accounts that have an owner, of a kind and a currency, and what is in each."""
    kind, currency = request.GET.get("kind", ""), request.GET.get("currency", "")
    kind = kind if kind in Account.OWNED else Account.Kind.SELLER.value
    found = books.owned_accounts(kind).select_related("owner__shop")
    if currency:
        found = found.filter(currency=currency)
    email = request.GET.get("email", "").replace("\0", "").strip().lower()
    if email:
        found = found.filter(owner__email=email)
    page = page_of(found, Cursor.read(request.GET), kind=kind, currency=currency, email=email)
    context = {"at": clock.now(), "page": page, "kind": kind, "currency": currency, "email": email}
    context["label"] = Account.Kind(kind).label
    return render(request, "operations/accounts.html", context)


@operators_only
@require_safe
def account(request: SignedInRequest, pk: int) -> HttpResponse:
    """One account: what is in it, and the transfers that make it, newest first."""
    found = get_object_or_404(Account.objects.select_related("owner__shop"), pk=pk)
    cursor = Cursor.read(request.GET)
    page = books.transfers_of(found, before=cursor.before, after=cursor.after)
    context = {
        "at": clock.now(),
        "account": found,
        "standing": books.standing_of(found),
        "rows": origins.rows(page.transfers, seen_from=found),
        "newer_url": address(after=page.newer_than) if page.newer_than is not None else "",
        "older_url": address(before=page.older_than) if page.older_than is not None else "",
    }
    return render(request, "operations/account.html", context)


@operators_only
@require_safe
def transfer(request: SignedInRequest, pk: int) -> HttpResponse:
    """One transfer: from where to where, why, and of which order."""
    found = get_object_or_404(origins.with_both_sides(Transfer.objects.all()), pk=pk)
    context = {
        "at": clock.now(),
        "transfer": found,
        "amount": Money(found.amount_minor, found.currency),
        "row": origins.rows([found])[0],
    }
    return render(request, "operations/transfer.html", context)


@operators_only
@require_safe
def order(request: SignedInRequest, number: str) -> HttpResponse:
    """The money of one order: its hold, every transfer of it, and what was asked of the provider."""
    found = get_object_or_404(Order.objects.with_parties(), number=number)
    context = {"at": clock.now(), "order": found, "hold": found.hold, "payment": found.payment}
    if found.hold is not None:
        operations = list(found.hold.operations.select_related("hold", "payment", "payout").order_by("pk"))
        context |= {"operations": operations, "rows": origins.rows(origins.of_hold(found.hold, operations))}
        context["lines"] = origins.lines_of(found.hold)
    return render(request, "operations/order.html", context)


@operators_only
@require_safe
def payment(request: SignedInRequest, reference: str) -> HttpResponse:
    """One payment: the orders that it pays, and what of it came too late and went back."""
    found = get_object_or_404(Payment.objects.select_related("buyer"), reference=reference)
    late = list(found.operations.filter(hold=None).select_related("hold", "payment", "payout").order_by("pk"))
    context = {
        "at": clock.now(),
        "payment": found,
        "amount": Money(found.amount_minor, found.currency),
        "orders": found.orders.select_related("seller__shop", "hold").order_by("pk"),
        "operations": late,
        "rows": origins.rows(origins.of_late_capture(found, late)),
    }
    return render(request, "operations/payment.html", context)


@operators_only
@require_safe
def payout(request: SignedInRequest, reference: str) -> HttpResponse:
    """The money of one payout: what it moved, and what was asked of the provider."""
    found = get_object_or_404(Payout.objects.select_related("account__owner__shop", "method"), reference=reference)
    context = {
        "at": clock.now(),
        "payout": found,
        "rows": origins.rows(origins.of_payout(found)),
        "operations": ProviderOperation.objects.filter(payout=found).select_related("hold", "payment", "payout"),
    }
    return render(request, "operations/payout.html", context)
