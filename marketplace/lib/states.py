"""How a state looks wherever it is shown: its words, its icon and its tone. Colour alone never says it.

The words are the reader's; a state that is missing here is a mistake that the tests find, so it raises.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Face:
    """A state's words, its icon in `static/icons.svg`, and its tone: neutral, turn, moving, good or bad."""

    label: str | Promise
    icon: str
    tone: str


FACES = {
    # Orders
    "AWAITING_PAYMENT": Face(_("To pay"), "wallet2", "turn"),
    "AWAITING_SHIPMENT": Face(_("To ship"), "box-seam", "moving"),
    "CANCELLATION_REQUESTED": Face(_("Cancellation requested"), "question-circle", "turn"),
    "SHIPPED": Face(_("Shipped"), "truck", "moving"),
    "DISPUTED": Face(_("In dispute"), "flag", "bad"),
    "COMPLETED": Face(_("Completed"), "check-circle-fill", "good"),
    "CANCELLED": Face(_("Cancelled"), "slash-circle", "neutral"),
    "REFUNDED": Face(_("Refunded"), "arrow-counterclockwise", "neutral"),
    "SETTLED": Face(_("Settled"), "people", "neutral"),
    # Holds
    "HELD": Face(_("On hold"), "lock", "moving"),
    "RELEASED": Face(_("Released"), "unlock", "good"),
    "SPLIT": Face(_("Split"), "people", "neutral"),
    # Listings
    "DRAFT": Face(_("Draft"), "pencil", "neutral"),
    "PUBLISHED": Face(_("Published"), "eye", "good"),
    "PAUSED": Face(_("Paused"), "pause-circle", "turn"),
    # Shops
    "OPEN": Face(_("Open"), "shop", "good"),
    "HOLIDAY": Face(_("On holiday"), "sun", "turn"),
    "SUSPENDED": Face(_("Suspended"), "slash-circle", "bad"),
}


def face(state: str) -> Face:
    """The state's face. Raises `LookupError` for a state that was given none."""
    try:
        return FACES[str(state)]
    except KeyError as error:
        raise LookupError(f"The state {state!r} has no face in marketplace/lib/states.py.") from error
