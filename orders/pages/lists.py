"""Lists of orders: tabs with counts, search, and pages by cursor, for My Orders and for a seller's sales alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from orders.lifecycle import UNSHIPPED, Party, State
from orders.models import Deadline, Order, OrderLine, OrderQuerySet
from orders.pages.cards import Card, cards
from orders.pages.paging import Wanted, number_in, page_of

MOST_COUNTED = 99  # closed orders are counted so far and no further: the count then costs the same for everybody
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
    wanted = Wanted.read(params, TABS)
    page = page_of(_found(reader, side, wanted), wanted)
    return OrderList(
        wanted=wanted,
        tabs=_tabs(reader, side, wanted),
        cards=cards(page.orders, reader, at),
        newer_url=wanted.address(after=page.newer) if page.newer else "",
        older_url=wanted.address(before=page.older) if page.older else "",
    )


def open_counts(reader: User, side: Party) -> dict[str, int]:
    """How many open orders the reader has in each state: exact, and read from the narrow deadline table alone."""
    return dict(_due(reader, side).values_list("state").annotate(Count("order_id")).order_by())


def _due(reader: User, side: Party) -> QuerySet[Deadline]:
    return Deadline.objects.filter(**{f"{side.lower()}_id": reader.pk})


def _mine(reader: User, side: Party) -> OrderQuerySet:
    return Order.objects.bought_by(reader) if side == Party.BUYER else Order.objects.sold_by(reader)


def _found(reader: User, side: Party, wanted: Wanted) -> QuerySet[Order] | QuerySet[Deadline]:
    """The orders of a tab, or those in it that a search fits; open ones by way of their deadlines."""
    due = _due(reader, side).filter(state__in=OPEN_TABS.get(wanted.tab, ()))
    if wanted.tab in OPEN_TABS and not wanted.query:
        return due
    mine = _mine(reader, side)
    if wanted.tab in OPEN_TABS:
        mine = mine.filter(pk__in=due.values("order_id"))
    if wanted.tab == "closed":
        mine = mine.closed()
    return _search(mine, side, wanted.query) if wanted.query else mine


def _search(orders: OrderQuerySet, side: Party, text: str) -> OrderQuerySet:
    """Those whose number, or a title as it was bought, or the other side's name fits.

    The title is a scalar subquery and no `Exists`, which PostgreSQL may answer, inside an OR, from the lines of all
    orders there are; this one it asks of the reader's own orders, one by one, until the page is full.
    """
    fitting = OrderLine.objects.filter(order=OuterRef("pk"), version__title__icontains=text)
    titled = orders.annotate(fitting_line=Subquery(fitting.values("pk")[:1]))
    name = "seller__shop__name" if side == Party.BUYER else "buyer__name"
    return titled.filter(Q(number=number_in(text)) | Q(**{f"{name}__icontains": text}) | Q(fitting_line__isnull=False))


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
