"""The cards and bank accounts that the sandbox knows, and what happens to each."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class TestCard:
    """A documented card. Without `failure_code` it is good; `confirms` asks the buyer's bank first.

    With `chargeback` the bank asks the money back after a while: the merchant has "won" or "lost" it in the end.
    """

    number: str
    shown: str
    says: str | Promise
    failure_code: str = ""
    confirms: bool = False
    chargeback: str = ""

    @property
    def last4(self) -> str:
        """The digits that may be stored and shown."""
        return self.number[-4:]


CARDS = [
    TestCard("4242424242424242", "4242 4242 4242 4242", _("Works")),
    TestCard("4000002500003155", "4000 0025 0000 3155", _("Asks you to confirm with your bank"), confirms=True),
    TestCard(
        "4000000000000259", "4000 0000 0000 0259", _("Works; later the bank takes the money back"), chargeback="lost"
    ),
    TestCard(
        "4000000000002685",
        "4000 0000 0000 2685",
        _("Works; later the bank asks the money back, and leaves it"),
        chargeback="won",
    ),
    TestCard("4000000000000002", "4000 0000 0000 0002", _("Declined"), "card_declined"),
    TestCard("4000000000009995", "4000 0000 0000 9995", _("Declined: not enough money"), "insufficient_funds"),
    TestCard("4000000000000069", "4000 0000 0000 0069", _("Declined: the card has expired"), "expired_card"),
]
BY_NUMBER = {card.number: card for card in CARDS}

FAILURES = {
    "card_declined": _("The bank declined this card."),
    "insufficient_funds": _("The bank declined this card because there is not enough money on the account."),
    "expired_card": _("The bank declined this card because it has expired."),
    "confirmation_refused": _("The payment was not confirmed with the bank."),
}


def passes_luhn(number: str) -> bool:
    """Whether the digits end in the check digit of ISO/IEC 7812-1, annex B."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0


def payout_outcome(destination: str) -> str:
    """What becomes of a payout to this account: one that ends in 0002 fails, in 0003 it is paid and returned later."""
    account = re.sub(r"\s", "", destination)
    return {"0002": "failed", "0003": "returned"}.get(account[-4:], "paid")
