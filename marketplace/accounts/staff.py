"""Who the staff are, and the log that every act of theirs enters.

Write the act in the transaction that does it: what was refused or rolled back was not done.
"""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from marketplace.accounts.models import StaffAct, User


def is_operator(user: User | AnonymousUser) -> bool:
    """Whether the user runs this marketplace."""
    return _is_in(user, User.OPERATORS)


def is_mediator(user: User | AnonymousUser) -> bool:
    """Whether the user settles disputes."""
    return _is_in(user, User.MEDIATORS)


def note(
    *, by: User, at: datetime, act: str, subject: str, why: str = "", facts: Mapping[str, object] | None = None
) -> StaffAct:
    """Write down what a person of the staff does; `act` is the action's name, `subject` what it is done to."""
    return StaffAct.objects.create(by=by, at=at, act=act, subject=subject, why=why, facts=dict(facts or {}))


def _is_in(user: User | AnonymousUser, group: str) -> bool:
    return user.is_active and user.groups.filter(name=group).exists()
