"""What the staff do is written down and stays."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import IntegrityError, connection

from marketplace.accounts import staff
from marketplace.accounts.models import StaffAct, User

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def olga() -> User:
    """An operator."""
    user = User.objects.create_user("olga@example.com", name="Olga")
    user.groups.add(Group.objects.create(name=User.OPERATORS))
    return user


def test_an_act_says_who_when_what_and_why(olga: User) -> None:
    staff.note(by=olga, at=AT, act="retry", subject="order 7QK2M4", why="the cause is mended", facts={"tries": 5})

    act = StaffAct.objects.get()
    assert (act.by, act.at, str(act), act.why, act.facts) == (
        olga,
        AT,
        "retry order 7QK2M4",
        "the cause is mended",
        {"tries": 5},
    )


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE accounts_staffact SET why = 'another reason'",
        "DELETE FROM accounts_staffact",
        "TRUNCATE accounts_staffact CASCADE",
    ],
)
def test_what_was_done_cannot_be_changed_or_deleted(olga: User, damage: str) -> None:
    staff.note(by=olga, at=AT, act="retry", subject="order 7QK2M4")

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="what the staff did stays"):
            cursor.execute(damage)


def test_staff_are_known_by_their_group_while_they_are_active(olga: User) -> None:
    assert staff.is_operator(olga)
    assert not staff.is_mediator(olga)
    assert not staff.is_operator(AnonymousUser())
    olga.is_active = False
    assert not staff.is_operator(olga)
