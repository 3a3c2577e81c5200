"""A small process that cleans up after the one that started it, however that one ends.

It reads lines from its standard input: `watch PID SIGNAL`, `forget PID`, `remove FOLDER`, `keep FOLDER`. When the
input ends, because the other process has exited or was killed with `kill -9`, every process group still watched
gets its signal, has ten seconds to end and is then killed, and the folders still to be removed are removed.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE = 10.0  # seconds
PROC = Path("/proc")  # on Linux
ENDED = {"Z", "X"}  # a zombie stays listed until its parent, or the machine's first process, asks about it


class Guardian:
    """The side of it that lives in the process which is guarded."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        reading, self._writing = os.pipe()
        arguments = [sys.executable, "-I", "-S", __file__]
        os.posix_spawn(
            sys.executable,
            arguments,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, reading, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setpgroup=0,
            setsigmask=(),
        )
        os.close(reading)

    def watch(self, pid: int, stop_signal: int) -> None:
        """End the process group `pid` with this signal when our own process is gone."""
        self._tell(f"watch {pid} {int(stop_signal)}")

    def forget(self, pid: int) -> None:
        """The group has ended: its number may soon be somebody else's."""
        self._tell(f"forget {pid}")

    def remove(self, folder: Path) -> None:
        """Remove this folder when our own process is gone."""
        self._tell(f"remove {folder}")

    def keep(self, folder: Path) -> None:
        """The folder has been removed, or is to stay after all."""
        self._tell(f"keep {folder}")

    def _tell(self, line: str) -> None:
        if os.getpid() == self.owner:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._writing, f"{line}\n".encode())


_guardian: Guardian | None = None


def guardian() -> Guardian:
    """The guardian of this process, started when it is first asked for."""
    global _guardian  # noqa: PLW0603 (one a process, like the process itself)
    if _guardian is None or _guardian.owner != os.getpid():
        _guardian = Guardian()
    return _guardian


def main(lines: Iterable[str]) -> None:
    """Be the guardian: read until the other process is gone, then clean up."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[int, int] = {}
    folders: dict[str, None] = {}
    for line in lines:
        verb, _, rest = line.rstrip("\n").partition(" ")
        if verb == "watch":
            pid, _, number = rest.partition(" ")
            groups[int(pid)] = int(number)
        elif verb == "forget":
            groups.pop(int(rest), None)
        elif verb == "remove":
            folders[rest] = None
        elif verb == "keep":
            folders.pop(rest, None)
    end(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def end(groups: dict[int, int], patience: float = PATIENCE) -> None:
    """Send each group its signal, wait until all have ended, and kill what has not."""
    for pid, number in groups.items():
        send(pid, number)
    deadline = time.monotonic() + patience
    while (left := [pid for pid in groups if has_members(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        send(pid, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Send a signal to a process group; False where it has no member left."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says this of a group of zombies
        return False
    return True


def has_members(group: int) -> bool:
    """Whether a process of the group runs. One that has ended and that nobody has asked about yet does not."""
    if not send(group, 0):
        return False
    return not PROC.exists() or any(
        state not in ENDED and its_group == group
        for state, its_group in map(_state_and_group, PROC.glob("[0-9]*/stat"))
    )


def is_running(pid: int) -> bool:
    """Whether a process of this id runs, ours or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not PROC.exists() or _state_and_group(PROC / str(pid) / "stat")[0] not in ENDED


def _state_and_group(stat: Path) -> tuple[str, int]:
    """What Linux says of a process in proc(5): its state's letter and its process group."""
    try:
        _name, _, rest = stat.read_text().rpartition(")")
    except OSError:  # it ended just now
        return "X", 0
    state, _parent, group, *_more = rest.split()
    return state, int(group)


if __name__ == "__main__":
    main(sys.stdin)
