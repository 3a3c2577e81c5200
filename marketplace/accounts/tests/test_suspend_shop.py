"""Suspending a shop, and lifting the suspension."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from marketplace.accounts import actions, staff_actions
from marketplace.accounts.models import Shop, StaffAct, User

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def operator(db: None) -> User:
    user = User.objects.create_user("olga@example.com", name="Olga")
    user.groups.add(Group.objects.get_or_create(name=User.OPERATORS)[0])
    return user


@pytest.fixture
def shop(ana: User) -> Shop:
    return actions.open_shop(owner=ana, name="Olaria", about="", currency="EUR", country="PT")


def test_a_shop_is_suspended_once_and_the_log_says_why(shop: Shop, operator: User) -> None:
    for _time in range(2):
        suspended = staff_actions.suspend_shop(shop=shop, by=operator, why="Counterfeits", at=AT)
        assert suspended.state == Shop.State.SUSPENDED
    act = StaffAct.objects.get()
    assert (act.act, act.subject, act.why, act.by) == ("suspend_shop", "shop olaria", "Counterfeits", operator)


def test_a_lifted_suspension_leaves_the_shop_on_holiday(shop: Shop, operator: User) -> None:
    staff_actions.suspend_shop(shop=shop, by=operator, why="Counterfeits", at=AT)
    lifted = staff_actions.lift_suspension(shop=shop, by=operator, why="They were real", at=AT)
    assert lifted.state == Shop.State.HOLIDAY
    with pytest.raises(staff_actions.NothingToLiftError):
        staff_actions.lift_suspension(shop=shop, by=operator, why="Again", at=AT)
    assert list(StaffAct.objects.order_by("id").values_list("act", flat=True)) == ["suspend_shop", "lift_suspension"]


def test_nobody_but_an_operator_suspends(shop: Shop, stranger: User) -> None:
    for act in (staff_actions.suspend_shop, staff_actions.lift_suspension):
        with pytest.raises(staff_actions.NotAnOperatorError):
            act(shop=shop, by=stranger, why="", at=AT)
    assert not StaffAct.objects.exists()


def test_operators_suspend_by_command(shop: Shop, operator: User) -> None:
    out = StringIO()
    call_command("suspend_shop", "olaria", by="Olga@example.com", why="Counterfeits", stdout=out)
    assert "Suspended" in out.getvalue()
    call_command("suspend_shop", "olaria", by="olga@example.com", why="A mistake", lift=True, stdout=out)
    assert "On holiday" in out.getvalue()


@pytest.mark.usefixtures("shop", "operator", "stranger")
@pytest.mark.parametrize(
    ("slug", "by", "lift", "says"),
    [
        ("nowhere", "olga@example.com", False, "no shop"),
        ("olaria", "eve@example.com", False, "no operator"),
        ("olaria", "nobody@example.com", False, "nobody with"),
        ("olaria", "olga@example.com", True, "not suspended"),
    ],
)
def test_the_command_says_what_is_wrong(slug: str, by: str, lift: bool, says: str) -> None:  # noqa: FBT001
    with pytest.raises(CommandError, match=says):
        call_command("suspend_shop", slug, by=by, why="x", lift=lift)
    assert Shop.objects.get().state == Shop.State.OPEN
