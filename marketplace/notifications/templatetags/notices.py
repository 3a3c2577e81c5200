"""What notices and e-mails need to put moments into words; all in the language and zone that are active."""

from datetime import datetime

from django import template

from marketplace.lib import deadlines

register = template.Library()


@register.filter
def words(moment: datetime, at: datetime) -> str:
    """A moment with its zone, as it stands in a sentence read at `at` or later: "Tue, Nov 25, 2:00 PM (UTC)"."""
    return f"{deadlines.moment_words(moment, at)} ({deadlines.zone_words(moment)})"
