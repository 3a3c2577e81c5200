"""How many orders a second are imported, the sweep that settles them and their refunds included."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import CommandParser

from marketplace.benchmarks import order_files
from marketplace.benchmarks.measure import Measurement
from marketplace.imports.importer import import_orders
from marketplace.imports.report import Report
from marketplace.lib import clock

FEE_BPS = 450


def add_arguments(parser: CommandParser) -> None:
    """How much to import."""
    parser.add_argument("--lines", type=int, default=20_000, help="lines in each file (default %(default)s)")


def run(options: Mapping[str, Any], tell: Callable[[str], None]) -> list[Measurement]:
    """Import files that have no order in common, one after the other, into the same database."""
    measured = Measurement("import", "orders")
    with TemporaryDirectory() as folder:
        for turn in range(options["repeat"]):
            path = Path(folder) / f"{turn}.csv"
            order_files.write(path, lines=options["lines"], seed=options["seed"] + turn)
            with measured.timed() as done:
                report = _import(path)
                done.count = report.accepted
            tell(f"run {turn + 1}: {report.accepted:,} orders, {report.lines:,} lines, {measured.rates[-1]:,.0f}/s")
    return [measured]


def _import(path: Path) -> Report:
    return import_orders(path, fee_bps=FEE_BPS, at=clock.now(), tell=_ignore, show_progress=_ignore)


def _ignore(*_news: object) -> None:
    """Printing is not what is measured."""
