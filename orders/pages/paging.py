"""Pages by cursor: as quick however deep, and steady while new orders come in. A cursor is an order's number."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet, Subquery

from orders.models import Deadline, Order

PAGE = 20
MOST_SEARCHED = 100  # characters


@dataclass(frozen=True)
class Wanted:
    """Which part of a list somebody asks for. Cursors are order numbers; an unknown tab is all of it."""

    tab: str
    query: str
    before: str
    after: str

    @classmethod
    def read(cls, params: Mapping[str, str], tabs: Container[str] = ()) -> "Wanted":
        """Take the parameters of an address, whatever nonsense they may be."""
        tab = params.get("tab", "all")
        return cls(
            tab=tab if tab in tabs else "all",
            query=params.get("q", "").replace("\0", "").strip()[:MOST_SEARCHED],
            before=number_in(params.get("before", "")),
            after=number_in(params.get("after", "")),
        )

    def address(self, **changed: str) -> str:
        """The query string of this list with something changed; without cursors unless they are given."""
        fields = {"tab": "" if self.tab == "all" else self.tab, "q": self.query} | changed
        return "?" + urlencode({name: value for name, value in fields.items() if value})


@dataclass(frozen=True)
class Page:
    """Some orders, newest first, and the cursors to the pages before and after; empty at the ends."""

    orders: list[Order]
    newer: str
    older: str


def page_of(found: QuerySet[Order] | QuerySet[Deadline], wanted: Wanted) -> Page:
    """The page that is asked for of these orders, or of the orders of these deadlines, with all that cards show.

    Which orders it holds is asked first, of narrow rows; the rest of them is fetched by their ids.
    """
    key = "order_id" if found.model is Deadline else "pk"
    edge = Subquery(Order.objects.filter(number=wanted.after or wanted.before).values("pk")[:1])
    rows: QuerySet[Any] = found
    if wanted.after:
        rows = rows.filter(**{f"{key}__gt": edge})
    elif wanted.before:
        rows = rows.filter(**{f"{key}__lt": edge})
    ids = list(rows.order_by(key if wanted.after else f"-{key}").values_list(key, flat=True)[: PAGE + 1])
    more, ids = len(ids) > PAGE, ids[:PAGE]
    by_id = Order.objects.for_cards().in_bulk(ids)
    orders = [by_id[pk] for pk in sorted(ids, reverse=True)]
    newer, older = (more, bool(orders)) if wanted.after else (bool(wanted.before and orders), more)
    return Page(orders, orders[0].number if newer else "", orders[-1].number if older else "")


def number_in(text: str) -> str:
    """What may be an order's number in what somebody typed."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())[:16]
