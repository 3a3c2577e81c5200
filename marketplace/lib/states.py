"""How a state looks wherever it is shown: its words, its icon and its tone. Colour alone never says it.

Where a table says more about a state, as `orders.lifecycle` does, its rows wear their own face. The words are the
reader's; a state that is missing here is a mistake that the tests find, so it raises.
"""

from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class HasFace(Protocol):
    """What a badge needs to know of a state."""

    @property
    def label(self) -> str | Promise:
        """The state in words."""
        ...

    @property
    def icon(self) -> str:
        """A name in `static/icons.svg`."""
        ...

    @property
    def tone(self) -> str:
        """Neutral, turn, moving, good or bad."""
        ...


@dataclass(frozen=True, slots=True)
class Face:
    """A state's words, its icon in `static/icons.svg`, and its tone: neutral, turn, moving, good or bad."""

    label: str | Promise
    icon: str
    tone: str


FACES = {
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


def face(state: str | HasFace) -> HasFace:
    """A state's face, by its name; what has one already is returned. Raises `LookupError` for an unknown name."""
    if not isinstance(state, str):
        return state
    try:
        return FACES[str(state)]
    except KeyError as error:
        raise LookupError(f"The state {state!r} has no face in marketplace/lib/states.py.") from error
