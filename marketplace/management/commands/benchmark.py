"""`manage.py benchmark`: measure Holdfast on data of its own, in a scratch database that is dropped afterwards."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace.benchmarks import import_orders
from marketplace.benchmarks.measure import machine, scratch_database

BENCHMARKS = {"import": import_orders}


class Command(BaseCommand):
    """Run one benchmark and print its medians with the machine's description."""

    help = "Measure something a few times in a scratch database and print the medians."

    def add_arguments(self, parser: CommandParser) -> None:
        """One subcommand a benchmark."""
        names = parser.add_subparsers(dest="benchmark", required=True)
        for name, benchmark in BENCHMARKS.items():
            its_parser = names.add_parser(name, help=benchmark.__doc__, description=benchmark.__doc__)
            its_parser.add_argument("--repeat", type=int, default=3, help="runs (default %(default)s)")
            its_parser.add_argument("--seed", type=int, default=1, help="of the data (default %(default)s)")
            benchmark.add_arguments(its_parser)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 -- Django's signature
        """Measure and print."""
        with scratch_database():
            self.stdout.write(machine())
            self.stdout.write(f"seed {options['seed']}, {options['repeat']} runs")
            for measured in BENCHMARKS[options["benchmark"]].run(options, self.stdout.write):
                self.stdout.write(str(measured))
