"""Payouts: from a seller's balance to their bank, when they ask or every week.

A payout is reserved in the database alone (escrow/sql/payouts.sql): the seller's balance is debited, the sales that it
came from are written down, and the provider's operation with its key. `operations.submit_due` asks the provider once
that is committed; what the provider says, then or days later, is recorded here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from escrow import ledger
from escrow.models import Account, Payout, PayoutMethod, PayoutSchedule, SellerBalance
from marketplace.accounts.models import User
from marketplace.lib import references, sql
from marketplace.lib.money import Money

BATCH = 500  # sellers paid by schedule in one transaction


class PayoutRefused(Exception):
    """A payout that cannot be made; the message is for the seller. Nothing was moved."""


def minimum(currency: str) -> Money:
    """The least that is paid out in this currency."""
    return Money(settings.PAYOUT_MINIMUM_MINOR.get(currency, 1), currency)


@transaction.atomic
def request(
    *, account: Account, method: PayoutMethod, amount_minor: int | None, reference: str, by: User, at: datetime
) -> Payout:
    """Reserve a payout of the amount (None: all that is available) out of a seller's account.

    `reference` is the page's own: a second click finds the payout of the first. What the seller owes is taken first.
    Raises `PayoutRefused` where less is available, less than the minimum is asked, or the method is not in use.
    """
    made = _request([account.pk], [amount_minor], [method.pk], [reference], currencies=[account.currency], by=by, at=at)
    found = Payout.objects.filter(reference=reference, account=account).select_related("method").first()
    if not made and found is None:
        raise PayoutRefused(_why_not(account, amount_minor))
    assert found is not None  # noqa: S101 -- it was made, or found
    return found


def _why_not(account: Account, amount_minor: int | None) -> str:
    available = Money(SellerBalance.objects.get(account=account).available_minor, account.currency)
    asked = available if amount_minor is None else Money(amount_minor, account.currency)
    if asked > available:
        return _("Only %(available)s is available.") % {"available": available}
    if asked < (least := minimum(account.currency)):
        return _("The least that can be paid out is %(least)s.") % {"least": least}
    return _("Choose one of your bank accounts.")


REQUEST = """
SELECT account_id, payout_id FROM escrow_request_payouts(
    %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s, %s, %s, %s)
"""


def _request(
    accounts: Sequence[int],
    amounts: Sequence[int | None],
    methods: Sequence[int],
    names: Sequence[str],
    *,
    currencies: Sequence[str],
    by: User | None,
    at: datetime,
    week: date | None = None,
) -> list[tuple[int, int]]:
    """Reserve payouts in one statement; (account, payout) for each that was made."""
    provider: str = settings.PAYMENT_PROVIDER
    for currency in sorted(set(currencies)):
        ledger.open_account(kind=Account.Kind.PAYOUTS_IN_FLIGHT, currency=currency, provider=provider)
    minimums = [minimum(currency).amount_minor for currency in currencies]
    person = by.pk if by else None
    rows = sql.call(
        REQUEST, [list(accounts), list(amounts), minimums, list(methods), list(names), provider, person, week, at]
    )
    return [(account, payout) for account, payout in rows]


OWING = """
SELECT account_id FROM escrow_settle_owed(ARRAY(
    SELECT account_id FROM escrow_sellerbalance
     WHERE owed_minor > 0 AND available_minor > 0 ORDER BY account_id LIMIT %s), %s)
"""


def settle_owed(*, at: datetime, batch: int = BATCH) -> int:
    """Take what sellers owe from what has become available to them; return how many it was taken from.

    Not part of a release, which stays one statement; no payout is made before it (`escrow_request_payouts`).
    """
    settled, full = 0, True
    while full:
        taken = len(sql.call(OWING, [batch, at]))
        settled, full = settled + taken, taken == batch
    return settled


# --- Every week ---


def next_weekly(at: datetime) -> datetime:
    """When weekly payouts are made next, after `at`."""
    day = at.replace(hour=settings.PAYOUT_HOUR, minute=0, second=0, microsecond=0)
    day += timedelta(days=(settings.PAYOUT_WEEKDAY - day.weekday()) % 7)
    return day if day > at else day + timedelta(days=7)


def pay_weekly(*, owner: User, at: datetime) -> PayoutSchedule:
    """Pay the seller out every week from now on, what is available then."""
    return PayoutSchedule.objects.get_or_create(owner=owner, defaults={"next_at": next_weekly(at)})[0]


def stop_weekly(*, owner: User) -> None:
    """Pay the seller out only when they ask."""
    PayoutSchedule.objects.filter(owner=owner).delete()


DUE = """
WITH due AS MATERIALIZED (
    SELECT owner_id FROM escrow_payoutschedule WHERE next_at <= %s ORDER BY next_at, owner_id LIMIT %s
       FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE escrow_payoutschedule s SET next_at = %s FROM due WHERE s.owner_id = due.owner_id
)
SELECT due.owner_id, account.id, account.currency, method.id
  FROM due
  LEFT JOIN (escrow_account account JOIN escrow_sellerbalance b ON b.account_id = account.id AND b.available_minor > 0
             JOIN escrow_payoutmethod method ON method.owner_id = account.owner_id AND method.is_default)
    ON account.kind = 'SELLER' AND account.owner_id = due.owner_id
"""


def run_weekly(*, at: datetime, batch: int = BATCH) -> int:
    """Pay out the sellers whose week has come; return how many payouts were made.

    A seller's week is taken in the transaction that pays them out, and the database keeps one payout a week and
    account: any number of workers may do it, and a dead one has done nothing. Who has no bank account, or less than
    the minimum, waits for the next week.
    """
    monday = (at - timedelta(days=at.weekday())).date()
    made, full = 0, True
    while full:
        with transaction.atomic():
            rows = sql.call(DUE, [at, batch, next_weekly(at)])
            full = len({owner for owner, *_rest in rows}) == batch
            due = [row[1:] for row in rows if row[1] is not None]
            if due:
                accounts, currencies, methods = (list(column) for column in zip(*due, strict=True))
                names = [references.new() for _account in accounts]
                nothing: list[int | None] = [None] * len(accounts)
                made += len(
                    _request(accounts, nothing, methods, names, currencies=currencies, by=None, at=at, week=monday)
                )
    return made


# --- What became of them ---


@dataclass(frozen=True)
class News:
    """What a provider says of a payout, by its operation's key."""

    key: str
    state: Payout.State
    at: datetime
    provider_reference: str = ""
    failure_code: str = ""


RECORD = """
SELECT payout_id FROM escrow_record_payouts(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[])
"""


def record(news: Sequence[News]) -> int:
    """Take note of what became of payouts, in the caller's transaction; return how many moved.

    What failed or was returned is the seller's again. The same news again, or older news, has no effect.
    """
    if not news:
        return 0
    rows = sql.call(
        RECORD,
        [
            [int(one.key.removeprefix("payout:")) for one in news],
            [one.state.value for one in news],
            [one.at for one in news],
            [one.provider_reference for one in news],
            [one.failure_code[:100] for one in news],
        ],
    )
    return len(rows)
