"""The outbox takes an entry from plain SQL and gives it out again."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from marketplace.notifications.models import OutboxEntry

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_an_entry_written_by_plain_sql_with_four_columns_is_to_be_told_at_once() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_outboxentry (topic, subject_id, seq, created_at) VALUES (%s, %s, %s, %s)",
            ["orders.ship", 7, 3, AT],
        )

    entry = OutboxEntry.objects.to_tell(AT).get()

    assert (entry.topic, entry.subject_id, entry.seq) == ("orders.ship", 7, 3)
    assert (entry.tries, entry.last_error) == (0, "")
