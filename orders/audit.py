"""What an auditor asks of the orders: whether their state, deadline, sums and history agree with each other."""

from marketplace.lib import auditing
from marketplace.lib.auditing import Finding


def check(*, chains: bool = False) -> list[Finding]:
    """Every rule of the orders (orders/sql/audit.sql); with `chains` also the hash of every single event."""
    with auditing.snapshot():
        found = auditing.run("orders/sql/audit.sql")
        return found + auditing.run("orders/sql/audit_chains.sql") if chains else found
