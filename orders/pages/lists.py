"""Lists of orders: tabs with counts, search, and pages by cursor, for My Orders and for a seller's sales alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from orders.lifecycle import UNSHIPPED, Party, State
from orders.models import Deadline, Order, OrderLine, OrderQuerySet
from orders.pages.cards import Card, cards

PAGE = 20
MOST_COUNTED = 99  # closed orders are counted so far and no further: the count then costs the same for everybody
MOST_SEARCHED = 100  # characters
OPEN_TABS: dict[str, tuple[State, ...]] = {
    "to-pay": (State.AWAITING_PAYMENT,),
    "to-ship": UNSHIPPED,
    "shipped": (State.SHIPPED,),
}
TABS: dict[str, str | Promise] = {
    "all": _("All"),
    "to-pay": _("To pay"),
    "to-ship": _("To ship"),
    "shipped": _("Shipped"),
    "closed": _("Closed"),
}


@dataclass(frozen=True)
class Tab:
    """One tab: its count is exact, or "99+"; a search shows none, for it counts nothing."""

    label: str | Promise
    url: str
    count: str | None
    current: bool


@dataclass(frozen=True)
class Wanted:
    """Which part of a list somebody asks for. Cursors are order numbers; an unknown tab is all of it."""

    tab: str
    query: str
    before: str
    after: str

    @classmethod
    def read(cls, params: Mapping[str, str]) -> "Wanted":
        """Take the parameters of an address, whatever nonsense they may be."""
        tab = params.get("tab", "all")
        return cls(
            tab=tab if tab in TABS else "all",
            query=params.get("q", "").replace("\0", "").strip()[:MOST_SEARCHED],
            before=_number(params.get("before", "")),
            after=_number(params.get("after", "")),
        )

    def address(self, **changed: str) -> str:
        """The query string of this list with something changed; without cursors unless they are given."""
        fields = {"tab": "" if self.tab == "all" else self.tab, "q": self.query} | changed
        return "?" + urlencode({name: value for name, value in fields.items() if value})


@dataclass(frozen=True)
class OrderList:
    """A page of orders with everything around it. `newer_url` and `older_url` are empty at the ends."""

    wanted: Wanted
    tabs: list[Tab]
    cards: list[Card]
    newer_url: str
    older_url: str
    all_url: str = "?"


def order_list(reader: User, side: Party, params: Mapping[str, str], at: datetime) -> OrderList:
    """What the reader bought (or sold), as asked for; in a constant number of queries."""
    wanted = Wanted.read(params)
    orders, newer, older = page_of(_search(_on_tab(reader, side, wanted.tab), side, wanted.query), wanted)
    return OrderList(
        wanted=wanted,
        tabs=_tabs(reader, side, wanted),
        cards=cards(orders, reader, at),
        newer_url=wanted.address(after=orders[0].number) if newer else "",
        older_url=wanted.address(before=orders[-1].number) if older else "",
    )


def open_counts(reader: User, side: Party) -> dict[str, int]:
    """How many open orders the reader has in each state: exact, and read from the narrow deadline table alone."""
    mine = Deadline.objects.filter(**{f"{side.lower()}_id": reader.pk})
    return dict(mine.values_list("state").annotate(Count("order_id")).order_by())


def _mine(reader: User, side: Party) -> OrderQuerySet:
    return Order.objects.bought_by(reader) if side == Party.BUYER else Order.objects.sold_by(reader)


def _on_tab(reader: User, side: Party, tab: str) -> OrderQuerySet:
    mine = _mine(reader, side)
    if tab == "closed":
        return mine.closed()
    if tab in OPEN_TABS:
        due = Deadline.objects.filter(**{f"{side.lower()}_id": reader.pk}, state__in=OPEN_TABS[tab])
        return mine.filter(pk__in=due.values("order_id"))
    return mine


def _search(orders: OrderQuerySet, side: Party, text: str) -> OrderQuerySet:
    """Those whose number, or a title as it was bought, or the other side's name fits."""
    if not text:
        return orders
    titled = OrderLine.objects.filter(order=OuterRef("pk"), version__title__icontains=text)
    name = "seller__shop__name" if side == Party.BUYER else "buyer__name"
    return orders.filter(Q(number=_number(text)) | Q(**{f"{name}__icontains": text}) | Exists(titled))


def page_of(orders: OrderQuerySet, wanted: Wanted) -> tuple[list[Order], bool, bool]:
    """A page of the orders, newest first, and whether there are newer and older ones; as quick however deep."""
    edge = Subquery(Order.objects.filter(number=wanted.after or wanted.before).values("pk")[:1])
    if wanted.after:
        found = list(orders.filter(pk__gt=edge).order_by("pk").for_cards()[: PAGE + 1])
        return found[:PAGE][::-1], len(found) > PAGE, bool(found)
    if wanted.before:
        orders = orders.filter(pk__lt=edge)
    found = list(orders.order_by("-pk").for_cards()[: PAGE + 1])
    return found[:PAGE], bool(wanted.before and found), len(found) > PAGE


def _tabs(reader: User, side: Party, wanted: Wanted) -> list[Tab]:
    counts = {} if wanted.query else _counts(reader, side)
    return [
        Tab(
            label=label,
            url=wanted.address(tab="" if tab == "all" else tab),
            count=counts.get(tab),
            current=tab == wanted.tab,
        )
        for tab, label in TABS.items()
    ]


def _counts(reader: User, side: Party) -> dict[str, str]:
    states = open_counts(reader, side)
    closed = _mine(reader, side).closed().order_by("-pk")[: MOST_COUNTED + 1].count()
    counts = {tab: sum(states.get(state, 0) for state in of) for tab, of in OPEN_TABS.items()}
    counts |= {"all": sum(counts.values()) + closed, "closed": closed}
    capped = f"{MOST_COUNTED}+"
    words = {tab: str(count) for tab, count in counts.items()}
    return words | {"all": capped, "closed": capped} if closed > MOST_COUNTED else words


def _number(text: str) -> str:
    """What may be an order's number in what somebody typed."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())[:16]
