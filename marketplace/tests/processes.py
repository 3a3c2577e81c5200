"""Run the project's commands as a person would: as processes, on a data folder of their own or on a test's database."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

from django.db import connection

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0  # seconds that a command may take on a busy machine
OURS = ("DATABASE_URL", "REDIS_URL", "SANDBOX_DATABASE_URL", "DATA_DIR", "DEBUG", "SITE_URL", "SANDBOX_URL")


def bare_environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The environment of a machine on which nothing is set but where the data is."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS and not name.startswith("PYTEST")}
    return {**kept, "DATA_DIR": str(data_dir), **more}


def manage(data_dir: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command of manage.py to its end; output and errors come together."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=bare_environment(data_dir, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def start(data_dir: Path, *words: str, output: IO[bytes] | int = subprocess.PIPE, **more: str) -> subprocess.Popen[str]:
    """Start one command of manage.py; output and errors go together into a pipe, or where `output` says."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=bare_environment(data_dir, PYTHONUNBUFFERED="1", **more),
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processes_of(data_dir: Path) -> dict[int, str]:
    """The processes that work on this data folder, by id, with their command lines.

    They have it in their environment or stand in it; PostgreSQL writes its titles over its environment.
    """
    found = {}
    if not Path("/proc").exists():  # macOS
        listed = subprocess.check_output(["ps", "-AEww", "-o", "pid=,command="], text=True)
        lines = (line.split(None, 1) for line in listed.splitlines() if str(data_dir) in line)
        return {int(pid): command for pid, command in lines}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            place = (process / "cwd").readlink()
        except OSError:  # it has ended, or is not ours
            continue
        if f"DATA_DIR={data_dir}".encode() in environment or place.is_relative_to(data_dir):
            found[int(process.name)] = command
    return found


def is_free(data_dir: Path) -> bool:
    """Whether no server of this data folder runs: each holds the folder's lock for as long as it lives."""
    with (data_dir / "lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@contextmanager
def on_this_database(words: Sequence[str], log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python command line on the database and the Redis of the running test; its process group is killed after.

    Output and errors go to the file `log`. The test's database must hold what is committed (`transaction=True`).
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + quote(str(connection.settings_dict["NAME"])))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=PROJECT,
            env={**kept, "PYTHONUNBUFFERED": "1", "DATABASE_URL": database.geturl(), **more},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, without asking."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)


def wait_for(
    condition: Callable[[], bool], process: subprocess.Popen[bytes] | None = None, patience: float = PATIENCE
) -> None:
    """Return when it is so; fails where that takes longer than `patience` seconds or the process has ended."""
    give_up_at = time.monotonic() + patience
    while not condition():
        assert process is None or process.poll() is None, "the process has ended"
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.1)
