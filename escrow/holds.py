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
from escrow.ledger import Entry
from escrow.models import Hold, Payment, Transfer


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
