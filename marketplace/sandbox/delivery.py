"""The courier: settles what is due, and brings the webhooks until each was answered with 2xx.

What there is to bring stands in the database, so nothing is forgotten when the process dies. A message is claimed
for half a minute before it is sent: a courier that dies on the way leaves it to the next one, and it may arrive twice.
"""

import base64
import hashlib
import hmac
import json
import logging
import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import urllib3
from django.conf import settings
from django.db import close_old_connections, transaction

from marketplace.lib import clock
from marketplace.sandbox import chargebacks, operations, parcels
from marketplace.sandbox.events import describe_event
from marketplace.sandbox.models import Audience, Delivery, Endpoint

logger = logging.getLogger(__name__)

PULSE_SECONDS = 0.2
AT_ONCE = 8
CLAIM_WINDOW = timedelta(seconds=30)  # longer than a batch can take
QUIET_ATTEMPTS = 8  # a shop that is just starting is no news
ANSWER = urllib3.Timeout(connect=2.0, read=8.0)
SECRET_PREFIX = "whsec_"  # noqa: S105 -- the format's mark of a base64 secret, not a secret

_pool = urllib3.PoolManager(maxsize=AT_ONCE, retries=False)


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature in the Standard Webhooks format. A `whsec_` secret is base64, any other the text itself."""
    encoded = secret.removeprefix(SECRET_PREFIX)
    key = secret.encode() if encoded == secret else base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def claim(*, at: datetime) -> list[Delivery]:
    """The messages to bring now, kept from other couriers for a while. Those without an address wait."""
    reachable = Endpoint.objects.exclude(url="").values("audience")
    due = Delivery.objects.filter(delivered_at__isnull=True, due_at__lte=at, event__audience__in=reachable)
    with transaction.atomic():
        claimed = list(
            due.select_related("event")
            .order_by("due_at", "pk")
            .select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]
        )
        for delivery in claimed:
            delivery.attempts += 1
            delivery.due_at = at + CLAIM_WINDOW
        Delivery.objects.bulk_update(claimed, ["attempts", "due_at"])
    return claimed


def bring(delivery: Delivery, url: str, at: datetime) -> str:
    """Send one message, signed at this time; why it was not taken, or nothing when it was."""
    event = delivery.event
    body = json.dumps(describe_event(event)).encode()
    secrets: Sequence[str] = (
        settings.CARRIER_SECRETS if event.audience == Audience.CARRIER else settings.MERCHANT_SECRETS
    )
    timestamp = int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "SandboxPay/1",
        "webhook-id": event.public_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, event.public_id, timestamp, body) for secret in secrets),
    }
    try:
        answer = _pool.request("POST", url, body=body, headers=headers, timeout=ANSWER, redirect=False)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        return f"{error}"[:200] or "no answer"
    return "" if 200 <= answer.status < 300 else f"status {answer.status}"


def back_off(attempts: int) -> timedelta:
    """How long to wait after so many tries: twice as long each time, a little uneven, up to the cap."""
    seconds = settings.RETRY_BASE_SECONDS * 2 ** min(attempts - 1, 30)
    return timedelta(seconds=min(seconds, settings.RETRY_CAP_SECONDS) * random.uniform(0.8, 1.2))  # noqa: S311 -- jitter


def deliver(crew: ThreadPoolExecutor, *, at: datetime) -> int:
    """Bring one batch and write down what came of it; how many messages it had."""
    batch = claim(at=at)
    urls = dict(Endpoint.objects.values_list("audience", "url"))
    failures = crew.map(lambda delivery: bring(delivery, urls.get(delivery.event.audience, ""), at), batch)
    for delivery, failure in zip(batch, failures, strict=True):
        back = clock.now()
        if failure:
            level = logging.INFO if delivery.attempts > QUIET_ATTEMPTS else logging.DEBUG
            logger.log(level, "%s was not taken: %s", delivery.event.public_id, failure)
            Delivery.objects.filter(pk=delivery.pk).update(failure=failure, due_at=back + back_off(delivery.attempts))
        else:
            Delivery.objects.filter(pk=delivery.pk).update(failure="", delivered_at=back)
    return len(batch)


def settle(*, at: datetime) -> int:
    """Let everything happen whose time has come; how much that was."""
    return (
        operations.settle_refunds(at=at)
        + operations.settle_payouts(at=at)
        + chargebacks.settle_chargebacks(at=at)
        + operations.expire_payments(at=at)
        + parcels.deliver_parcels(at=at)
    )


def work(stopping: threading.Event) -> None:
    """Be the courier until told to stop. An error, such as a database that is away, costs a second and no message."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="courier") as crew:
        pause = 0.0
        while not stopping.wait(pause):
            try:
                close_old_connections()
                busy = settle(at=clock.now()) + deliver(crew, at=clock.now())
                pause = 0.0 if busy else PULSE_SECONDS
            except Exception:
                logger.exception("the courier stumbled")
                pause = 1.0
