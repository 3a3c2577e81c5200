"""An order as a card in a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.lib.money import Money
from orders.lifecycle import Party, Status
from orders.models import Order, OrderLine
from orders.pages.glance import Button, glance

MOST_THUMBS = 3
MOST_BUTTONS = 3


@dataclass(frozen=True)
class Thumb:
    """A small picture of what was bought."""

    url: str
    alt: str


@dataclass(frozen=True)
class Card:
    """What `components/_order_card.html` shows. `more` counts the lines besides the one that gives the title."""

    number: str
    url: str
    party_label: str
    party: str
    title: str
    detail: str
    more: int
    thumbs: list[Thumb]
    total: Money
    state: Status
    turn: str
    due_at: datetime | None
    outcome: str | Promise
    actions: list[Button]


def cards(orders: Iterable[Order], reader: User, at: datetime) -> list[Card]:
    """The orders as cards, for their buyer or their seller. They come from `Order.objects.for_cards()`."""
    return [_card(order, reader, at) for order in orders]


def _card(order: Order, reader: User, at: datetime) -> Card:
    seen = glance(order, reader, at)
    first, *others = order.lines.all()
    bought = seen.party == Party.BUYER
    return Card(
        number=order.number,
        url=order.get_absolute_url(),
        party_label=_("from") if bought else _("to"),
        party=str(order.seller.shop if bought else order.buyer),
        title=first.version.title,
        detail=_detail(first),
        more=len(others),
        thumbs=[picture for line in (first, *others)[:MOST_THUMBS] if (picture := thumb(line))],
        total=order.total,
        state=order.status,
        turn=seen.turn,
        due_at=seen.due_at,
        outcome=seen.outcome,
        actions=seen.buttons[:MOST_BUTTONS],
    )


def thumb(line: OrderLine) -> Thumb | None:
    """The first picture of what was bought, as it was then."""
    placed = next(iter(line.version.placed_photos.all()), None)
    return Thumb(placed.photo.thumbnail_url, placed.alt) if placed else None


def _detail(line: OrderLine) -> str:
    pieces = _("%(quantity)s pieces") % {"quantity": line.quantity} if line.quantity > 1 else ""
    return " · ".join(part for part in (line.options_label, pieces) if part)
