"""What providers and carriers tell us: upward events, which enter here at the roof.

A message is believed only when its signature proves it, and is kept in the same transaction as what it does: an answer
of 2xx means that it was recorded, and the same message again, however often and whenever, has no second effect. One
that cannot have an effect (a type nobody here knows, a payment that is not ours) is kept with the reason, for a person
to look at; sending it again would not help.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DataError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from escrow import operations, providers
from escrow.models import ProviderEvent
from escrow.operations import AnswerMismatch
from escrow.payments import PaymentMismatch
from escrow.providers import signatures
from escrow.providers.base import ProviderPayment, ProviderPayout, ProviderRefund, WebhookEvent, WebhookRefused
from marketplace.lib import clock, hints
from orders import actions, carriers, paying
from orders.models import Shipment

logger = logging.getLogger(__name__)

CARRIERS = {"sandbox": carriers.SANDBOX}  # the shipments that each carrier's webhook may speak of


class NoEffect(Exception):
    """The message is genuine and changes nothing; why."""


@dataclass(frozen=True)
class Message:
    """A proven message. `sender` tells providers and carriers of one name apart."""

    sender: str
    id: str
    type: str
    payload: Mapping[str, Any]


@csrf_exempt
@require_POST
def provider(request: HttpRequest, name: str) -> HttpResponse:
    """A payment provider says what became of payments, refunds and payouts."""
    at = clock.now()
    try:
        port = providers.get(name)
        event = port.verify_webhook(headers=request.headers, body=request.body, at=at)
    except KeyError as error:
        raise Http404 from error
    except WebhookRefused as refusal:
        return _refuse(name, refusal)
    message = Message(sender=name, id=event.id, type=event.type, payload=event.payload)
    return _take(message, lambda: _provider_effect(event, provider=name, at=at), at)


@csrf_exempt
@require_POST
def carrier(request: HttpRequest, name: str) -> HttpResponse:
    """A carrier says where parcels are."""
    at = clock.now()
    if name not in CARRIERS:
        raise Http404
    try:
        message = _carrier_message(request, name, at)
    except WebhookRefused as refusal:
        return _refuse(f"carrier {name}", refusal)
    return _take(message, lambda: _carrier_effect(message, carrier=CARRIERS[name], at=at), at)


def _refuse(sender: str, refusal: WebhookRefused) -> HttpResponse:
    logger.warning("a message that claims to be from %s was refused: %s", sender, refusal)
    return HttpResponse("refused\n", status=400, content_type="text/plain")


def _take(message: Message, effect: Callable[[], None], at: datetime) -> HttpResponse:
    """Keep the message and let it have its effect, both or neither; a busy database is asked to be tried again."""
    try:
        with transaction.atomic():
            kept, is_new = ProviderEvent.objects.get_or_create(
                provider=message.sender,
                event_id=message.id,
                defaults={"type": message.type, "payload": message.payload, "received_at": at},
            )
            if is_new:
                _let_it_work(kept, effect)
    except OperationalError:
        logger.exception("message %s could not be taken now", message.id)
        return HttpResponse("try again\n", status=503, content_type="text/plain")
    except DataError:
        logger.exception("message %s cannot be stored", message.id)
        return HttpResponse("cannot be stored\n", status=400, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def _let_it_work(kept: ProviderEvent, effect: Callable[[], None]) -> None:
    try:
        effect()
    except (NoEffect, PaymentMismatch, AnswerMismatch) as reason:
        logger.warning("message %s (%s) had no effect: %s", kept.event_id, kept.type, reason)
        kept.problem = str(reason)[:200]
        kept.save(update_fields=["problem"])


def _provider_effect(event: WebhookEvent, *, provider: str, at: datetime) -> None:
    match event.type, event.subject:
        case "payment.captured" | "payment.failed" | "payment.expired", ProviderPayment() as payment:
            paying.record(payment, provider=provider, at=at)
        case "refund.succeeded" | "refund.failed", ProviderRefund() as refund:
            operations.record(refund, provider=provider, at=at)
        case "payout.paid" | "payout.failed" | "payout.returned", ProviderPayout() as payout:
            operations.record(payout, provider=provider, at=at)
        case _:
            raise NoEffect("nobody here knows this type")


def _carrier_message(request: HttpRequest, name: str, at: datetime) -> Message:
    """The message, proven and read. Raises `WebhookRefused`."""
    message_id = signatures.verify(
        secrets=settings.CARRIER_WEBHOOK_SECRETS, headers=request.headers, body=request.body, at=at
    )
    try:
        event = json.loads(request.body)
        message = Message(sender=f"carrier:{name}", id=event["id"], type=event["type"], payload=dict(event["data"]))
    except (ValueError, KeyError, TypeError) as error:
        raise WebhookRefused("the signed message is not an event") from error
    if message.id != message_id:
        raise WebhookRefused("the message's id is not its event's")
    return message


def _carrier_effect(message: Message, *, carrier: str, at: datetime) -> None:
    if message.type == "parcel.in_transit":
        return
    if message.type != "parcel.delivered":
        raise NoEffect("nobody here knows this type")
    try:
        tracking_number = str(message.payload["tracking_number"])
        delivered_at = datetime.fromisoformat(message.payload["delivered_at"])
    except (ValueError, KeyError, TypeError) as error:
        raise NoEffect("it does not say which parcel was delivered, and when") from error
    if delivered_at.tzinfo is None:
        raise NoEffect("its time has no zone")
    shipments = Shipment.objects.filter(carrier=carrier, tracking_number=tracking_number)
    delivered = dict.fromkeys(shipments.values_list("pk", flat=True), delivered_at)
    if not delivered:
        raise NoEffect("no order has such a parcel")
    actions.report_delivery(delivered_at=delivered, at=at)
    hints.soon(hints.TELL)
