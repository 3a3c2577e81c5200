"""A seller's bank accounts: checked by their checksum, kept sealed, shown masked, and every change told of by e-mail.

Whoever calls this has made sure, just now, that it is the seller who asks (password or second factor).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from stdnum import iban as ibans
from stdnum.exceptions import InvalidChecksum, ValidationError

from escrow.models import PayoutMethod
from marketplace.accounts.models import User
from marketplace.lib import references, sealed
from marketplace.notifications.models import OutboxEntry

MOST_METHODS = 5  # in use at once: more is a mistake, or somebody trying numbers out


class WrongIban(ValueError):
    """A number that is no IBAN; the message is for the person who typed it."""


class TooManyMethods(Exception):
    """The seller has as many bank accounts as we keep."""


def read_iban(text: str) -> str:
    """The IBAN that was typed, without spaces and in capitals. Raises `WrongIban`.

    Length and structure are those of its country (ISO 13616), the check digits those of ISO 7064, and for the countries
    that have them also the national ones.
    """
    try:
        number: str = ibans.validate(text)
    except InvalidChecksum as error:
        raise WrongIban(_("The check digits do not fit: one of the characters is mistyped.")) from error
    except ValidationError as error:
        raise WrongIban(_("Enter an IBAN such as PT50 0002 0123 1234 5678 9015 4.")) from error
    return number


def mask(iban: str) -> str:
    """What of an IBAN may be shown: the country, the check digits and the last four."""
    return f"{iban[:4]} •••• {iban[-4:]}"


@transaction.atomic
def add(*, owner: User, holder: str, iban: str, at: datetime) -> PayoutMethod:
    """Keep a bank account of the seller's; the first is the usual one. The same one again is kept once.

    Raises `WrongIban` or `TooManyMethods`.
    """
    number = read_iban(iban)
    in_use = _lock(owner)
    same = next((method for method in in_use if (method.destination, method.holder) == (number, holder)), None)
    if same:
        return same
    if len(in_use) >= MOST_METHODS:
        raise TooManyMethods
    made = PayoutMethod.objects.create(
        owner=owner,
        reference=references.new(),
        holder=holder,
        destination_sealed=sealed.seal(number),
        mask=mask(number),
        is_default=not in_use,
        added_at=at,
    )
    _announce(made, "added", at)
    return made


@transaction.atomic
def make_default(*, method: PayoutMethod, at: datetime) -> None:
    """Pay out to this account unless another is chosen. Raises `PayoutMethod.DoesNotExist` for one taken away."""
    in_use = _lock(method.owner)
    if method not in in_use:
        raise PayoutMethod.DoesNotExist
    if not next(one for one in in_use if one == method).is_default:
        PayoutMethod.objects.filter(owner=method.owner, is_default=True).update(is_default=False)
        PayoutMethod.objects.filter(pk=method.pk).update(is_default=True)
        _announce(method, "made_default", at)


@transaction.atomic
def remove(*, method: PayoutMethod, at: datetime) -> None:
    """Send no more money to this account; payouts that are on their way go on. Again has no effect."""
    in_use = _lock(method.owner)
    if method not in in_use:
        return
    PayoutMethod.objects.filter(pk=method.pk).update(is_default=False, removed_at=at)
    heirs = [one for one in in_use if one != method]
    if heirs and not any(heir.is_default for heir in heirs):
        PayoutMethod.objects.filter(pk=heirs[0].pk).update(is_default=True)
    _announce(method, "removed", at)


def _lock(owner: User) -> list[PayoutMethod]:
    """The owner's accounts in use, which nobody else changes until the transaction ends."""
    User.objects.select_for_update(no_key=True).only("id").get(pk=owner.pk)
    return list(PayoutMethod.objects.filter(owner=owner).in_use())


def _announce(method: PayoutMethod, what: str, at: datetime) -> None:
    minute = int(at.timestamp()) // 60  # tells two changes of one account apart
    OutboxEntry.objects.create(topic=f"escrow.payout_method_{what}", subject_id=method.pk, seq=minute, created_at=at)
