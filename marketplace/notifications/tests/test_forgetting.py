"""Old e-mails and notices are forgotten; what still waits or is recent stays."""

from datetime import timedelta

import pytest

from marketplace.accounts.models import User
from marketplace.notifications import forgetting
from marketplace.notifications.models import Email, Notice
from marketplace.notifications.tests.telling import AT, make_email

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def user() -> User:
    """Somebody who was told things."""
    return User.objects.create_user("reader@example.com")


def test_an_old_email_is_forgotten_unless_it_still_waits(user: User) -> None:
    make_email(user, 1, state=Email.State.SENT, sent_at=AT)
    make_email(user, 2, state=Email.State.DEAD)
    waiting = make_email(user, 3)
    recent = make_email(user, 4, state=Email.State.DEAD, created_at=AT + 2 * DAY)

    assert forgetting.forget_old(at=AT + forgetting.EMAIL_WINDOW + DAY) == 2

    assert list(Email.objects.order_by("pk")) == [waiting, recent]


def test_an_old_notice_is_forgotten_read_or_not(user: User) -> None:
    for seq, days in ((1, 0), (2, 2)):
        Notice.objects.create(
            user=user, topic="made.up", subject_id=1, seq=seq, title="T", url="/", created_at=AT + days * DAY
        )

    assert forgetting.forget_old(at=AT + forgetting.NOTICE_WINDOW + DAY) == 1

    assert Notice.objects.get().seq == 2


def test_a_sweep_looks_at_a_few_and_the_next_at_the_next(user: User) -> None:
    for seq in range(5):
        make_email(user, seq, state=Email.State.DEAD)
    at = AT + forgetting.EMAIL_WINDOW + DAY

    assert [forgetting.forget_old(at=at, batch=2) for _sweep in range(4)] == [2, 2, 1, 0]
