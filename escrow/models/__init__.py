"""Where every cent is, and what is asked of those who move it.

The rules are in the database (escrow/sql): what is written here can be relied on whoever writes it.
"""

from escrow.models.books import AccountTotal, Folding
from escrow.models.ledger import Account, Hold, Payment, SellerBalance, Transfer
from escrow.models.payouts import Allotment, Payout, PayoutMethod, PayoutSchedule
from escrow.models.provider import ProviderEvent, ProviderOperation
from escrow.models.refunds import OutsideSettlement, Refund

__all__ = [
    "Account",
    "AccountTotal",
    "Allotment",
    "Folding",
    "Hold",
    "OutsideSettlement",
    "Payment",
    "Payout",
    "PayoutMethod",
    "PayoutSchedule",
    "ProviderEvent",
    "ProviderOperation",
    "Refund",
    "SellerBalance",
    "Transfer",
]
