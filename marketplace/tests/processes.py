"""Run the project's commands as a person would: as processes, on a data folder of their own."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

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


def start(data_dir: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    """Start one command of manage.py, its output and errors together in a pipe."""
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=bare_environment(data_dir, PYTHONUNBUFFERED="1", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def is_free(data_dir: Path) -> bool:
    """Whether no server of this data folder runs: each holds the folder's lock for as long as it lives."""
    with (data_dir / "lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
