"""Holds: money kept for one order, from the buyer's payment until it is released, refunded or split.

A hold's totals are the sums of its transfers and its state follows from the totals, all inside the database: there is
no state without money and no money without state. A hold opens here, when a payment was captured. It is emptied, one
or a thousand at a time, by `escrow_settle` (escrow/sql/settle.sql), which the statement that moves orders calls
(orders/sql/move.sql): the order's step and its money are one, for the buyer's click and for the worker alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from escrow import ledger
from escrow.models import Payment
from marketplace.lib import sql


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


OPEN = """
WITH new AS (
    SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[],
                         %s::bigint[], %s::timestamptz[], %s::timestamptz[])
        AS new (reference, payment_id, provider_cash_id, escrow_id, seller_account_id, currency, amount_minor,
                fee_minor, at, expires_at)
), opened AS (
    INSERT INTO escrow_hold (reference, payment_id, seller_account_id, currency, amount_minor, fee_minor,
                             captured_minor, released_minor, fee_taken_minor, refunded_minor, opened_at, expires_at)
    SELECT reference, payment_id, seller_account_id, currency, amount_minor, fee_minor, 0, 0, 0, 0, at, expires_at
      FROM new
    RETURNING id, reference
), captured AS (
    INSERT INTO escrow_transfer (kind, key, currency, amount_minor, debit_account_id, credit_account_id,
                                 credit_hold_id, at)
    SELECT 'CAPTURE', 'capture:' || opened.id, currency, amount_minor, provider_cash_id, escrow_id, opened.id, at
      FROM opened JOIN new USING (reference)
)
SELECT reference, id FROM opened
"""


@transaction.atomic
def open_captured(new_holds: Sequence[NewHold]) -> dict[str, int]:
    """Book captured payments into holds, in one statement; return the holds' ids by reference.

    Raises `IntegrityError` when an order, by its reference, has a hold already.
    """
    markets = {(new.payment.provider, new.payment.currency) for new in new_holds}
    accounts = {
        (provider, currency): ledger.open_accounts(
            provider=provider,
            currency=currency,
            seller_ids={new.seller_id for new in new_holds if new.payment.currency == currency},
        )
        for provider, currency in sorted(markets)
    }
    its_accounts = [accounts[new.payment.provider, new.payment.currency] for new in new_holds]
    rows = sql.call(
        OPEN,
        [
            [new.reference for new in new_holds],
            [new.payment.pk for new in new_holds],
            [market.provider_cash for market in its_accounts],
            [market.escrow for market in its_accounts],
            [market.sellers[new.seller_id] for new, market in zip(new_holds, its_accounts, strict=True)],
            [new.payment.currency for new in new_holds],
            [new.amount_minor for new in new_holds],
            [new.fee_minor for new in new_holds],
            [new.at for new in new_holds],
            [new.expires_at for new in new_holds],
        ],
    )
    return dict(rows)
