"""The books as somebody reads them: what every account has, and the transfers that make it.

Sellers' accounts keep a balance row. All others are sums of transfers, because a row that every release updates would
be waited for by all of them. So that these sums do not take longer and longer, `fold` adds up now and then what can
no longer change, and a balance is what was folded plus what came since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from escrow.models import Account, Hold, SellerBalance, Transfer
from marketplace.lib import sql
from marketplace.lib.money import Money

PAGE = 50
WINDOW = 100_000  # transfers that one page of a platform's account looks through at most
FOLD_AFTER = timedelta(minutes=2)  # longer than a statement may take (`statement_timeout`)
MOST_FOLDED = 1_000_000


@dataclass(frozen=True)
class Standing:
    """What one account has, or all sellers' accounts of a kind together, whose `account_id` is then None.

    `debit_minor` and `credit_minor` are everything ever moved out and in, in minor units; of accounts with a balance
    row only the difference is known, and stands on its side.
    """

    account_id: int | None
    kind: Account.Kind
    currency: str
    provider: str | None
    accounts: int
    debit_minor: int
    credit_minor: int

    @property
    def balance(self) -> Money:
        """What is in it: positive where it is as it should be, what we have or what we owe."""
        net_minor = self.credit_minor - self.debit_minor
        return Money(-net_minor if self.kind in Account.OWED_TO_US else net_minor, self.currency)

    @property
    def debit(self) -> Money:
        """Everything ever moved out of it."""
        return Money(self.debit_minor, self.currency)

    @property
    def credit(self) -> Money:
        """Everything ever moved into it."""
        return Money(self.credit_minor, self.currency)


STANDINGS = """
WITH since AS (
    SELECT account_id, sum(debit_minor) AS debit_minor, sum(credit_minor) AS credit_minor
      FROM (SELECT debit_account_id AS account_id, amount_minor AS debit_minor, 0 AS credit_minor FROM escrow_transfer
             WHERE id > coalesce((SELECT max(through_id) FROM escrow_folding), 0)
            UNION ALL
            SELECT credit_account_id, 0, amount_minor FROM escrow_transfer
             WHERE id > coalesce((SELECT max(through_id) FROM escrow_folding), 0)) AS moved
     GROUP BY 1
)
SELECT CASE WHEN a.owner_id IS NULL THEN a.id END, a.kind, a.currency, a.provider, count(*),
       sum(coalesce(t.debit_minor, 0) + coalesce(s.debit_minor, 0))::bigint,
       sum(coalesce(t.credit_minor, 0) + coalesce(s.credit_minor, 0))::bigint
  FROM escrow_account a
  LEFT JOIN escrow_accounttotal t ON t.account_id = a.id
  LEFT JOIN since s ON s.account_id = a.id
 WHERE NOT EXISTS (SELECT 1 FROM escrow_sellerbalance b WHERE b.account_id = a.id)
 GROUP BY 1, 2, 3, 4
UNION ALL
SELECT NULL, a.kind, a.currency, NULL, count(*), 0, sum(b.available_minor)::bigint
  FROM escrow_sellerbalance b JOIN escrow_account a ON a.id = b.account_id GROUP BY 2, 3
 ORDER BY 3, 2, 4
"""


def standings() -> list[Standing]:
    """What every account has at one moment, by currency; in one statement that reads only what is not folded yet."""
    return [Standing(account, Account.Kind(kind), *rest) for account, kind, *rest in sql.call(STANDINGS)]


STANDING = """
SELECT (coalesce(max(t.debit_minor), 0)
        + coalesce(sum(s.amount_minor) FILTER (WHERE s.debit_account_id = asked.id), 0))::bigint,
       (coalesce(max(t.credit_minor), 0)
        + coalesce(sum(s.amount_minor) FILTER (WHERE s.credit_account_id = asked.id), 0))::bigint
  FROM (VALUES (%s::bigint)) AS asked (id)
  LEFT JOIN escrow_accounttotal t ON t.account_id = asked.id
  LEFT JOIN escrow_transfer s ON s.id > coalesce((SELECT max(through_id) FROM escrow_folding), 0)
   AND asked.id IN (s.debit_account_id, s.credit_account_id)
"""


def standing_of(account: Account) -> Standing:
    """What one account has."""
    balance = SellerBalance.objects.filter(account=account).first()
    if balance is not None:
        debit_minor, credit_minor = 0, balance.available_minor
    else:
        debit_minor, credit_minor = sql.call(STANDING, [account.pk])[0]
    kind = Account.Kind(account.kind)
    return Standing(account.pk, kind, account.currency, account.provider, 1, debit_minor, credit_minor)


def imbalances(found: Sequence[Standing]) -> list[Money]:
    """By currency, what is in the accounts and in no other: zero, or a row was changed past the ledger's rules.

    Sellers' balance rows and the sums of all other accounts come from different tables, so that they check each other.
    """
    sums = dict.fromkeys(sorted({one.currency for one in found}), 0)
    for one in found:
        sums[one.currency] += one.debit_minor - one.credit_minor
    return [Money(minor, currency) for currency, minor in sums.items()]


FOLD = """
WITH settled AS MATERIALIZED (
    SELECT id, through_id, least(next_id, through_id + %s) AS upto FROM escrow_folding
     WHERE through_id < next_id AND noted_at <= %s
       AND next_xid <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
       FOR UPDATE SKIP LOCKED
), moved AS (
    SELECT account_id, sum(debit_minor) AS debit_minor, sum(credit_minor) AS credit_minor
      FROM (SELECT debit_account_id AS account_id, amount_minor AS debit_minor, 0 AS credit_minor
              FROM settled JOIN escrow_transfer t ON t.id > through_id AND t.id <= upto
            UNION ALL
            SELECT credit_account_id, 0, amount_minor
              FROM settled JOIN escrow_transfer t ON t.id > through_id AND t.id <= upto) AS moved
     WHERE NOT EXISTS (SELECT 1 FROM escrow_sellerbalance b WHERE b.account_id = moved.account_id)
     GROUP BY 1
), added AS (
    INSERT INTO escrow_accounttotal AS t (account_id, debit_minor, credit_minor)
    SELECT account_id, debit_minor, credit_minor FROM moved
    ON CONFLICT (account_id) DO UPDATE SET debit_minor = t.debit_minor + excluded.debit_minor,
                                           credit_minor = t.credit_minor + excluded.credit_minor
)
UPDATE escrow_folding f SET through_id = settled.upto FROM settled WHERE f.id = settled.id
RETURNING settled.upto - settled.through_id
"""

NOTE_HOW_FAR = """
INSERT INTO escrow_folding AS f (id, through_id, next_id, next_xid, noted_at)
SELECT 1, 0, coalesce(max(id), 0), pg_snapshot_xmax(pg_current_snapshot())::text::bigint, %s FROM escrow_transfer
ON CONFLICT (id) DO UPDATE
   SET next_id = excluded.next_id, next_xid = excluded.next_xid, noted_at = excluded.noted_at
 WHERE f.through_id >= f.next_id AND excluded.next_id > f.next_id
RETURNING id
"""


@transaction.atomic
def fold(*, at: datetime, most: int = MOST_FOLDED) -> int:
    """Add up the transfers that nobody can slip another one under any more; return how many ids that went on.

    Ids are given before they are committed: a lower one may still appear. So it is noted how far they have come, and
    which transactions were running; once those are over, and every statement that might have had an id without a
    transaction's number has timed out, everything up to there is final. Any number of workers may run it.
    """
    folded = sql.call(FOLD, [most, at - FOLD_AFTER])
    sql.call(NOTE_HOW_FAR, [at])
    return folded[0][0] if folded else 0


Part: TypeAlias = tuple[list[Transfer], int | None]


def owned_accounts(kind: str) -> QuerySet[Account]:
    """Sellers' accounts of the kind, each with what is in it as `balance_minor`."""
    field = "available_minor" if kind == Account.Kind.SELLER else "owed_minor"
    same_owner = SellerBalance.objects.filter(account__owner=OuterRef("owner"), account__currency=OuterRef("currency"))
    return Account.objects.filter(kind=kind).annotate(balance_minor=Coalesce(Subquery(same_owner.values(field)[:1]), 0))


@dataclass(frozen=True)
class TransferPage:
    """Some of an account's transfers, newest first, and the ids to go on from, None at the ends.

    It may be empty and still go on: there was nothing of the account's in the part that was looked through.
    """

    transfers: list[Transfer]
    newer_than: int | None
    older_than: int | None


def transfers_of(account: Account, *, before: int | None = None, after: int | None = None) -> TransferPage:
    """The account's transfers with ids below `before`, or above `after`; as quick however many there are."""
    if after is not None:
        rows, more = _some(account, after=after)
        rows = rows[::-1]
        return TransferPage(rows, more, rows[-1].pk if rows else after + 1)
    rows, more = _some(account, before=before)
    return TransferPage(rows, (rows[0].pk if rows else before - 1) if before is not None else None, more)


def _some(account: Account, *, before: int | None = None, after: int | None = None) -> Part:
    """A page of transfers in the direction asked for, and the id to go on from."""
    seen = Transfer.objects.order_by("-pk" if after is None else "pk").select_related(
        "debit_account__owner", "credit_account__owner", "debit_hold", "credit_hold"
    )
    if after is not None:
        seen = seen.filter(pk__gt=after)
    elif before is not None:
        seen = seen.filter(pk__lt=before)
    if account.kind in Account.OWNED | Account.WITHOUT_HOLDS:
        rows, edge = _by_index(account, seen, newest_first=after is None), None
    else:
        edge = seen.values_list("pk", flat=True)[WINDOW - 1 : WINDOW].first()
        found = seen.filter(Q(debit_account=account) | Q(credit_account=account))
        if edge is not None:
            found = found.filter(pk__gte=edge) if after is None else found.filter(pk__lte=edge)
        rows = list(found[: PAGE + 1])
    return (rows[:PAGE], rows[PAGE - 1].pk) if len(rows) > PAGE else (rows, edge)


def _by_index(account: Account, seen: QuerySet[Transfer], *, newest_first: bool) -> list[Transfer]:
    """A page and one more, found through a seller's holds, and those without a hold by indexes of their own.

    Each way is asked for by itself: put together in one condition, they would have the whole table read.
    """
    ways = [
        Q(debit_hold=None, credit_hold=None, debit_account=account),
        Q(debit_hold=None, credit_hold=None, credit_account=account),
    ]
    if account.kind == Account.Kind.SELLER:
        holds = Hold.objects.filter(seller_account=account).values("pk")
        ways.append(Q(debit_hold__in=holds, credit_account=account))
    found = [transfer for way in ways for transfer in seen.filter(way)[: PAGE + 1]]
    return sorted(found, key=lambda transfer: transfer.pk, reverse=newest_first)[: PAGE + 1]
