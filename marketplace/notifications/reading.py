"""What one person reads of their notices: how many are unread, a page of them, and that they have been read."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.notifications.models import Notice, NoticeQuerySet

PAGE = 20
MOST_COUNTED = 99  # unread notices are counted so far and no further: the count then costs the same for everybody


@dataclass(frozen=True)
class Page:
    """Some notices, newest first, and the addresses of newer and older ones, empty at the ends.

    `latest` is the id of the last unread notice that had come when the page was made, 0 for none.
    """

    notices: list[Notice]
    unread: str
    latest: int
    newer_url: str
    older_url: str


def unread_count(user: User) -> str:
    """How many notices the user has not opened: "", "1" … "99", "99+". One query, on an index of unread ones alone."""
    count = Notice.objects.unread().filter(user=user)[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def page_of(user: User, *, before: str = "", after: str = "") -> Page:
    """The notices older than the one with the id `before`, or newer than `after`; as quick however deep.

    A cursor that is none of this user's notices is the first page.
    """
    mine = Notice.objects.filter(user=user)
    edge = _edge(mine, before or after)
    if edge and not before:
        found = list(mine.filter(_newer_than(edge)).order_by("created_at", "pk")[: PAGE + 1])
        shown, newer, older = found[:PAGE][::-1], len(found) > PAGE, bool(found)
    else:
        older_ones = mine.filter(_older_than(edge)) if edge else mine
        found = list(older_ones.order_by("-created_at", "-pk")[: PAGE + 1])
        shown, newer, older = found[:PAGE], bool(edge and found), len(found) > PAGE
    here = reverse("notifications:notices")
    return Page(
        notices=shown,
        unread=unread_count(user),
        latest=mine.unread().aggregate(latest=Max("pk"))["latest"] or 0,
        newer_url=f"{here}?after={shown[0].pk}" if newer else "",
        older_url=f"{here}?before={shown[-1].pk}" if older else "",
    )


def mark_read(notices: NoticeQuerySet, *, at: datetime) -> int:
    """Take note that these have been read, the first time they are; return how many were unread."""
    return notices.unread().update(read_at=at)


def _edge(mine: NoticeQuerySet, cursor: str) -> Notice | None:
    return mine.filter(pk=int(cursor)).first() if cursor.isdecimal() and len(cursor) < 19 else None


def _older_than(edge: Notice) -> Q:
    """Both halves begin with the time, so that the index is entered where the page begins."""
    return Q(created_at__lte=edge.created_at) & (Q(created_at__lt=edge.created_at) | Q(pk__lt=edge.pk))


def _newer_than(edge: Notice) -> Q:
    return Q(created_at__gte=edge.created_at) & (Q(created_at__gt=edge.created_at) | Q(pk__gt=edge.pk))
