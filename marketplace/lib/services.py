"""The embedded services of a data folder, together: who owns the folder, what is started, what is stopped."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from marketplace.lib import children, embedded, guardian
from marketplace.lib.servers import START_PATIENCE, Place, Postgres, Server, ServerError, Valkey, postgres_program

LOCK_PATIENCE = 15.0  # seconds that the servers of a killed command get to end
FORGOTTEN = ("postgres", "postgres.new", "valkey", "media", "static")  # folders that --reset removes


class InUseError(ServerError):
    """Another process runs the servers of this data folder."""


class Services:
    """The embedded servers of the data folder, started together and stopped together.

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
        self.kinds: list[type[Server]] = [*([Postgres] if postgres else []), *([Valkey] if valkey else [])]
        self.durable = durable
        self.say = say
        self.servers: list[Server] = []
        self._lock: int | None = None

    def start(self, *, reset: bool = False) -> None:
        """Start what is wanted and return when it answers; `reset` forgets all data first. Raises ServerError."""
        prepare_folder(self.folder)
        self._lock = take_lock(self.folder)
        try:
            if reset:
                self._forget()
            place = self._place(self._lock)
            for kind in self.kinds:
                self.say(f"Starting {kind.name}")
                server = kind(place)
                self.servers.append(server)
                server.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what runs and give the folder free. Nothing happens where nothing was started."""
        while self.servers:
            self.servers.pop().stop()
        if self._lock is not None:
            shutil.rmtree(embedded.socket_dir(), ignore_errors=True)
            os.close(self._lock)
            self._lock = None

    def revive(self) -> None:
        """Start again what has died since. Raises ServerError."""
        for server in self.servers:
            server.revive()

    def start_or_join(self) -> bool:
        """Start the services, or wait until those that another process runs in the folder answer.

        True where they were started, so that the caller stops them. Raises ServerError.
        """
        try:
            self.start()
        except InUseError:
            theirs = [kind(Place(self.folder, -1, -1, None, self.durable, self.say)) for kind in self.kinds]
            deadline = time.monotonic() + START_PATIENCE
            while not all(server.answers() for server in theirs):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            return False
        return True

    def _place(self, lock: int) -> Place:
        """Make the folder of the sockets, and find a user whom PostgreSQL accepts."""
        try:
            leave_root, owner = children.way_out_of_root(postgres_program("postgres"), self.folder / "log") or (
                None,
                os.geteuid(),
            )
        except LookupError as error:
            raise ServerError(f"{error} Add one, or run as another user.") from error
        sockets = embedded.socket_dir()
        sockets.mkdir(mode=0o700, exist_ok=True)
        if sockets.is_symlink() or sockets.stat().st_uid not in {os.geteuid(), owner}:
            raise ServerError(f"{sockets} belongs to somebody else. Remove it, or set TMPDIR to a folder of yours.")
        if os.geteuid() == 0:
            os.chown(sockets, owner, -1)
        return Place(self.folder, lock, owner, leave_root, self.durable, self.say)

    def _forget(self) -> None:
        """Remove what the demo keeps in the folder, by name: the folder may hold other things, and the keys stay."""
        self.say(f"Removing the data in {self.folder}")
        for name in FORGOTTEN:
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / "seeding").unlink(missing_ok=True)


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


def take_lock(folder: Path) -> int:
    """Take the folder's lock and return its descriptor. Raises InUseError.

    The servers inherit it, so having it means that none of them runs any more: a pid file that they left is stale.
    """
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 20, 0).decode(errors="replace").strip()
            if time.monotonic() > deadline or (holder.isdigit() and guardian.is_running(int(holder))):
                os.close(handle)
                raise InUseError(
                    f"The data folder {folder} is in use by process {holder or 'unknown'}. "
                    "Stop that one first, or name another folder with --data-dir."
                ) from None
            time.sleep(0.1)
        else:
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
            return handle
