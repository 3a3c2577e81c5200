"""The time is the database's."""

from datetime import UTC, timedelta

import pytest
import time_machine
from django.db import transaction

from marketplace.lib import clock


@pytest.mark.django_db
def test_a_wrong_clock_on_the_apps_host_does_not_move_the_time() -> None:
    true = clock.now()
    with time_machine.travel(true + timedelta(days=400)):
        assert clock.now() - true < timedelta(minutes=1)


@pytest.mark.django_db
def test_the_time_is_aware_in_utc_and_goes_on_inside_a_transaction() -> None:
    with transaction.atomic():
        first, second = clock.now(), clock.now()
    assert first.tzinfo is not None
    assert first.utcoffset() == UTC.utcoffset(None)
    assert second > first
