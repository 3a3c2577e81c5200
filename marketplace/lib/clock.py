"""The one place that asks what time it is.

Views, tasks and commands call `now()` and hand the answer down as `at`; nothing below them looks at a clock.
In production the time is the database's: every web and worker machine then judges a deadline by the same clock, so
a wrong clock on one of them releases nothing early. Tests and imports pass an `at` of their own instead.
"""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """The database's present time, aware, in UTC.

    It is the wall clock (`clock_timestamp()`), not the transaction's start: a long batch sees time go by.
    Raises `django.db.DatabaseError` where the database cannot answer; there is no fallback to the host's clock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
