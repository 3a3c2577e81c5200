"""The client of Sandbox Pay, the provider that comes with the demo (`marketplace/sandbox`, spoken to over HTTP only).

Nothing is retried here: whether a call is sent again is for the operation that carries its key to decide.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

import urllib3

from escrow.providers import signatures
from escrow.providers.base import (
    MovementKind,
    PaymentState,
    PayoutState,
    ProviderMovement,
    ProviderObject,
    ProviderPayment,
    ProviderPayout,
    ProviderRefund,
    ProviderRefused,
    ProviderUnknown,
    RefundState,
    WebhookEvent,
    WebhookRefused,
)

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 10.0
# Besides 5xx these leave the question unanswered: too early, too many, or a wrong API key, which is ours to mend and no
# reason to book a refund as rejected.
UNANSWERED = {401, 403, 408, 409, 425, 429}

Result = TypeVar("Result")

_pool = urllib3.PoolManager(maxsize=8, retries=False)


@dataclass(frozen=True, kw_only=True)
class SandboxProvider:
    """Sandbox Pay at `url`. See `Provider` for what each call does, takes and raises."""

    url: str
    api_key: str
    webhook_secrets: Sequence[str]
    answer_seconds: float = ANSWER_SECONDS

    name: ClassVar[str] = "sandbox"
    hold_limit: ClassVar[timedelta | None] = None

    def create_payment(
        self,
        *,
        key: str,
        reference: str,
        amount_minor: int,
        currency: str,
        description: str,
        return_url: str,
        expires_at: datetime | None = None,
    ) -> ProviderPayment:
        """Open a payment; its `url` is the hosted card page."""
        body = {
            "reference": reference,
            "amount_minor": amount_minor,
            "currency": currency,
            "description": description,
            "return_url": return_url,
            "expires_at": expires_at.isoformat() if expires_at else None,
        }
        return _read(_payment, self._post("/v1/payments", key, body))

    def refund(self, *, key: str, payment_id: str, amount_minor: int, currency: str, reference: str) -> ProviderRefund:
        """Refund; it is usually PENDING at first and settles by webhook."""
        body = {"payment": payment_id, "amount_minor": amount_minor, "currency": currency, "reference": reference}
        return _read(_refund, self._post("/v1/refunds", key, body))

    def pay_out(
        self, *, key: str, reference: str, amount_minor: int, currency: str, destination: str
    ) -> ProviderPayout:
        """Pay out; it is usually PENDING at first and settles by webhook."""
        body = {
            "reference": reference,
            "amount_minor": amount_minor,
            "currency": currency,
            "destination": destination,
        }
        return _read(_payout, self._post("/v1/payouts", key, body))

    def fetch_payment(self, payment_id: str) -> ProviderPayment:
        """The payment as it is now."""
        return _read(_payment, self._get(f"/v1/payments/{quote(payment_id, safe='')}"))

    def fetch_refund(self, refund_id: str) -> ProviderRefund:
        """The refund as it is now."""
        return _read(_refund, self._get(f"/v1/refunds/{quote(refund_id, safe='')}"))

    def fetch_payout(self, payout_id: str) -> ProviderPayout:
        """The payout as it is now."""
        return _read(_payout, self._get(f"/v1/payouts/{quote(payout_id, safe='')}"))

    def find(self, *, key: str) -> ProviderObject | None:
        """What became of a call whose answer was lost; it waits for one that is still running."""
        try:
            answer = self._get("/v1/find", {"key": key})
        except ProviderRefused as refusal:
            if refusal.code == "key_not_found":
                return None
            raise
        return _read(_object, answer)

    def report(self, day: date) -> list[ProviderMovement]:
        """Every movement of one UTC day, oldest first."""
        return _read(_movements, self._get("/v1/report", {"date": day.isoformat()}))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> WebhookEvent:
        """The event in a signed message that arrived `at`."""
        message_id = signatures.verify(secrets=self.webhook_secrets, headers=headers, body=body, at=at)
        try:
            event = _event(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WebhookRefused("the signed message is not an event") from error
        if event.id != message_id:
            raise WebhookRefused("the message's id is not its event's")
        return event

    def _post(self, path: str, key: str, body: Mapping[str, Any]) -> Any:
        return self._call("POST", path, headers={"Idempotency-Key": key}, json=body)

    def _get(self, path: str, fields: Mapping[str, str] | None = None) -> Any:
        return self._call("GET", path, headers={}, fields=fields)

    def _call(self, method: str, path: str, *, headers: Mapping[str, str], **content: Any) -> Any:
        """The JSON of a 2xx answer. A 4xx is a definite no; all else leaves the outcome unknown."""
        try:
            response = _pool.request(
                method,
                self.url + path,
                headers={"Authorization": f"Bearer {self.api_key}", "Accept": "application/json", **headers},
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=self.answer_seconds),
                redirect=False,
                **content,
            )
            answer = json.loads(response.data)
        except urllib3.exceptions.HTTPError as error:
            raise ProviderUnknown(f"no answer to {method} {path}: {error}") from error
        except ValueError as error:
            raise ProviderUnknown(f"an unreadable answer to {method} {path}") from error
        if 200 <= response.status < 300:
            return answer
        if 400 <= response.status < 500 and response.status not in UNANSWERED:
            raise _refusal(response.status, answer)
        raise ProviderUnknown(f"status {response.status} to {method} {path}")


def _refusal(status: int, answer: Any) -> ProviderRefused:
    """The provider's no, in its own words where it has any."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return ProviderRefused(f"status_{status}", f"the provider answered {status}")
    return ProviderRefused(str(error.get("code", f"status_{status}")), str(error.get("message", "")))


def _read(reader: Callable[[Any], Result], answer: Any) -> Result:
    """The answer as one of the port's types; an answer that lacks something leaves the outcome unknown."""
    try:
        return reader(answer)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderUnknown(f"the provider's answer lacks something: {error!r}") from error


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _payment(data: Mapping[str, Any]) -> ProviderPayment:
    return ProviderPayment(
        id=data["id"],
        reference=data["reference"],
        state=PaymentState(data["state"].upper()),
        amount_minor=data["amount_minor"],
        currency=data["currency"],
        refunded_minor=data["refunded_minor"],
        url=data["url"],
        captured_at=_moment(data["captured_at"]),
        failure_code=data["failure_code"],
    )


def _refund(data: Mapping[str, Any]) -> ProviderRefund:
    return ProviderRefund(
        id=data["id"],
        reference=data["reference"],
        payment_id=data["payment"],
        state=RefundState(data["state"].upper()),
        amount_minor=data["amount_minor"],
        currency=data["currency"],
        settled_at=_moment(data["settled_at"]),
        failure_code=data["failure_code"],
    )


def _payout(data: Mapping[str, Any]) -> ProviderPayout:
    return ProviderPayout(
        id=data["id"],
        reference=data["reference"],
        state=PayoutState(data["state"].upper()),
        amount_minor=data["amount_minor"],
        currency=data["currency"],
        settled_at=_moment(data["settled_at"]),
        failure_code=data["failure_code"],
    )


READERS: dict[str, Callable[[Mapping[str, Any]], ProviderObject]] = {
    "payment": _payment,
    "refund": _refund,
    "payout": _payout,
}


def _object(data: Mapping[str, Any]) -> ProviderObject:
    return READERS[data["object"]](data)


def _movements(data: Mapping[str, Any]) -> list[ProviderMovement]:
    return [
        ProviderMovement(
            id=line["id"],
            reference=line["reference"],
            kind=MovementKind(line["kind"].upper()),
            amount_minor=line["amount_minor"],
            currency=line["currency"],
            at=datetime.fromisoformat(line["at"]),
        )
        for line in data["lines"]
    ]


def _event(data: Mapping[str, Any]) -> WebhookEvent:
    """An event; its subject is read where its object is one that the port knows."""
    payload = data["data"]
    return WebhookEvent(
        id=data["id"],
        type=data["type"],
        created_at=datetime.fromisoformat(data["created_at"]),
        subject=_object(payload) if payload.get("object") in READERS else None,
        payload=payload,
    )
