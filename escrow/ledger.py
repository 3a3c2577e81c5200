"""The only writer of transfers.

A transfer moves an amount from one account to another and can never be changed, so debits equal credits by
construction. Its key says why it exists and can exist only once. Hold totals and sellers' balances follow from
transfers in the database (escrow/sql/ledger.sql).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from escrow.models import Account, SellerBalance, Transfer
from marketplace.lib import sql

PLATFORM_KINDS = (Account.Kind.ESCROW, Account.Kind.FEES)
PROVIDER_KINDS = (Account.Kind.PROVIDER_CASH, Account.Kind.REFUNDS_IN_FLIGHT)


@dataclass(frozen=True)
class Entry:
    """A transfer to be written. `key` is its business key, such as `capture:<hold>`; `amount_minor` is positive."""

    kind: Transfer.Kind
    key: str
    currency: str
    amount_minor: int
    debit_account_id: int
    credit_account_id: int
    at: datetime
    debit_hold_id: int | None = None
    credit_hold_id: int | None = None


def post(entries: Iterable[Entry]) -> None:
    """Write transfers in one statement.

    Raises `IntegrityError`, and so ends the caller's transaction, when a key was used before, currencies are mixed or
    a hold would pay out more than it has.
    """
    Transfer.objects.bulk_create(Transfer(**vars(entry)) for entry in entries)


def allot(key: str) -> None:
    """Say which sales' money a debit of a seller's balance took that was just posted, by its key."""
    sql.call("SELECT escrow_allot(array_agg(id)) FROM escrow_transfer WHERE key = %s", [key])


def open_account(*, kind: Account.Kind, currency: str, provider: str | None = None, owner_id: int | None = None) -> int:
    """The id of one account that not every payment needs; made if missing."""
    return Account.objects.get_or_create(kind=kind, currency=currency, provider=provider, owner_id=owner_id)[0].pk


def open_accounts(*, currency: str, provider: str, seller_ids: Iterable[int] = ()) -> "Accounts":
    """The accounts that money in this currency, at this provider, for these sellers moves through; made if missing.

    A constant number of statements. Safe to run at the same time as others that make the same accounts.
    """
    sellers = set(seller_ids)
    wanted = [Account(kind=kind, currency=currency) for kind in PLATFORM_KINDS]
    wanted += [Account(kind=kind, currency=currency, provider=provider) for kind in PROVIDER_KINDS]
    wanted += [Account(kind=Account.Kind.SELLER, currency=currency, owner_id=seller) for seller in sorted(sellers)]
    found = _find(currency, provider, sellers)
    if len(found) < len(wanted):
        Account.objects.bulk_create(wanted, ignore_conflicts=True)
        found = _find(currency, provider, sellers)
        SellerBalance.objects.bulk_create(
            [SellerBalance(account=account) for account in found if account.kind == Account.Kind.SELLER],
            ignore_conflicts=True,
        )
    platform = {account.kind: account.pk for account in found if account.owner_id is None}
    return Accounts(
        escrow=platform[Account.Kind.ESCROW],
        fees=platform[Account.Kind.FEES],
        provider_cash=platform[Account.Kind.PROVIDER_CASH],
        refunds_in_flight=platform[Account.Kind.REFUNDS_IN_FLIGHT],
        sellers={account.owner_id: account.pk for account in found if account.owner_id is not None},
    )


@dataclass(frozen=True)
class Accounts:
    """Account ids in one currency; `sellers` maps user ids to theirs."""

    escrow: int
    fees: int
    provider_cash: int
    refunds_in_flight: int
    sellers: dict[int, int]


def _find(currency: str, provider: str, sellers: set[int]) -> list[Account]:
    in_currency = Account.objects.filter(currency=currency)
    platform = in_currency.filter(kind__in=PLATFORM_KINDS)
    outside = in_currency.filter(kind__in=PROVIDER_KINDS, provider=provider)
    owned = in_currency.filter(kind=Account.Kind.SELLER, owner__in=sellers)
    return list(platform.union(outside, owned, all=True))
