"""What was bought and how it travels, as an order's page shows them."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.catalog.models import ListingVersion
from marketplace.lib.money import Money
from orders.carriers import track_url
from orders.models import Order
from orders.pages.cards import Thumb, thumb


@dataclass(frozen=True)
class Item:
    """A line of an order with the listing as it was bought. `unit` is the price of one piece, `goods` of all."""

    version: ListingVersion
    options: str
    quantity: int
    unit: Money
    goods: Money
    thumb: Thumb | None
    photos: list[dict[str, object]]


@dataclass(frozen=True)
class Travelling:
    """A parcel. `url` is the carrier's page about it, empty where there is none."""

    id: int
    carrier: str
    tracking_number: str
    url: str
    shipped_at: datetime
    delivered_at: datetime | None


def items(order: Order) -> list[Item]:
    """The order's lines. It comes from `Order.objects.for_cards()`."""
    return [
        Item(
            version=line.version,
            options=line.options_label,
            quantity=line.quantity,
            unit=Money(line.unit_price_minor, order.currency),
            goods=Money(line.goods_minor, order.currency),
            thumb=thumb(line),
            photos=[placed.as_shown() for placed in line.version.placed_photos.all()],
        )
        for line in order.lines.all()
    ]


def parcels(order: Order) -> list[Travelling]:
    """The order's parcels, as they were sent; one query."""
    return [
        Travelling(
            id=parcel.pk,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
            url=track_url(parcel.carrier, parcel.tracking_number),
            shipped_at=parcel.shipped_at,
            delivered_at=parcel.delivered_at,
        )
        for parcel in order.shipments.all()
    ]
