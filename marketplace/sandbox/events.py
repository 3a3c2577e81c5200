"""Objects as the API and the webhooks show them, and events that tell of them."""

from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.conf import settings
from django.urls import reverse

from marketplace.sandbox import chaos
from marketplace.sandbox.models import Audience, Chargeback, Delivery, Event, Movement, Parcel, Payment, Payout, Refund

Subject: TypeAlias = Payment | Refund | Payout | Chargeback | Parcel


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "object": "payment",
        "id": payment.id,
        "reference": payment.reference,
        "state": payment.state,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "description": payment.description,
        "refunded_minor": payment.refunded_minor,
        "url": settings.PUBLIC_URL + reverse("pay", args=[payment.token]),
        "return_url": payment.return_url,
        "failure_code": payment.failure_code,
        "expires_at": _text(payment.expires_at),
        "captured_at": _text(payment.captured_at),
        "created_at": _text(payment.created_at),
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "object": "refund",
        "id": refund.id,
        "payment": refund.payment_id,
        "reference": refund.reference,
        "state": refund.state,
        "amount_minor": refund.amount_minor,
        "currency": refund.payment.currency,
        "failure_code": refund.failure_code,
        "settled_at": _text(refund.settled_at),
        "created_at": _text(refund.created_at),
    }


def _payout(payout: Payout) -> dict[str, Any]:
    return {
        "object": "payout",
        "id": payout.id,
        "reference": payout.reference,
        "state": payout.state,
        "amount_minor": payout.amount_minor,
        "currency": payout.currency,
        "destination": payout.destination,
        "failure_code": payout.failure_code,
        "settled_at": _text(payout.settled_at),
        "created_at": _text(payout.created_at),
    }


def _chargeback(chargeback: Chargeback) -> dict[str, Any]:
    return {
        "object": "chargeback",
        "id": chargeback.id,
        "payment": chargeback.payment_id,
        "reference": chargeback.reference,
        "state": chargeback.state,
        "amount_minor": chargeback.amount_minor,
        "currency": chargeback.payment.currency,
        "reason": chargeback.reason,
        "answered_at": _text(chargeback.answered_at),
        "opened_at": _text(chargeback.opened_at),
        "settled_at": _text(chargeback.settled_at),
    }


def _parcel(parcel: Parcel) -> dict[str, Any]:
    return {
        "object": "parcel",
        "id": parcel.id,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "reference": parcel.reference,
        "state": parcel.state,
        "url": settings.PUBLIC_URL + reverse("parcel", args=[parcel.tracking_number]),
        "deliver_at": _text(parcel.due_at),
        "delivered_at": _text(parcel.delivered_at),
    }


def describe(subject: Subject) -> dict[str, Any]:
    """The object as JSON: amounts in minor units, times in RFC 3339, states in lower case."""
    match subject:
        case Payment():
            return _payment(subject)
        case Refund():
            return _refund(subject)
        case Payout():
            return _payout(subject)
        case Chargeback():
            return _chargeback(subject)
        case Parcel():
            return _parcel(subject)


def describe_event(event: Event) -> dict[str, Any]:
    """The event as its webhook's body and as the API lists it."""
    return {
        "id": event.public_id,
        "type": event.type,
        "created_at": _text(event.created_at),
        "data": event.data,
    }


def tell(subject: Subject, happening: str, at: datetime) -> Event:
    """Write down that something happened to the object, with the messages to bring. Call it in the same transaction.

    `happening` is the second half of the event's type: "captured" makes "payment.captured".
    """
    data = describe(subject)
    audience = Audience.CARRIER if isinstance(subject, Parcel) else Audience.MERCHANT
    event = Event.objects.create(audience=audience, type=f"{data['object']}.{happening}", data=data, created_at=at)
    in_force = chaos.current()
    copies = 2 if chaos.chance("duplicate_probability") else 1
    Delivery.objects.bulk_create(
        Delivery(
            event=event,
            due_at=at
            + timedelta(seconds=in_force.delivery_delay + copy + in_force.shuffle_seconds * chaos.throw("shuffle")),
        )
        for copy in range(copies)
    )
    return event


def move(subject: Payment | Refund | Payout | Chargeback, kind: str, amount_minor: int, at: datetime) -> None:
    """Write one signed change of the merchant's cash into the report."""
    currency = subject.payment.currency if isinstance(subject, Refund | Chargeback) else subject.currency
    Movement.objects.create(
        object_id=subject.id,
        reference=subject.reference,
        kind=kind,
        amount_minor=amount_minor,
        currency=currency,
        at=at,
    )
