"""The part of the API that no real provider has: what goes wrong, where webhooks go, and forgetting everything.

These calls set things to a value, so they need no `Idempotency-Key`, and no mishap befalls them.
"""

from dataclasses import asdict

from django.apps import apps
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from marketplace.lib import clock
from marketplace.sandbox import cards, operations
from marketplace.sandbox import chaos as mishaps
from marketplace.sandbox.api import api
from marketplace.sandbox.body import Body, WrongRequest
from marketplace.sandbox.events import describe
from marketplace.sandbox.models import Audience, Delivery, Endpoint, Parcel, Payment, Payout, Refund


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
    """How much is still under way: messages to bring, messages without an address, and objects with a step to come."""
    waiting = Delivery.objects.filter(delivered_at__isnull=True)
    reachable = Endpoint.objects.exclude(url="").values("audience")
    undelivered = waiting.filter(event__audience__in=reachable).count()
    unsettled = sum(kind.objects.filter(due_at__isnull=False).count() for kind in (Refund, Payout, Parcel))
    return JsonResponse(
        {"undelivered": undelivered, "held_back": waiting.count() - undelivered, "unsettled": unsettled}
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
