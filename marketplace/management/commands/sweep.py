"""Sweep what is due, once or for ever: the second clock, which needs neither Redis nor beat."""

import logging
import signal
import threading
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from marketplace.sweeps import sweep

logger = logging.getLogger(__name__)

LONGEST_WAIT = 30.0  # seconds between two tries to reach a database that is away


class Command(BaseCommand):
    """One sweep; with --loop one every interval until SIGTERM, whatever becomes of the database meanwhile."""

    help = "Carry out everything that is due: silent outcomes, reminders, provider calls, notices and e-mails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the options."""
        parser.add_argument("--loop", action="store_true", help="go on until told to stop")
        parser.add_argument(
            "--interval",
            type=float,
            default=settings.SWEEP_INTERVAL.total_seconds(),
            help="seconds between two sweeps (default: %(default)s)",
        )

    def handle(self, *_args: object, loop: bool, interval: float, **_options: object) -> None:
        """Sweep and say what was done."""
        if not loop:
            self.stdout.write(_told(sweep(by="command")))
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
        self._loop(stop, interval)

    def _loop(self, stop: threading.Event, interval: float) -> None:
        failures = 0
        while not stop.is_set():
            close_old_connections()
            try:
                counts = sweep(by="clock", stopping=stop.is_set)
            except (OperationalError, InterfaceError) as error:
                failures += 1
                logger.warning("the database is away: %s", str(error).strip())
                connections.close_all()
                stop.wait(min(2.0 ** (failures - 1), LONGEST_WAIT))
                continue
            failures = 0
            if counts:
                self.stdout.write(_told(counts))
                self.stdout.flush()
            stop.wait(interval)


def _told(counts: dict[str, int]) -> str:
    """What a sweep did, in one line."""
    return "swept: " + (", ".join(f"{name} {number}" for name, number in counts.items()) or "nothing was due")
