"""Pages of rows by id, newest first, as quick however deep: where the reader is stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet

PAGE = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Cursor:
    """Where somebody reads on: with ids below `before` or above `after`; neither is the first page."""

    before: int | None = None
    after: int | None = None

    @classmethod
    def read(cls, params: Mapping[str, str]) -> "Cursor":
        """Take the parameters of an address, whatever nonsense they may be."""
        before, after = _id(params.get("before", "")), _id(params.get("after", ""))
        return cls(before=before, after=None if before is not None else after)


def address(**fields: object) -> str:
    """A query string of those fields that say something."""
    return "?" + urlencode({name: value for name, value in fields.items() if value not in (None, "")})


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows and the addresses of newer and older ones, empty at the ends."""

    rows: list[Row]
    newer_url: str
    older_url: str


def page_of(found: QuerySet[Row], cursor: Cursor, **kept: Any) -> Page[Row]:
    """A page of the rows by id in one query; `kept` stays in the addresses."""
    if cursor.after is not None:
        rows = list(found.filter(pk__gt=cursor.after).order_by("pk")[: PAGE + 1])
        shown, newer, older = rows[:PAGE][::-1], len(rows) > PAGE, True
    else:
        if cursor.before is not None:
            found = found.filter(pk__lt=cursor.before)
        rows = list(found.order_by("-pk")[: PAGE + 1])
        shown, newer, older = rows[:PAGE], cursor.before is not None, len(rows) > PAGE
    return Page(
        rows=shown,
        newer_url=address(**kept, after=shown[0].pk) if newer and shown else "",
        older_url=address(**kept, before=shown[-1].pk) if older and shown else "",
    )


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
