"""`manage.py import_orders FILE`: move in from another marketplace with all of its history."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace import audit
from marketplace.imports.importer import ImportRunning, import_orders
from marketplace.imports.reading import FileRefused
from marketplace.lib import auditing, clock

SECONDS_BETWEEN_NEWS = 1.0


class Command(BaseCommand):
    """Import a file, then account for every order and cent of it, and for the books as a whole."""

    help = "Import the orders of a CSV file, with their history, from another marketplace."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and the fee."""
        parser.add_argument("file", type=Path, help="CSV in UTF-8, one line for each order, seller and product")
        parser.add_argument(
            "--fee-bps",
            type=int,
            default=settings.FEE_BPS,
            help="our commission on these orders in basis points (default %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 -- Django's signature
        """Import, report, audit; fails where the file cannot be read or the books do not agree with it."""
        if not 0 <= options["fee_bps"] <= 10_000:
            raise CommandError("--fee-bps is between 0 and 10000.")
        self._told_at = 0.0
        try:
            report = import_orders(
                options["file"],
                fee_bps=options["fee_bps"],
                at=clock.now(),
                tell=lambda text: self.stdout.write(self.style.WARNING(text)),
                show_progress=self._show_progress,
            )
        except (FileRefused, ImportRunning) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(report))
        broken = auditing.broken(audit.check())
        for finding in broken:
            self.stdout.write(self.style.ERROR(str(finding)))
        if broken or not report.agrees:
            raise CommandError("The books do not agree; see above.")
        self.stdout.write(self.style.SUCCESS("The books agree with the file, and every rule of the audit holds."))

    def _show_progress(self, what: str, done: int, total: int) -> None:
        """A line now and then, and at the end of each kind of work."""
        now = time.monotonic()
        if done == total or now - self._told_at >= SECONDS_BETWEEN_NEWS:
            self._told_at = now
            self.stdout.write(f"… {done:,} of {total:,} {what}" if total else f"… {done:,} {what}")
