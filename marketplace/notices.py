"""Which event tells whom: the one table of notices, and what the templates of each may say.

The table is by topic ("orders.ship": the app and the step); a step stands either in TELLS or, with its reason, in
SILENT. The words are in templates/notices/<app>/<step>/ (see marketplace.notifications.messages).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.lib.money import Money
from marketplace.notifications.messages import Message
from marketplace.notifications.models import Email, OutboxEntry
from orders.lifecycle import Party, State
from orders.models import Order, OrderEvent

BUYER, SELLER = Party.BUYER, Party.SELLER

TELLS: dict[str, tuple[Party, ...]] = {
    "orders.pay": (BUYER, SELLER),
    "orders.expire": (BUYER,),
    "orders.change_address": (SELLER,),
    "orders.ship": (BUYER,),
    "orders.cancel_sale": (BUYER, SELLER),
    "orders.cancel_unshipped": (BUYER, SELLER),
    "orders.request_cancellation": (SELLER,),
    "orders.accept_cancellation": (BUYER,),
    "orders.decline_cancellation": (BUYER,),
    "orders.withdraw_cancellation": (SELLER,),
    "orders.cancel_unanswered": (BUYER, SELLER),
    "orders.correct_tracking": (BUYER,),
    "orders.add_parcel": (BUYER,),
    "orders.report_delivery": (BUYER,),
    "orders.extend_protection": (SELLER,),
    "orders.grant_extension": (BUYER,),
    "orders.confirm_receipt": (BUYER, SELLER),
    "orders.auto_confirm": (BUYER, SELLER),
    "orders.remind_ship": (SELLER,),
    "orders.remind_confirm_receipt": (BUYER,),
}
SILENT = {
    "orders.place": "the buyer is on the page that asks for payment; the seller has nothing to do before it is paid",
    "orders.cancel": "the buyer did it, and the seller never heard of the order",
}
REMINDS = {"orders.remind_ship": State.AWAITING_SHIPMENT, "orders.remind_confirm_receipt": State.SHIPPED}
_SHIP = ("orders:ship", _("Ship this order"))
_CONFIRM = ("orders:confirm_receipt", _("Check the goods and confirm receipt"))
ACTS = {
    "orders.pay": _SHIP,
    "orders.change_address": _SHIP,
    "orders.withdraw_cancellation": _SHIP,
    "orders.remind_ship": _SHIP,
    "orders.report_delivery": _CONFIRM,
    "orders.remind_confirm_receipt": _CONFIRM,
}
"""Where the party whose turn it is acts on another page than the order's own: that page, and what its link says."""
NEWS_WINDOW = timedelta(days=7)
"""Older events, such as a history that was brought along, are shown in the app but are no news to send by e-mail."""

Fact: TypeAlias = tuple[str | Promise, object]


def compose(entries: Sequence[OutboxEntry], at: datetime) -> Iterator[Message]:
    """The messages of a batch of entries, in a constant number of queries.

    Reminders that have become pointless are passed over. Raises KeyError for a topic nobody composes.
    """
    by_app: dict[str, list[OutboxEntry]] = {}
    for entry in entries:
        by_app.setdefault(entry.topic.partition(".")[0], []).append(entry)
    for app, its_entries in by_app.items():
        yield from COMPOSERS[app](its_entries, at)


def pointless(emails: Sequence[Email], at: datetime) -> Collection[int]:
    """The ids of those e-mails that remind of something that is done or over meanwhile; one query at most."""
    reminders = [email for email in emails if email.topic in REMINDS]
    orders = Order.objects.in_bulk({email.subject_id for email in reminders}) if reminders else {}
    return [email.pk for email in reminders if not _still_reminds(email.topic, orders.get(email.subject_id), at)]


def _still_reminds(topic: str, order: Order | None, at: datetime) -> bool:
    return order is not None and order.state == REMINDS[topic] and order.due_at is not None and order.due_at > at


def _compose_orders(entries: Sequence[OutboxEntry], at: datetime) -> Iterator[Message]:
    told = [entry for entry in entries if entry.topic not in SILENT]
    ids = {entry.subject_id for entry in told}
    loaded = Order.objects.select_related("buyer", "seller__shop", "hold")
    orders = loaded.prefetch_related("lines__version", "shipments").in_bulk(ids)
    steps = {
        (event.order_id, event.seq): event
        for event in OrderEvent.objects.filter(order__in=ids, seq__in={entry.seq for entry in told})
    }
    for entry in told:
        order = orders[entry.subject_id]
        event = steps.get((entry.subject_id, entry.seq)) if entry.topic not in REMINDS else None
        if entry.topic in REMINDS and not _still_reminds(entry.topic, order, at):
            continue
        if entry.topic == "orders.change_address" and event and event.state == State.AWAITING_PAYMENT:
            continue  # the seller hears of an order when it is paid
        for party in TELLS[entry.topic]:
            yield _message(entry, order, event, party, at)


def _message(entry: OutboxEntry, order: Order, event: OrderEvent | None, party: Party, at: datetime) -> Message:
    current = event is None or event.state == order.state
    data = (event.data if event else None) or {}
    for_buyer = party == BUYER
    page, action = order.get_absolute_url(), _("See the order")
    your_turn = order.is_open and order.status.turn == party
    if current and your_turn and entry.topic in ACTS:
        name, action = ACTS[entry.topic]
        page = reverse(name, args=[order.number])
    return Message(
        entry=entry,
        user=order.buyer if for_buyer else order.seller,
        template="notices/" + entry.topic.replace(".", "/"),
        path=page,
        by_mail=entry.created_at > at - NEWS_WINDOW,
        context={
            "order": order,
            "event": event,
            "carrier": data.get("carrier", ""),
            "tracking_number": data.get("tracking_number", ""),
            "reason": data.get("reason", ""),
            "current": current,
            "for_buyer": for_buyer,
            "your_turn": your_turn,
            "shop": _shop_of(order.seller),
            "buyer": order.buyer.name or _("The buyer"),
            "other": _shop_of(order.seller) if for_buyer else (order.buyer.name or _("The buyer")),
            "items": _items(order),
            **_money(order),
            "due_at": order.due_at if current else None,
            "if_nobody_acts": order.status.if_nobody_acts,
            "action": action,
            "facts": _facts(order, for_buyer=for_buyer),
        },
    )


COMPOSERS: dict[str, Callable[[Sequence[OutboxEntry], datetime], Iterator[Message]]] = {"orders": _compose_orders}


def _shop_of(seller: User) -> str:
    return seller.shop.name if hasattr(seller, "shop") else str(seller)


def _items(order: Order) -> str:
    """The lines in words, with the number of pieces where it is more than one."""
    return ", ".join(
        f"{line.quantity} × {line.version.title}" if line.quantity > 1 else line.version.title
        for line in order.lines.all()
    )


def _money(order: Order) -> dict[str, Money]:
    """The order's sums, and what has become of them."""
    hold, nothing = order.hold, Money(0, order.currency)
    return {
        "total": order.total,
        "released": Money(hold.released_minor, hold.currency) if hold else nothing,
        "fee": Money(hold.fee_taken_minor, hold.currency) if hold else nothing,
        "refunded": Money(hold.refunded_minor, hold.currency) if hold else nothing,
    }


def _facts(order: Order, *, for_buyer: bool) -> list[Fact]:
    """What stands below every e-mail about the order: what it is, and the money as the reader is concerned."""
    money = _money(order)
    facts: list[Fact] = [(_("Order"), order.number), (_("Items"), _items(order)), (_("Total"), money["total"])]
    if money["released"] and not for_buyer:
        facts += [(_("Fee"), money["fee"]), (_("Your share"), money["released"])]
    elif money["released"]:
        facts.append((_("Released"), money["released"] + money["fee"]))
    if money["refunded"]:
        facts.append((_("Refunded"), money["refunded"]))
    return facts
