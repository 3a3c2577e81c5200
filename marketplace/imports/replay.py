"""Replays what happened on another marketplace through our own actions, at the times it happened."""

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, OperationalError, transaction

from marketplace.imports.sources import Sale, SourceOrder
from marketplace.imports.stand_ins import StandIns, product_of, stand_ins
from orders import actions, checkout
from orders.actions import Parcel
from orders.checkout import Draft, DraftLine
from orders.models import ImportedOrder, Order, Shipment

PROVIDER = "imported"
POLICY: dict[str, object] = {
    "name": "imported",
    "payment_window": timedelta(days=60),
    "cancellation_window": timedelta(hours=48),
    "least_shipping_window": timedelta(hours=24),
    "delivered_window": timedelta(days=7),
    "delivery_report_window": timedelta(days=7),  # the report is the delivery: receipt is due a week after it
    "buyer_extension": timedelta(0),
    "buyer_extension_opens": timedelta(0),
    "extension_cap": timedelta(0),
    "notifies": False,
}
HANDLING_WINDOW = timedelta(days=90)
PROTECTION_WINDOW = timedelta(days=150)
CARRIER = "Not recorded"
NOWHERE = {
    "name": "Not recorded", "line1": "", "line2": "", "city": "", "region": "", "postal_code": "", "country": "ZZ",
    "phone": "",
}  # fmt: skip


class NotReplayed(Exception):
    """A step did not move all the orders it was taken with; none of the batch may stay."""


@dataclass(frozen=True)
class Replayed:
    """An order of ours and the sale it tells of."""

    order: Order
    source: SourceOrder
    sale: Sale


def replay(
    orders: Sequence[SourceOrder], *, fee_bps: int, at: datetime
) -> tuple[list[Replayed], list[tuple[SourceOrder, Exception]]]:
    """Make our orders of theirs, all of a source order or none; return them, and what failed and why.

    A batch that fails is halved until the order that spoils it stands alone; the others are kept.
    """
    if not orders:
        return [], []
    try:
        with transaction.atomic():
            return _replay(orders, fee_bps=fee_bps, at=at), []
    except OperationalError:
        raise  # a lock or the connection, not an order
    except (DatabaseError, NotReplayed) as error:
        if len(orders) == 1:
            return [], [(orders[0], error)]
    half = len(orders) // 2
    made, failed = replay(orders[:half], fee_bps=fee_bps, at=at)
    more_made, more_failed = replay(orders[half:], fee_bps=fee_bps, at=at)
    return made + more_made, failed + more_failed


def _replay(sources: Sequence[SourceOrder], *, fee_bps: int, at: datetime) -> list[Replayed]:
    """Each step once, with all the orders that took it, in the order of an order's life."""
    made = _place(sources, fee_bps=fee_bps)
    ImportedOrder.objects.bulk_create(
        ImportedOrder(
            order=one.order, source_order=one.source.order_id, source_seller=one.sale.seller_id, imported_at=at
        )
        for one in made
    )
    paid = actions.pay(captured_at={one.order.payment_id: one.source.paid_at for one in made})
    _all_moved("pay", made, paid)
    cancelled = [one for one in made if one.sale.is_cancelled]
    cancelled_at = {one.order.pk: one.source.paid_at for one in cancelled}  # when it really was is not recorded
    if cancelled:
        moved = actions.cancel_sale(orders=list(cancelled_at), by=None, at=cancelled_at)
        _all_moved("cancel_sale", cancelled, moved)
    _ship([one for one in made if not one.sale.is_cancelled])
    return made


def _place(sources: Sequence[SourceOrder], *, fee_bps: int) -> list[Replayed]:
    known = stand_ins(sources)
    sales = [(source, sale) for source in sources for sale in source.sales]
    placed = checkout.place(
        [_draft(source, sale, known, fee_bps) for source, sale in sales],
        policy=checkout.policy_of(POLICY),
        provider=PROVIDER,
    )
    return [Replayed(order, source, sale) for order, (source, sale) in zip(placed, sales, strict=True)]


def _draft(source: SourceOrder, sale: Sale, known: StandIns, fee_bps: int) -> Draft:
    return Draft(
        group=(source.order_id, sale.currency),
        buyer_id=known.buyers[source.buyer_id],
        seller_id=known.sellers[sale.seller_id],
        currency=sale.currency,
        lines=tuple(
            DraftLine(
                version_id=known.versions[product_of(line)],
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                unit_shipping_minor=line.unit_shipping_minor,
                fee_bps=fee_bps,
            )
            for line in sale.lines
        ),
        ship_to=NOWHERE,
        handling_window=HANDLING_WINDOW,
        protection_window=PROTECTION_WINDOW,
        placed_at=source.placed_at,
        promised_at=sale.first.promised_at,
    )


def _ship(made: Sequence[Replayed]) -> None:
    """Send what was sent, and report what arrived."""
    sent_at = {one.order.pk: at for one in made if (at := one.sale.shipped_at)}
    if not sent_at:
        return
    parcel = Parcel(CARRIER)
    _all_moved("ship", sent_at, actions.ship(by=None, at=sent_at, parcels=dict.fromkeys(sent_at, parcel)))
    arrived_at = {one.order.pk: at for one in made if (at := one.sale.delivered_at)}
    if not arrived_at:
        return
    shipments = Shipment.objects.filter(order__in=arrived_at).values_list("pk", "order_id")
    delivered_at = {shipment: arrived_at[order] for shipment, order in shipments}
    _all_moved("report_delivery", arrived_at, actions.report_delivery(delivered_at=delivered_at, at=arrived_at))


def _all_moved(step: str, orders: Sized, moved: Sized) -> None:
    if len(moved) != len(orders):
        raise NotReplayed(f"{step} moved {len(moved)} of {len(orders)} orders")
