"""`manage.py demo`: the whole marketplace on this machine, with one command."""

import argparse
import contextlib
import os
import signal
import socket
import sys
import time
import urllib.request
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from marketplace.demo.people import PASSWORD
from marketplace.lib import embedded
from marketplace.lib.clock import now
from marketplace.lib.servers import ServerError
from marketplace.lib.services import Services
from marketplace.lib.supervisor import Supervisor
from marketplace.models import Sweep

SWEEP_SECONDS = 5  # so that whoever watches sees an overdue order confirmed soon
PAGE_PATIENCE, SWEEP_PATIENCE = 60.0, 60.0

READY = """
Holdfast is ready after {seconds:.1f} s:  {url}

Sign in with the password {password} as
  buyer@example.com       who has orders in every state
  seller@example.com      who has orders to ship, and money on hold
  mediator@example.com    who settles disputes (there are three)
  operator@example.com    who runs this marketplace ({url}admin/)

Try first
  1. As buyer@example.com open My Orders, and confirm the receipt of a shipped order.
  2. As seller@example.com look at Money: what you confirmed is available now, less the fee.
  3. Buy something: the payment page lists the cards of the sandbox; 4242 4242 4242 4242 works.
  4. Wait a minute or two: overdue orders are confirmed by the worker, and the money arrives.

E-mails are printed below. Press Ctrl-C to stop: everything is kept in
{folder}, and --reset begins anew.
"""


class Command(BaseCommand):
    """Start everything, keep it running, stop it."""

    help = "Runs the whole marketplace on this machine: servers, web, workers and demo data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options; `--data-dir` is read before the settings are, by marketplace.lib.commands."""
        parser.add_argument("--port", type=_port, default=8000, help="port of the site; the next one is the sandbox's")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--data-dir", help="folder of the data (default: .data, or DATA_DIR)")
        parser.add_argument("--reset", action="store_true", help="start over with new demo data")
        parser.add_argument("--once", action="store_true", help="start, check that page and worker answer, and stop")

    def handle(self, *_args: object, **options: Any) -> None:
        """Run until Ctrl-C. Raises CommandError with what to do where something is in the way."""
        self.started_at = time.monotonic()
        self.host, self.port = options["host"], options["port"]
        self.folder = embedded.data_dir()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means to go on
                signal.signal(number, _interrupt)
        self._check_what_is_asked(reset=options["reset"])
        self.services = Services(
            postgres=not os.environ.get("DATABASE_URL"), valkey=not os.environ.get("REDIS_URL"), say=self.say
        )
        self.supervisor = Supervisor(
            environment=self._environment(), cwd=settings.BASE_DIR, logs=self.folder / "log", say=self.say
        )
        try:
            self.services.start(reset=options["reset"] or self._seeding_was_interrupted())
            self._bring_up()
            if options["once"]:
                self._check_sweep()
            else:
                self._keep_up()
        except ServerError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.say("Stopping")
        finally:
            self._take_down()

    def say(self, line: str) -> None:
        """Print one line, with the seconds since the start; a terminal that has gone away is no reason to fail."""
        with contextlib.suppress(OSError):
            self.stdout.write(f"[{time.monotonic() - self.started_at:6.1f}] {line}")
            self.stdout.flush()

    # --- Before anything is started ---

    def _check_what_is_asked(self, *, reset: bool) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is for this machine alone, not for production: see the README.")
        if reset and os.environ.get("DATABASE_URL"):
            raise CommandError("--reset empties the demo's own data folder only, and DATABASE_URL names a database.")
        for port, whose in ((self.port, "the site"), (self.port + 1, "the sandbox payment provider")):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((self.host, port))
                except OSError as error:
                    raise CommandError(
                        f"Port {port} of {self.host}, for {whose}, cannot be used: {error.strerror}. "
                        "Choose another with --port."
                    ) from error

    def _environment(self) -> dict[str, str]:
        """What the programs find in their environment: the addresses of the services and of each other."""
        database = os.environ.get("DATABASE_URL") or embedded.database_url()
        defaults = {
            "DEBUG": "off",  # people see the pages that they would see in production
            "DEMO": "on",
            "STATIC_ROOT": str(self.folder / "static"),
            "SITE_URL": f"http://localhost:{self.port}",
            "SANDBOX_URL": f"http://localhost:{self.port + 1}",
            "SANDBOX_DATABASE_URL": _sibling(database, "_sandbox"),
            "SWEEP_INTERVAL_SECONDS": str(SWEEP_SECONDS),
            "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        }
        return {
            **defaults,
            **os.environ,
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": database,
            "REDIS_URL": os.environ.get("REDIS_URL") or embedded.redis_url(),
            "PYTHONUNBUFFERED": "1",
        }

    # --- Up ---

    def _bring_up(self) -> None:
        """Start everything in the order in which it is needed."""
        site = f"http://localhost:{self.port}"
        self.say(f"Starting the sandbox payment provider on port {self.port + 1}")
        self.supervisor.start(
            "sandbox",
            [
                *_python("-m", "marketplace.sandbox", "--host", self.host, "--port", str(self.port + 1)),
                *("--webhook-url", f"{site}/webhooks/provider/sandbox/"),
                *("--carrier-webhook-url", f"{site}/webhooks/carrier/sandbox/"),
            ],
        )
        self._migrate()
        self._seed()
        self.say(f"Starting the site on port {self.port}")
        (self.folder / "static").mkdir(exist_ok=True)  # where nothing is collected; files are served as they lie
        self.supervisor.start("web", self._gunicorn())
        if not self.supervisor.wait(self._page_answers, patience=PAGE_PATIENCE):
            raise CommandError(f"The first page did not answer. What the site said is in {self.folder}/log/web.log.")
        self.say("The first page answers. Starting the worker, beat and the second clock")
        self.supervisor.start("worker", _celery("worker", "--concurrency", "1", "--without-gossip", "--without-mingle"))
        self.supervisor.start("beat", _celery("beat", "--scheduler", "celery.beat.Scheduler", "--pidfile="))
        self.supervisor.start("clock", _python("manage.py", "sweep", "--loop"))

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if pending:
            self.say(f"Applying {len(pending)} migrations")
            call_command("migrate", verbosity=0, interactive=False)
        connections.close_all()

    def _seeding_was_interrupted(self) -> bool:
        """Whether the last start ended amid the demo data. Raises CommandError where that is not ours to empty."""
        if not self._mark.exists():
            return False
        if os.environ.get("DATABASE_URL"):
            raise CommandError(
                "Making the demo data was interrupted, and the database of DATABASE_URL now holds half of it. "
                f"Empty that database and remove {self._mark}."
            )
        self.say("Making the demo data was interrupted the last time; starting over")
        return True

    @property
    def _mark(self) -> Path:
        return self.folder / "seeding"

    def _seed(self) -> None:
        """Make the demo data where nobody is there yet; a mark tells the next start when this is interrupted."""
        empty = not get_user_model().objects.exists()
        connections.close_all()
        if empty:
            if not self.supervisor.wait(self._sandbox_answers, patience=PAGE_PATIENCE):
                raise CommandError(f"The sandbox does not answer. What it said is in {self.folder}/log/sandbox.log.")
            self.say("Making the demo data")
            self._mark.touch()
            if self.supervisor.run("seed", _python("manage.py", "seed_demo")) != 0:
                raise CommandError(f"The demo data could not be made; see {self.folder}/log/seed.log.")
            self._mark.unlink()

    def _gunicorn(self) -> list[str | Path]:
        return [
            *_python(
                "-W",
                "ignore:No directory at",
                "-m",
                "gunicorn",
                "marketplace.wsgi:application",
                "--bind",
                f"{self.host}:{self.port}",
            ),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--preload"),
            *("--log-level", "warning", "--graceful-timeout", "3", "--no-control-socket"),
        ]

    # --- While it runs ---

    def _page_answers(self) -> bool:
        return self._answers(self.port)

    def _sandbox_answers(self) -> bool:
        return self._answers(self.port + 1)

    def _answers(self, port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self._reachable()}:{port}/", timeout=10) as answer:
                return bool(answer.status == 200)
        except (OSError, HTTPException):
            return False

    def _reachable(self) -> str:
        return "127.0.0.1" if self.host in {"0.0.0.0", ""} else self.host  # noqa: S104

    def _check_sweep(self) -> None:
        """Wait until the worker has swept since it was started."""
        began_at = now()
        if not self.supervisor.wait(lambda: self._worker_swept(began_at), patience=SWEEP_PATIENCE):
            raise CommandError(f"The worker has not swept. What it said is in {self.folder}/log/worker.log.")
        self.say("The worker has swept. All is well")

    def _worker_swept(self, since: datetime) -> bool:
        return Sweep.objects.filter(by="worker", at__gte=since).exists()

    def _keep_up(self) -> None:
        """Say that it is ready, and keep every part running until Ctrl-C."""
        url = f"{self.supervisor.environment['SITE_URL']}/"
        seconds = time.monotonic() - self.started_at
        self.stdout.write(READY.format(url=url, seconds=seconds, password=PASSWORD, folder=self.folder))
        while True:
            self.services.revive()
            self.supervisor.turn()

    def _take_down(self) -> None:
        """Stop everything; a second Ctrl-C changes nothing, since each wait has its end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        connections.close_all()
        self.supervisor.stop()
        self.services.stop()
        self.say("Stopped")


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _port(text: str) -> int:
    port = int(text) if text.isdigit() else 0
    if not 1 <= port <= 65534:
        raise argparse.ArgumentTypeError(f"{text} is no port: choose a number from 1 to 65534")
    return port


def _python(*words: str) -> list[str | Path]:
    return [sys.executable, *words]


def _celery(*words: str) -> list[str | Path]:
    return _python(
        "-W",
        "ignore:You're running the worker",
        "-m",
        "celery",
        "--app",
        "marketplace",
        "--quiet",
        *words,
        "--loglevel",
        "WARNING",
    )


def _sibling(url: str, suffix: str) -> str:
    """The URL of another database on the same server, named after the first."""
    parts = urlsplit(url)
    return parts._replace(path=parts.path + suffix).geturl()
