"""What an auditor asks of the ledger: whether its rules hold, and what every kind of account has."""

from dataclasses import dataclass

from escrow.models import Account
from marketplace.lib import auditing, sql
from marketplace.lib.auditing import Finding

TRIAL_BALANCE = """
SELECT a.kind, a.currency, sum(moved.debit_minor)::bigint, sum(moved.credit_minor)::bigint
  FROM (SELECT debit_account_id AS account_id, sum(amount_minor) AS debit_minor, 0 AS credit_minor
          FROM escrow_transfer GROUP BY 1
        UNION ALL
        SELECT credit_account_id, 0, sum(amount_minor) FROM escrow_transfer GROUP BY 1) AS moved
  JOIN escrow_account a ON a.id = moved.account_id
 GROUP BY 1, 2
 ORDER BY 2, 1
"""


@dataclass(frozen=True)
class Balance:
    """All that was ever moved out of (debit) and into (credit) the accounts of one kind, in minor units."""

    kind: Account.Kind
    currency: str
    debit_minor: int
    credit_minor: int


def check() -> list[Finding]:
    """Every rule of the ledger (escrow/sql/audit.sql), in a constant number of statements."""
    with auditing.snapshot():
        return auditing.run("escrow/sql/audit.sql")


def trial_balance() -> list[Balance]:
    """Debits and credits per kind of account and currency; per currency both add up to the same."""
    with auditing.snapshot():
        return [Balance(Account.Kind(kind), *figures) for kind, *figures in sql.call(TRIAL_BALANCE)]
