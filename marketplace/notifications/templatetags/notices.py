"""The bell, and how notices and e-mails put moments into words, in the language and zone that are active."""

from datetime import datetime

from django import template

from marketplace.accounts.models import User
from marketplace.lib import deadlines
from marketplace.notifications import reading

register = template.Library()


@register.filter
def words(moment: datetime, at: datetime) -> str:
    """A moment with its zone, as it stands in a sentence read at `at` or later: "Tue, Nov 25, 2:00 PM (UTC)"."""
    return f"{deadlines.moment_words(moment, at)} ({deadlines.zone_words(moment)})"


@register.inclusion_tag("components/_bell.html")
def bell(user: User) -> dict[str, object]:
    """The way to the notices, with the number of unread ones; one query."""
    return {"unread": reading.unread_count(user)}
