"""The demo's past is in the app, mostly read; no e-mail is sent about it."""

from datetime import timedelta

import pytest
from django.core import mail as outgoing

from marketplace import sweeps
from marketplace.demo.news import tell_past
from marketplace.notifications.models import Notice
from marketplace.tests.trade import AT, make_paid_order


@pytest.mark.django_db
def test_the_demos_past_is_told_in_the_app_and_sent_to_nobody() -> None:
    make_paid_order(at=AT - timedelta(days=3))
    make_paid_order(at=AT - timedelta(days=1))

    tell_past(present=AT)
    sweeps.sweep(AT)

    assert (Notice.objects.count(), Notice.objects.unread().count()) == (4, 2)
    assert outgoing.outbox == []
