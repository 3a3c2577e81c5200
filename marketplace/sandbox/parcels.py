"""What the carrier does: it is told of parcels, scans them, and says so."""

from datetime import datetime, timedelta

from django.db import transaction

from marketplace.sandbox.events import tell
from marketplace.sandbox.models import Parcel
from marketplace.sandbox.refusal import Refused


@transaction.atomic
def register_parcel(
    *, carrier: str, tracking_number: str, reference: str = "", deliver_after_seconds: int | None = None, at: datetime
) -> Parcel:
    """Take note of a parcel; with `deliver_after_seconds` it is delivered by itself. The same parcel again is the same.

    Raises `Refused` when another carrier has the number.
    """
    due_at = None if deliver_after_seconds is None else at + timedelta(seconds=deliver_after_seconds)
    parcel, made = Parcel.objects.select_for_update().get_or_create(
        tracking_number=tracking_number,
        defaults={"carrier": carrier, "reference": reference, "due_at": due_at, "created_at": at},
    )
    if parcel.carrier != carrier:
        raise Refused("tracking_number_taken", f"{tracking_number} is a parcel of {parcel.carrier}.")
    if not made and due_at and parcel.state != Parcel.State.DELIVERED:
        parcel.due_at = due_at
        parcel.save()
    return parcel


@transaction.atomic
def scan_parcel(*, tracking_number: str, state: str, at: datetime) -> Parcel:
    """Write down a scan, in transit or delivered. A parcel that was delivered is not scanned again.

    Raises `Refused` for a number that nobody registered.
    """
    parcel = Parcel.objects.select_for_update().filter(tracking_number=tracking_number).first()
    if parcel is None:
        raise Refused("not_found", f"There is no parcel {tracking_number}.", status=404)
    if parcel.state not in (state, Parcel.State.DELIVERED):
        parcel.state = state
        if state == Parcel.State.DELIVERED:
            parcel.delivered_at, parcel.due_at = at, None
        parcel.save()
        tell(parcel, state, at)
    return parcel


@transaction.atomic
def deliver_parcels(*, at: datetime) -> int:
    """Deliver the parcels whose time has come; how many there were."""
    parcels = list(Parcel.objects.filter(due_at__lte=at).select_for_update(skip_locked=True)[:100])
    for parcel in parcels:
        parcel.state, parcel.delivered_at, parcel.due_at = Parcel.State.DELIVERED, at, None
        parcel.save()
        tell(parcel, parcel.state, at)
    return len(parcels)
