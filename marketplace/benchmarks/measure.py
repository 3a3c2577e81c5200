"""What every benchmark needs: a scratch database, repeated runs with their median, and the machine they ran on."""

import os
import platform
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import django
from django.db import connection
from django.test.utils import override_settings

from marketplace.lib import sql


@dataclass
class Done:
    """How many things were done in a run."""

    count: int = 0


@dataclass
class Measurement:
    """How many things a second were done, run by run."""

    name: str
    unit: str
    rates: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle of the runs, which one slow run does not move."""
        return statistics.median(self.rates)

    @contextmanager
    def timed(self) -> Iterator["Done"]:
        """Time what is inside; whoever does it says in `count` how many things it did."""
        done = Done()
        started = time.perf_counter()
        yield done
        self.rates.append(done.count / (time.perf_counter() - started))

    def __str__(self) -> str:
        runs = ", ".join(f"{rate:,.0f}" for rate in self.rates)
        return f"{self.name:<40}{self.median:>12,.0f} {self.unit}/s   (runs: {runs})"


@contextmanager
def scratch_database() -> Iterator[None]:
    """A new, migrated database beside the configured one, for as long as the benchmark runs; nothing else is touched.

    It is on the same server with the same durability. One that a killed benchmark left behind is replaced. Statements
    are not logged in memory, as a development server does.
    """
    name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{name}_benchmark"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)  # type: ignore[deprecated]  # not in Django 5.2
    try:
        with override_settings(DEBUG=False):
            yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def machine() -> str:
    """What the figures were taken on: processor, memory, versions, and how durable a commit was."""
    settings = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    durability = ", ".join(f"{name} {sql.call(f'SHOW {name}')[0][0]}" for name in settings)
    (version,) = sql.call("SHOW server_version")[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores,"
        f" {memory:.0f} GiB, {platform.system()} {platform.machine()}; Python {platform.python_version()},"
        f" Django {django.get_version()}, PostgreSQL {version} ({durability})"
    )


def _processor() -> str:
    """The processor's own name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")
