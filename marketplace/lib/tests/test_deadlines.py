"""Moments and the time left are put in the reader's words, and never sound longer than they are."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from marketplace.lib.deadlines import date_words, moment_words, stamp_words, time_left, zone_words

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "words", "nearness"),
    [
        (timedelta(days=30), "in 30 days", "far"),
        (timedelta(days=3, hours=23), "in 3 days", "far"),
        (timedelta(days=2, hours=23, minutes=59), "in 2 days 23 hours", "far"),
        (timedelta(days=2), "in 2 days", "near"),
        (timedelta(hours=25), "in 1 day 1 hour", "near"),
        (timedelta(hours=5, minutes=12), "in 5 hours 12 minutes", "near"),
        (timedelta(minutes=59, seconds=59), "in 59 minutes", "near"),
        (timedelta(seconds=20), "in 1 minute", "near"),
        (timedelta(0), "1 minute ago", "past"),
        (-timedelta(days=4), "4 days ago", "past"),
    ],
)
def test_the_time_left_is_rounded_down_to_its_largest_units(left: timedelta, words: str, nearness: str) -> None:
    stands = time_left(AT + left, AT)
    assert (stands.words, stands.nearness) == (words, nearness)


def test_the_words_are_the_readers_language() -> None:
    with translation.override("pt-br"):
        assert "2 dias 1 hora" in time_left(AT + timedelta(days=2, hours=1), AT).words


def test_a_moment_is_shown_in_the_readers_zone_and_says_the_year_when_it_is_not_this_one() -> None:
    with timezone.override(zoneinfo.ZoneInfo("Asia/Tokyo")):
        assert moment_words(AT, AT).replace("\xa0", " ") == "Sun, Nov 22, 9:00 PM"
        assert date_words(AT + timedelta(days=365), AT) == "Mon, Nov 22, 2027"
        assert date_words(datetime(2026, 12, 31, 16, tzinfo=UTC), AT) == "Fri, Jan 1, 2027"


@pytest.mark.parametrize(("zone", "name"), [("UTC", "UTC"), ("America/New_York", "EST"), ("Asia/Tokyo", "GMT+09:00")])
def test_the_zone_has_a_name_that_people_know(zone: str, name: str) -> None:
    with timezone.override(zoneinfo.ZoneInfo(zone)):
        assert zone_words(AT) == name


def test_what_is_printed_names_its_year_and_its_zone() -> None:
    with timezone.override(zoneinfo.ZoneInfo("America/New_York")):
        assert stamp_words(datetime(2026, 3, 2, 17, 0, tzinfo=UTC)) == "Mon, Mar 2, 2026, 12:00\xa0PM EST"
