"""How a moment and the time left until it are put in words, in the reader's language and time zone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from babel import Locale
from babel.dates import format_skeleton, format_time, format_timedelta, get_timezone_gmt, get_timezone_name
from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.lib.money import reader_locale

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
WHOLE = 10**6  # so many that Babel never rounds up to the next larger unit
NEAR = timedelta(hours=48)  # from here on a deadline is shown as pressing


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """A deadline as it stands at a moment: `nearness` is "far", "near" or "past"; `words` are "in 3 days"."""

    nearness: str
    words: str


def _length(span: timedelta, locale: Locale) -> str:
    """A span in its one or two largest units, rounded down: a promise of time is never made longer than it is."""
    days, rest = span.days, span - timedelta(days=span.days)
    hours, rest = rest // HOUR, rest % HOUR
    minutes = rest // MINUTE
    parts: list[tuple[Literal["day", "hour", "minute"], timedelta]]
    if days >= 3:
        parts = [("day", timedelta(days=days))]
    elif days:
        parts = [("day", timedelta(days=days)), ("hour", hours * HOUR)]
    elif hours:
        parts = [("hour", hours * HOUR), ("minute", minutes * MINUTE)]
    else:
        parts = [("minute", max(minutes, 1) * MINUTE)]
    return " ".join(
        format_timedelta(part, granularity=unit, threshold=WHOLE, locale=locale) for unit, part in parts if part
    )


def time_left(due_at: datetime, at: datetime) -> TimeLeft:
    """What is left at `at` until `due_at`, both aware; past ones say how long ago."""
    locale = reader_locale()
    if due_at <= at:
        return TimeLeft("past", _("%(length)s ago") % {"length": _length(at - due_at, locale)})
    nearness = "near" if due_at - at <= NEAR else "far"
    return TimeLeft(nearness, _("in %(length)s") % {"length": _length(due_at - at, locale)})


def date_words(moment: datetime, at: datetime) -> str:
    """The day of a moment in the reader's zone ("Tue, Nov 25"), with the year where it is not that of `at`."""
    local = timezone.localtime(moment)
    return _day(local, "MMMEd" if local.year == timezone.localtime(at).year else "yMMMEd")


def moment_words(moment: datetime, at: datetime) -> str:
    """A moment in the reader's zone to the minute ("Tue, Nov 25, 2:00 PM"), with the year where it is not this one."""
    return _("%(date)s, %(time)s") % {"date": date_words(moment, at), "time": _time(timezone.localtime(moment))}


def stamp_words(moment: datetime) -> str:
    """A moment as it stands on paper, whoever reads it and whenever: "Tue, Nov 25, 2025, 2:00 PM UTC"."""
    local = timezone.localtime(moment)
    words = _("%(date)s, %(time)s") % {"date": _day(local, "yMMMEd"), "time": _time(local)}
    return f"{words} {zone_words(moment)}"


def _day(local: datetime, skeleton: str) -> str:
    return format_skeleton(skeleton, local, tzinfo=local.tzinfo, locale=reader_locale())


def _time(local: datetime) -> str:
    time = format_time(local, "short", tzinfo=local.tzinfo, locale=reader_locale())
    return time.replace("\u202f", "\xa0")  # the fonts lack the narrow space, and a fallback's is too narrow


def zone_words(moment: datetime) -> str:
    """The short name of the reader's zone at that moment ("UTC", "EST", "GMT+01:00")."""
    local = timezone.localtime(moment)
    name = get_timezone_name(local, width="short", locale=reader_locale())
    return name if name[0].isalpha() else get_timezone_gmt(local, width="long", locale=reader_locale())
