"""Holds: money kept for one order, from the buyer's payment until it is released, refunded or split.

A hold's totals are the sums of its transfers and its state follows from the totals, all inside the database: there is
no state without money and no money without state. The functions act on sets; emptying a hold is one statement for any
number of holds (escrow/sql/settle.sql), and it is the same statement for the buyer's click and for the worker.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from escrow import ledger, operations
from escrow.ledger import Entry
from escrow.models import Hold, Payment, Transfer
from marketplace.lib import sql


class HoldNotOpen(Exception):
    """A hold was to be emptied that is empty already. The transaction that asked for it must not go on."""


@dataclass(frozen=True)
class NewHold:
    """Captured money to keep. `fee_minor` is what the platform takes, should all of it be released."""

    reference: str
    payment: Payment
    seller_id: int
    amount_minor: int
    fee_minor: int
    at: datetime
    expires_at: datetime | None = None


class Settled(NamedTuple):
    """What became of a hold: to the seller, to the platform, back to the buyer. They add up to its amount."""

    hold_id: int
    payment_id: int
    released_minor: int
    fee_minor: int
    refunded_minor: int


@transaction.atomic
def open_captured(new_holds: Sequence[NewHold]) -> list[Hold]:
    """Book captured payments into holds, in the order given. All payments are of one provider and currency each.

    Raises `IntegrityError` when an order, by its reference, has a hold already.
    """
    holds: list[Hold] = []
    entries: list[Entry] = []
    markets = sorted({(new.payment.provider, new.payment.currency) for new in new_holds})
    accounts = {
        (provider, currency): ledger.open_accounts(
            provider=provider,
            currency=currency,
            seller_ids={new.seller_id for new in new_holds if new.payment.currency == currency},
        )
        for provider, currency in markets
    }
    for new in new_holds:
        market = accounts[new.payment.provider, new.payment.currency]
        holds.append(
            Hold(
                reference=new.reference,
                payment=new.payment,
                seller_account_id=market.sellers[new.seller_id],
                currency=new.payment.currency,
                amount_minor=new.amount_minor,
                fee_minor=new.fee_minor,
                opened_at=new.at,
                expires_at=new.expires_at,
            )
        )
    for hold in Hold.objects.bulk_create(holds):
        market = accounts[hold.payment.provider, hold.currency]
        entries.append(
            Entry(
                kind=Transfer.Kind.CAPTURE,
                key=f"capture:{hold.pk}",
                currency=hold.currency,
                amount_minor=hold.amount_minor,
                debit_account_id=market.provider_cash,
                credit_account_id=market.escrow,
                credit_hold_id=hold.pk,
                at=hold.opened_at,
            )
        )
    ledger.post(entries)
    return holds


def release(hold_ids: Sequence[int], ats: Sequence[datetime]) -> list[Settled]:
    """Give all of each hold to its seller, less the fee. Call it last in the transaction.

    `ats[i]` is when hold i was settled. Raises `HoldNotOpen` when any of them is empty already.
    """
    return _settle(hold_ids, [None] * len(hold_ids), ats)


@transaction.atomic
def refund(hold_ids: Sequence[int], ats: Sequence[datetime]) -> list[Settled]:
    """Give all of each hold back to its buyer, with no fee, and reserve the refunds at the provider.

    Raises `HoldNotOpen` when any of them is empty already.
    """
    settled = _settle(hold_ids, [0] * len(hold_ids), ats)
    operations.reserve_refunds(
        settled_holds=[one.hold_id for one in settled], ats=dict(zip(hold_ids, ats, strict=True))
    )
    return settled


def _settle(hold_ids: Sequence[int], seller_minor: Sequence[int | None], ats: Sequence[datetime]) -> list[Settled]:
    rows = sql.call(
        "SELECT * FROM escrow_settle(%s::bigint[], %s::bigint[], %s::timestamptz[])",
        [list(hold_ids), list(seller_minor), list(ats)],
    )
    if len(rows) != len(set(hold_ids)):
        missing = sorted(set(hold_ids) - {row[0] for row in rows})
        raise HoldNotOpen(f"holds {missing[:10]} are not open")
    return [Settled(*row) for row in rows]
