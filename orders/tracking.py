"""Asking carriers to tell us when a parcel is delivered; what they tell comes back as a webhook at the roof.

Which parcels are still to be asked about stands in the database, so a carrier that cannot be reached is asked again by
the next sweep. Of the carriers there are, the sandbox's takes such requests.
"""

import json
import logging
from datetime import datetime

import urllib3
from django.conf import settings

from marketplace.lib import hints
from orders import carriers
from orders.models import Shipment

logger = logging.getLogger(__name__)

TASK = "marketplace.tasks.watch_parcels"
TIMEOUT = urllib3.Timeout(connect=2.0, read=5.0)
REFUSALS = {400, 404, 409, 422}  # a definite no, for instance a number of somebody else's

_pool = urllib3.PoolManager(retries=False)


def watch_soon(*carrier_names: str) -> None:
    """After the commit, hint to a worker that there are parcels to ask about, where these carriers take requests."""
    if carriers.SANDBOX in carrier_names:
        hints.soon(TASK)


def watch_due(*, at: datetime, most: int = 100) -> int:
    """Ask about the parcels that no carrier was asked about yet, oldest first; return how many it was.

    Makes network calls: not inside a transaction. Asking twice is the same as asking once. A carrier that does not
    answer ends the round.
    """
    if settings.PAYMENT_PROVIDER != "sandbox":
        return 0
    waiting = Shipment.objects.filter(carrier=carriers.SANDBOX, watched_at=None).exclude(tracking_number="")
    asked = 0
    for shipment in waiting.select_related("order").order_by("pk")[:most]:
        if not _ask(shipment):
            break
        Shipment.objects.filter(pk=shipment.pk, tracking_number=shipment.tracking_number).update(watched_at=at)
        asked += 1
    return asked


def _ask(shipment: Shipment) -> bool:
    """Register the parcel at the sandbox; whether there was an answer, be it no."""
    try:
        answer = _pool.request(
            "POST",
            f"{settings.SANDBOX_URL.rstrip('/')}/v1/parcels",
            headers={
                "Authorization": f"Bearer {settings.SANDBOX_API_KEY}",
                "Idempotency-Key": f"parcel:{shipment.pk}:{shipment.tracking_number}",
                "Content-Type": "application/json",
            },
            body=json.dumps(
                {
                    "carrier": shipment.carrier,
                    "tracking_number": shipment.tracking_number,
                    "reference": shipment.order.number,
                }
            ),
            timeout=TIMEOUT,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError as error:
        logger.warning("parcel %s: the carrier does not answer: %s", shipment.pk, error)
        return False
    if answer.status >= 300:
        logger.warning("parcel %s: the carrier answered %s: %s", shipment.pk, answer.status, answer.data[:200])
    return answer.status < 300 or answer.status in REFUSALS
