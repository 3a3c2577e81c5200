"""A listing as one person meets it: what can be chosen, what it costs, and why it cannot be bought where it cannot."""

from dataclasses import dataclass
from enum import Enum

from django.contrib.auth.models import AnonymousUser

from marketplace.accounts.models import Shop, User
from marketplace.catalog.models import Listing, Variant
from marketplace.lib.money import Money

MOST_AT_ONCE = 10  # pieces offered in one go
SCARCE = 5  # pieces from which on their number is told


class Obstacle(Enum):
    """Why nothing can be put into the cart."""

    DRAFT = "draft"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    HOLIDAY = "holiday"
    SOLD_OUT = "sold_out"
    OWN = "own"


@dataclass(frozen=True)
class Choice:
    """One kind that can be bought, or could be if there were any left."""

    variant: Variant
    amount: Money

    @property
    def is_left(self) -> bool:
        """Whether there is one to be had."""
        return self.variant.stock > 0

    @property
    def is_scarce(self) -> bool:
        """Whether the buyer should be told how few are left."""
        return 0 < self.variant.stock <= SCARCE


@dataclass(frozen=True)
class Offer:
    """What the page of a listing offers its reader."""

    choices: list[Choice]
    obstacle: Obstacle | None

    @property
    def quantities(self) -> range:
        """How many at once: up to what there is of the kind there is most of."""
        most = max((choice.variant.stock for choice in self.choices), default=0)
        return range(1, min(most, MOST_AT_ONCE) + 1)

    @property
    def names(self) -> list[str]:
        """What there is to choose: ["Size", "Colour"]."""
        return list(self.choices[0].variant.options) if self.choices else []

    @property
    def varies(self) -> bool:
        """Whether some kinds cost more than others."""
        return len({choice.amount for choice in self.choices}) > 1

    @property
    def only(self) -> Choice | None:
        """The only kind there is, where there is nothing to choose."""
        return self.choices[0] if len(self.choices) == 1 else None


def offer_of(listing: Listing, reader: User | AnonymousUser) -> Offer:
    """The offer of a listing that has a version; asks the database for the variants alone."""
    version = listing.version
    choices = [
        Choice(
            variant,
            Money(variant.price_minor if variant.price_minor is not None else version.price_minor, version.currency),
        )
        for variant in listing.variants.filter(is_active=True)
    ]
    return Offer(choices=choices, obstacle=_obstacle(listing, reader, choices))


def _obstacle(listing: Listing, reader: User | AnonymousUser, choices: list[Choice]) -> Obstacle | None:
    """The first reason there is; one's own listing is shown as others see it, so it comes last."""
    reasons = {
        Obstacle.DRAFT: listing.state == Listing.State.DRAFT,
        Obstacle.SUSPENDED: listing.shop.state == Shop.State.SUSPENDED,
        Obstacle.PAUSED: listing.state == Listing.State.PAUSED,
        Obstacle.HOLIDAY: listing.shop.state == Shop.State.HOLIDAY,
        Obstacle.SOLD_OUT: not any(choice.is_left for choice in choices),
        Obstacle.OWN: listing.shop.owner_id == reader.pk,
    }
    return next((obstacle for obstacle, is_there in reasons.items() if is_there), None)
