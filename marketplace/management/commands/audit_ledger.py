"""`manage.py audit_ledger`: prove where every cent is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from escrow.audit import trial_balance
from marketplace import audit
from marketplace.lib import auditing
from marketplace.lib.money import Money


class Command(BaseCommand):
    """Print the trial balance and every rule with its figures; exit with 1 where one is broken."""

    help = "Check every rule of the books at one moment and print its figures; fails when one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        """One option."""
        parser.add_argument(
            "--chains", action="store_true", help="also recompute the hash of every event of every order"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 -- Django's signature
        """Check and print."""
        with auditing.snapshot():
            balances = trial_balance()
            findings = audit.check(chains=options["chains"])
        self.stdout.write("Trial balance")
        for balance in balances:
            debit, credit = (Money(side, balance.currency) for side in (balance.debit_minor, balance.credit_minor))
            self.stdout.write(
                f"  {balance.currency}  {balance.kind.label:<28} debit {debit!s:>18}  credit {credit!s:>18}"
            )
        self.stdout.write("Rules")
        for finding in findings:
            style = self.style.SUCCESS if finding.holds else self.style.ERROR
            self.stdout.write(style(f"  {'✓' if finding.holds else '✗'} {finding}"))
        if broken := auditing.broken(findings):
            raise CommandError(f"{len(broken)} of {len(findings)} rules are broken.")
        self.stdout.write(f"All {len(findings)} rules hold.")
