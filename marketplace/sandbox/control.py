"""The part of the API that no real provider has: what goes wrong, where webhooks go, and forgetting everything.

These calls set things to a value, so they need no `Idempotency-Key`, and no mishap befalls them.
"""

from collections.abc import Sequence
from dataclasses import asdict

from django.apps import apps
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from marketplace.lib import clock
from marketplace.sandbox import cards, chargebacks, operations
from marketplace.sandbox import chaos as mishaps
from marketplace.sandbox.api import api
from marketplace.sandbox.body import Body, WrongRequest
from marketplace.sandbox.events import describe
from marketplace.sandbox.models import Audience, Chargeback, Delivery, Endpoint, Parcel, Payment, Payout, Refund
from marketplace.sandbox.refusal import Refused

OUTCOMES = (Chargeback.State.WON.value, Chargeback.State.LOST.value)


@api("GET", "POST", calm=True)
def chaos(request: HttpRequest) -> HttpResponse:
    """The mishaps in force; a POST puts those it names in force and all others back to their usual."""
    if request.method == "POST":
        try:
            mishaps.change(dict(Body(request.body).fields))
        except mishaps.WrongChaos as error:
            raise WrongRequest("", str(error)) from error
    return JsonResponse(asdict(mishaps.current()))


@api("GET", "POST", calm=True)
def endpoints(request: HttpRequest) -> HttpResponse:
    """Where each audience's webhooks go; a POST of `{"merchant": url, "carrier": url}` sets those it names.

    Without an address an audience's messages wait.
    """
    if request.method == "POST":
        body = Body(request.body)
        for audience in Audience.values:
            if audience in body.fields:
                direct(audience, body.url(audience) if body.fields[audience] else "")
    return JsonResponse(dict(Endpoint.objects.values_list("audience", "url")))


def direct(audience: str, url: str) -> None:
    """Send an audience's webhooks to this address from now on; nowhere when it is empty."""
    Endpoint.objects.update_or_create(audience=audience, defaults={"url": url})


@api("GET", calm=True)
def status(_request: HttpRequest) -> HttpResponse:
    """How much is still under way: messages to bring, messages without an address, and objects with a step to come.

    Chargebacks to come, or to be decided, are counted for themselves: a bank takes its time.
    """
    waiting = Delivery.objects.filter(delivered_at__isnull=True)
    reachable = Endpoint.objects.exclude(url="").values("audience")
    undelivered = waiting.filter(event__audience__in=reachable).count()
    unsettled = sum(kind.objects.filter(due_at__isnull=False).count() for kind in (Refund, Payout, Parcel))
    return JsonResponse(
        {
            "undelivered": undelivered,
            "held_back": waiting.count() - undelivered,
            "unsettled": unsettled,
            "chargebacks": Chargeback.objects.filter(due_at__isnull=False).count(),
        }
    )


@api("POST", calm=True)
def pay(request: HttpRequest, *, pk: str) -> HttpResponse:
    """Pay with a test card, `{"card": number, "at": time}`, without the page: how demo data gets its past."""
    body = Body(request.body)
    card = cards.BY_NUMBER.get(body.text("card", most=19))
    if card is None:
        raise WrongRequest("card", "That is no test card.")
    try:
        paid = operations.try_card(payment_id=pk, card=card, at=body.moment("at") or clock.now())
    except Payment.DoesNotExist as error:
        raise WrongRequest("payment", "There is no such payment.") from error
    return JsonResponse(describe(paid))


@api("POST", calm=True)
def charge_back(request: HttpRequest, *, pk: str) -> HttpResponse:
    """Be the buyer's bank and ask a payment back, `{"amount_minor": …, "reason": …, "outcome": "won" or "lost"}`.

    Without an amount all that is left is asked for; it is decided by itself after a while, or by `decide`.
    """
    body = Body(request.body)
    amount_minor = body.amount("amount_minor") if "amount_minor" in body.fields else None
    made = chargebacks.open_chargeback(
        payment_id=pk,
        amount_minor=amount_minor,
        reason=_one_of(body, "reason", chargebacks.REASONS, "general"),
        outcome=_one_of(body, "outcome", OUTCOMES, Chargeback.State.LOST),
        at=clock.now(),
    )
    return JsonResponse(describe(made))


@api("POST", calm=True)
def decide(request: HttpRequest, *, pk: str) -> HttpResponse:
    """Be the buyer's bank and decide an open chargeback now, `{"outcome": "won" or "lost"}`."""
    outcome = _one_of(Body(request.body), "outcome", OUTCOMES, Chargeback.State.LOST)
    with transaction.atomic():
        open_ones = Chargeback.objects.filter(state=Chargeback.State.OPEN).select_related("payment")
        chargeback = open_ones.select_for_update(of=("self",)).filter(pk=pk).first()
        if chargeback is None:
            raise Refused("not_open", "There is no such open chargeback.", status=404)
        chargeback.outcome = outcome
        chargebacks.decide(chargeback, clock.now())
    return JsonResponse(describe(chargeback))


def _one_of(body: Body, name: str, allowed: Sequence[str], default: str) -> str:
    value = body.text(name, most=40, default=default)
    if value not in allowed:
        raise WrongRequest(name, f"{name} is one of {', '.join(allowed)}.")
    return value


@api("POST", calm=True)
def reset(_request: HttpRequest) -> HttpResponse:
    """Forget everything: payments, parcels, answers, messages, addresses and mishaps."""
    tables = ", ".join(
        connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 -- Django's documented Meta API
        for model in apps.get_app_config("sandbox").get_models()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}")
    mishaps.look_again()
    return JsonResponse({})
