"""The pytest plugin of the project (`-p marketplace.testing`): real services for every test run.

It is loaded before Django's settings are, and starts PostgreSQL and Valkey in a temporary folder where DATABASE_URL
or REDIS_URL name none. The workers of pytest-xdist share the servers: each has a database and a Redis of its own.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer

    from marketplace.tests.browser import OpenPage

settings.register_profile("usual", max_examples=200, stateful_step_count=40, deadline=None, print_blob=True)
settings.register_profile("long", parent=settings.get_profile("usual"), max_examples=10_000, stateful_step_count=50)
settings.load_profile("usual")

services_key = pytest.StashKey["TestServices"]()


class TestServices:
    """The servers of one test run and their folder."""

    __test__ = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-tests-"))
        os.environ["DATA_DIR"] = str(self.folder)
        from marketplace.lib import embedded
        from marketplace.lib.guardian import guardian
        from marketplace.lib.servers import ServerError
        from marketplace.lib.services import Services

        self.guardian = guardian()
        self.guardian.remove(self.folder)
        self.guardian.remove(embedded.socket_dir())
        self.services = Services(
            postgres="DATABASE_URL" not in os.environ, valkey="REDIS_URL" not in os.environ, durable=False
        )
        try:
            self.services.start()
        except ServerError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise pytest.UsageError(str(error)) from error
        os.environ.setdefault("DATABASE_URL", embedded.database_url())
        os.environ.setdefault("SANDBOX_DATABASE_URL", embedded.database_url("holdfast_sandbox"))
        os.environ.setdefault("REDIS_URL", embedded.redis_url())
        # A live server's thread lives as long as its client's connection: it must not hold on to a database meanwhile.
        os.environ.setdefault("CONN_MAX_AGE", "0")

    def stop(self) -> None:
        """Stop the servers and remove their folder."""
        self.services.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Start the services before pytest-django reads the settings."""
    worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    if worker:
        os.environ["REDIS_URL"] = _redis_of_worker(os.environ["REDIS_URL"], int(worker[1]))
    elif not (early_config.known_args_namespace.help or early_config.known_args_namespace.version):
        early_config.stash[services_key] = TestServices()
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the services after the last worker has gone."""
    services = config.stash.get(services_key, None)
    if services is not None:
        services.stop()
        del config.stash[services_key]


def _redis_of_worker(url: str, number: int) -> str:
    """The same Redis with a database number of this worker's own; 0 is left to runs without workers."""
    if url.startswith("unix://"):
        return re.sub(r"\?db=\d+$", "", url) + f"?db={number + 1}"
    return re.sub(r"(?<=[^/])/\d*$", "", url) + f"/{number + 1}"


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Generator[None, None, None]:
    """Let tests make people without the work that a password's hash is meant to be."""
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


TRUNCATE_TRIGGERS = (
    "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 <> 0"
)


@pytest.fixture(scope="session", autouse=True)
def flush_past_append_only_tables() -> Generator[None, None, None]:
    """Let the clean-up after `transaction=True` tests truncate the tables that refuse it to everybody else."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    sql_flush = DatabaseOperations.sql_flush

    def with_triggers_off(self: Any, *args: Any, **options: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(TRUNCATE_TRIGGERS)
            tables = [name for (name,) in cursor.fetchall()]
        off, on = ([f"ALTER TABLE {table} {verb} TRIGGER USER;" for table in tables] for verb in ("DISABLE", "ENABLE"))
        return [*off, *sql_flush(self, *args, **options), *on]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", with_triggers_off)
        yield


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One Chromium for the whole run; tests that ask for it are skipped, visibly, where there is none."""
    from marketplace.tests.browser import launch

    yield from launch()


@pytest.fixture
def open_page(chromium: "Browser", live_server: "LiveServer") -> "Iterator[OpenPage]":
    """A function that opens a page of a live server: `open_page(width=360, scheme="dark")`."""
    from marketplace.tests.browser import opener

    yield from opener(chromium, live_server.url)


@pytest.fixture
def audit(db: None) -> Generator[Callable[[], None], None, None]:
    """For tests that move money: every rule of the books must hold when the test ends, and whenever it is called."""
    from marketplace import audit
    from marketplace.lib import auditing

    def check() -> None:
        assert auditing.broken(audit.check(chains=True)) == []

    yield check
    check()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """A function that makes it a given time for everybody who asks `marketplace.lib.clock.now()`."""
    from marketplace.lib import clock

    def to(at: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)

    return to
