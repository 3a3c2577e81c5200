"""The provider's API: JSON, a Bearer key, and an `Idempotency-Key` on every call that moves something.

A call is carried out in one transaction with the answer that is kept for its key, under a lock on the key: however
often and however simultaneously it is sent, it happens once, and `GET /v1/find` waits for one that is running.
"""

import hashlib
import secrets
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from marketplace.lib import clock
from marketplace.sandbox import chaos, chargebacks, operations, parcels
from marketplace.sandbox.body import UNREADABLE, Body, WrongRequest
from marketplace.sandbox.events import Subject, describe, describe_event
from marketplace.sandbox.models import Answer, Audience, Chargeback, Event, Movement, Parcel, Payment, Payout, Refund
from marketplace.sandbox.refusal import Refused

KINDS: dict[str, type[Subject]] = {"pay": Payment, "ref": Refund, "po": Payout, "cb": Chargeback, "par": Parcel}
MOST_EVIDENCE = 20_000  # characters


def _error(status: int, code: str, message: str, field: str = "") -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message, "field": field}}, status=status)


def api(*methods: str, calm: bool = False) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view of the API: only for the holder of the key, its errors as JSON, and, unless `calm`, with mishaps."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, **arguments: Any) -> HttpResponse:
            sent = request.headers.get("Authorization", "").encode()
            if not secrets.compare_digest(sent, f"Bearer {settings.API_KEY}".encode()):
                return _error(401, "unauthorized", "Send the API key as a Bearer token.")
            if request.method not in methods:
                return _error(405, "method_not_allowed", f"Here only {' and '.join(methods)} will do.")
            if not calm:
                time.sleep(chaos.current().answer_delay)
                if chaos.chance("error_probability"):
                    return _error(500, "chaos", "Something went wrong, on purpose.")
            return _said_in_json(view, request, arguments)

        return answer

    return decorate


def _said_in_json(view: Callable[..., HttpResponse], request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    try:
        return view(request, **arguments)
    except WrongRequest as error:
        return _error(400, "invalid_request", str(error), error.field)
    except Refused as error:
        return _error(error.status, error.code, str(error))
    except Http404:
        return _error(404, "not_found", "There is no such object.")


def _named(request: HttpRequest, name: str) -> str:
    """A text of the query, empty where there is none."""
    text = request.GET.get(name, "")
    if UNREADABLE.search(text):
        raise WrongRequest(name, f"{name} has only printable characters.")
    return text


def _key(text: str) -> str:
    if not text.strip() or len(text) > 255 or UNREADABLE.search(text):
        raise WrongRequest("Idempotency-Key", "Send an Idempotency-Key of 1 to 255 characters.")
    return text


def _kept(key: str) -> Answer | None:
    """The answer kept for the key, once no call with it is running. Call it in the call's own transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    return Answer.objects.filter(pk=key).first()


def carry_out(request: HttpRequest, perform: Callable[[Body, datetime], Subject]) -> HttpResponse:
    """Do what the request asks once for its key, and answer the same to the same request ever after.

    A refusal is kept too. A request that could not be read is not: mended, it may use its key again.
    """
    key = _key(request.headers.get("Idempotency-Key", ""))
    fingerprint = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
    with transaction.atomic():
        answer = _kept(key)
        if answer is None:
            answer = _first_answer(perform, Body(request.body))
            answer.key, answer.fingerprint = key, fingerprint
            answer.save(force_insert=True)
    if answer.fingerprint != fingerprint:
        return _error(422, "idempotency_mismatch", "This key was used for another request.")
    if chaos.chance("timeout_probability"):
        return _lose_connection(request)
    return JsonResponse(answer.body, status=answer.status)


def _first_answer(perform: Callable[[Body, datetime], Subject], body: Body) -> Answer:
    at = clock.now()
    try:
        made = perform(body, at)
    except Refused as error:
        refusal = {"error": {"code": error.code, "message": str(error), "field": ""}}
        return Answer(status=error.status, body=refusal, created_at=at)
    return Answer(status=201, body=describe(made), object_id=made.pk, created_at=at)


def _lose_connection(request: HttpRequest) -> HttpResponse:
    """Hang up before the answer, as a network does; a server that hides its socket answers 504 instead."""
    connected: socket.socket | None = request.META.get("gunicorn.socket")
    if connected is not None:
        connected.shutdown(socket.SHUT_RDWR)
    return HttpResponse(status=504)


def _open_payment(body: Body, at: datetime) -> Payment:
    return operations.open_payment(
        reference=body.text("reference", most=200),
        amount_minor=body.amount("amount_minor"),
        currency=body.currency("currency"),
        description=body.text("description", most=500),
        return_url=body.url("return_url"),
        expires_at=body.moment("expires_at"),
        at=at,
    )


def _refund(body: Body, at: datetime) -> Refund:
    return operations.refund(
        payment_id=body.text("payment", most=40),
        amount_minor=body.amount("amount_minor"),
        currency=body.currency("currency") if "currency" in body.fields else None,
        reference=body.text("reference", most=200),
        at=at,
    )


def _pay_out(body: Body, at: datetime) -> Payout:
    return operations.pay_out(
        reference=body.text("reference", most=200),
        amount_minor=body.amount("amount_minor"),
        currency=body.currency("currency"),
        destination=body.text("destination", most=100),
        at=at,
    )


def _register_parcel(body: Body, at: datetime) -> Parcel:
    by_itself = body.fields.get("deliver_after_seconds") is not None
    return parcels.register_parcel(
        carrier=body.text("carrier", most=40),
        tracking_number=body.text("tracking_number", most=80),
        reference=body.text("reference", most=200, default=""),
        deliver_after_seconds=body.whole_number("deliver_after_seconds", least=0, most=10**8) if by_itself else None,
        at=at,
    )


@api("GET", "POST")
def payments(request: HttpRequest) -> HttpResponse:
    """Open a payment, or list those of a reference."""
    if request.method == "POST":
        return carry_out(request, _open_payment)
    found = Payment.objects.filter(reference=_named(request, "reference")).order_by("created_at", "pk")
    return JsonResponse({"payments": [describe(payment) for payment in found[:100]]})


@api("POST")
def refunds(request: HttpRequest) -> HttpResponse:
    """Refund a payment, wholly or in part."""
    return carry_out(request, _refund)


@api("POST")
def payouts(request: HttpRequest) -> HttpResponse:
    """Pay out to a bank account."""
    return carry_out(request, _pay_out)


@api("POST")
def parcels_(request: HttpRequest) -> HttpResponse:
    """Register a parcel with the carrier."""
    return carry_out(request, _register_parcel)


@api("POST")
def evidence(request: HttpRequest, *, pk: str) -> HttpResponse:
    """Answer a chargeback with what speaks for the merchant, `{"evidence": {name: text}}`."""

    def keep(body: Body, at: datetime) -> Chargeback:
        said = body.texts("evidence", most=MOST_EVIDENCE)
        return chargebacks.answer(chargeback_id=pk, evidence=said, at=at)

    return carry_out(request, keep)


def _load(kind: type[Subject], pk: str) -> Subject:
    found: Subject | None = kind.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@api("GET")
def show(_request: HttpRequest, *, kind: type[Subject], pk: str) -> HttpResponse:
    """One payment, refund, payout, chargeback or parcel as it is now."""
    return JsonResponse(describe(_load(kind, pk)))


@api("GET")
def find(request: HttpRequest) -> HttpResponse:
    """What became of the call with this key: its object as it is now, or the refusal it was answered with."""
    with transaction.atomic():
        answer = _kept(_key(request.GET.get("key", "")))
    if answer is None:
        return _error(404, "key_not_found", "No call with this key was carried out.")
    if not answer.object_id:
        return JsonResponse(answer.body, status=answer.status)
    kind = KINDS[answer.object_id.partition("_")[0]]
    return JsonResponse(describe(_load(kind, answer.object_id)))


@api("GET")
def events(request: HttpRequest) -> HttpResponse:
    """The merchant's events in the order they happened, a hundred at a time, from behind the one named `after`."""
    found = Event.objects.filter(audience=Audience.MERCHANT).order_by("pk")
    if after := _named(request, "after"):
        found = found.filter(pk__gt=get_object_or_404(Event, public_id=after).pk)
    page = list(found[:101])
    return JsonResponse({"events": [describe_event(event) for event in page[:100]], "has_more": len(page) > 100})


@api("GET")
def report(request: HttpRequest) -> HttpResponse:
    """Every movement of the merchant's cash on one UTC day, oldest first, for reconciliation."""
    try:
        day = datetime.strptime(request.GET.get("date", ""), "%Y-%m-%d").replace(tzinfo=UTC)
        lines = Movement.objects.filter(at__gte=day, at__lt=day + timedelta(days=1)).order_by("at", "pk")
    except (ValueError, OverflowError) as error:
        raise WrongRequest("date", "date is a day such as 2026-01-31.") from error
    return JsonResponse({"date": f"{day:%Y-%m-%d}", "lines": [_line(movement) for movement in lines]})


def _line(movement: Movement) -> dict[str, Any]:
    return {
        "id": movement.object_id,
        "reference": movement.reference,
        "kind": movement.kind,
        "amount_minor": movement.amount_minor,
        "currency": movement.currency,
        "at": movement.at.isoformat(),
    }
