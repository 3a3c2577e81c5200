"""What the staff may do to shops; each act enters the log with its reason."""

from datetime import datetime

from django.db import transaction

from marketplace.accounts import staff
from marketplace.accounts.models import Shop, User


class NotAnOperatorError(Exception):
    """Only operators do this."""


class NothingToLiftError(Exception):
    """The shop is not suspended."""


@transaction.atomic
def suspend_shop(*, shop: Shop, by: User, why: str, at: datetime) -> Shop:
    """Let the shop take no orders; open orders and balances live on. A suspended shop stays so.

    Raises `NotAnOperatorError`.
    """
    shop = _lock(shop, by)
    if shop.state != Shop.State.SUSPENDED:
        _move(shop, Shop.State.SUSPENDED)
        staff.note(by=by, at=at, act="suspend_shop", subject=f"shop {shop.slug}", why=why)
    return shop


@transaction.atomic
def lift_suspension(*, shop: Shop, by: User, why: str, at: datetime) -> Shop:
    """Give the shop back to its owner, on holiday: whether it is ready for orders is theirs to say.

    Raises `NotAnOperatorError`; `NothingToLiftError` where it is not suspended.
    """
    shop = _lock(shop, by)
    if shop.state != Shop.State.SUSPENDED:
        raise NothingToLiftError
    _move(shop, Shop.State.HOLIDAY)
    staff.note(by=by, at=at, act="lift_suspension", subject=f"shop {shop.slug}", why=why)
    return shop


def _lock(shop: Shop, by: User) -> Shop:
    if not staff.is_operator(by):
        raise NotAnOperatorError
    return Shop.objects.select_for_update(no_key=True).get(id=shop.id)


def _move(shop: Shop, state: Shop.State) -> None:
    shop.state = state
    shop.save(update_fields=["state"])
