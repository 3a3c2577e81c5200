"""The outbox becomes notices and e-mails: all of an entry or nothing, once, whatever else is in the batch."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import User
from marketplace.notifications import outbox
from marketplace.notifications.models import Email, Notice, OutboxEntry
from marketplace.notifications.tests.telling import AT, made_up_templates, make_entries, tells
from marketplace.tests.concurrency import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _templates() -> Iterator[None]:
    with made_up_templates():
        yield


@pytest.fixture
def user() -> User:
    """Somebody in New York who is told things."""
    return User.objects.create_user("reader@example.com", name="Ana & Co", time_zone="America/New_York")


def test_an_entry_becomes_a_notice_and_an_email_and_is_gone(user: User) -> None:
    make_entries(1)

    assert outbox.tell(tells(user), at=AT) == {"told": 1, "failed": 0}

    notice, email = Notice.objects.get(), Email.objects.get()
    assert not OutboxEntry.objects.exists()
    assert (notice.title, notice.body, notice.url) == ("this & more", "It was this, really.", "/somewhere/")
    assert (notice.user, notice.created_at, notice.read_at) == (user, AT, None)
    assert (email.address, email.subject, email.state) == ("reader@example.com", "this & more", Email.State.QUEUED)
    assert email.headers["Message-ID"] == f"<made.up.7.1.{user.pk}@holdfast.example>"


def test_the_email_says_the_same_in_text_and_in_html_and_only_html_is_escaped(user: User) -> None:
    make_entries(1)
    outbox.tell(tells(user), at=AT)

    email = Email.objects.get()

    assert email.text.startswith("Hello Ana & Co,\n\nFirst <this> paragraph.\n\nSecond paragraph.\n\nLook:\n")
    assert "http://localhost:8000/somewhere/" in email.text
    assert "<p>First &lt;this&gt; paragraph.</p><p>Second paragraph.</p>" in email.html
    assert 'href="http://localhost:8000/somewhere/"' in email.html


def test_telling_the_same_event_again_changes_nothing(user: User) -> None:
    make_entries(1)
    outbox.tell(tells(user), at=AT)
    make_entries(1)
    outbox.tell(tells(user), at=AT)

    assert (Notice.objects.count(), Email.objects.count(), OutboxEntry.objects.count()) == (1, 1, 0)


def test_nobody_is_told_who_has_left(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    make_entries(1)

    outbox.tell(tells(User.objects.get(pk=user.pk)), at=AT)

    assert not Notice.objects.exists()
    assert not OutboxEntry.objects.exists()


def test_a_batch_takes_the_same_number_of_statements_however_large_it_is(user: User) -> None:
    numbers = []
    for size in (1, 40):
        OutboxEntry.objects.all().delete()
        Notice.objects.all().delete()
        Email.objects.all().delete()
        make_entries(size)
        with CaptureQueriesContext(connection) as queries:
            outbox.tell(tells(user), at=AT)
        assert Notice.objects.count() == size
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]


def test_a_poisonous_entry_stops_no_other_and_waits_longer_each_time(user: User) -> None:
    make_entries(9)

    assert outbox.tell(tells(user, poison=[4]), at=AT) == {"told": 8, "failed": 1}

    poisonous = OutboxEntry.objects.get()
    assert (poisonous.seq, poisonous.tries, poisonous.next_try_at) == (4, 1, AT + timedelta(minutes=1))
    assert poisonous.last_error == "LookupError('poison')"
    assert Notice.objects.count() == 8
    assert not outbox.tell(tells(user, poison=[4]), at=AT)


def test_a_poisonous_entry_is_set_aside_after_five_tries_until_an_operator_retries_it(user: User) -> None:
    make_entries(1)
    for minutes in (0, 1, 3, 7, 15):
        assert outbox.tell(tells(user, poison=[1]), at=AT + timedelta(minutes=minutes))["failed"] == 1

    later = AT + timedelta(days=30)
    assert not outbox.tell(tells(user), at=later)
    assert outbox.try_again(list(OutboxEntry.objects.set_aside())) == 1
    assert outbox.tell(tells(user), at=later)["told"] == 1


def test_a_reference_to_a_user_who_is_gone_poisons_its_own_entry_alone(user: User) -> None:
    gone = User(pk=999_999, email="gone@example.com", name="Gone")
    make_entries(3)

    def compose(entries: list[OutboxEntry], at: object) -> list[object]:
        messages = tells(user)(entries, at)
        return [message if message.entry.seq != 2 else tells(gone)([message.entry], at)[0] for message in messages]

    assert outbox.tell(compose, at=AT) == {"told": 2, "failed": 1}  # type: ignore[arg-type]
    assert list(Notice.objects.order_by("seq").values_list("seq", flat=True)) == [1, 3]


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_share_the_entries_and_tell_each_once(user: User) -> None:
    make_entries(60)

    told = at_once([lambda: outbox.tell(tells(user), at=AT, batch=5)["told"]] * 4)

    assert sum(told) == 60
    assert (Notice.objects.count(), Email.objects.count(), OutboxEntry.objects.count()) == (60, 60, 0)
