"""Start child processes that never outlive the process that started them.

Two nets: the kernel tells the child when its parent dies (Linux), and a guardian process ends its whole group.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from marketplace.lib import guardian

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000
OVERFLOW_UID = 65534  # whom an unmapped user is inside a new user namespace

LINUX = sys.platform == "linux"
libc = ctypes.CDLL(None, use_errno=True)


def spawn(
    command: Sequence[str | Path],
    *,
    stop_signal: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | int | None = None,
    cwd: Path | None = None,
    keep: Sequence[int] = (),
    leave_root: Callable[[], None] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, told `stop_signal` by the kernel when this process dies.

    Call it from the main thread: Linux sends the signal when the thread that forked ends. `keep` are file
    descriptors that the child inherits; `leave_root` runs in the child before anything else.
    """
    parent = os.getpid()

    def prepare() -> None:
        if leave_root is not None:
            leave_root()
        if LINUX:  # after leave_root: a change of credentials forgets the signal
            libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            os._exit(1)

    watcher = guardian.guardian()
    child = subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=None if env is None else dict(env),
        cwd=cwd,
        pass_fds=tuple(keep),
        start_new_session=True,
        preexec_fn=prepare,  # noqa: PLW1509 (the calls made in it take no lock)
    )
    watcher.watch(child.pid, stop_signal)
    return child


def stop(
    child: subprocess.Popen[bytes], *, stop_signal: signal.Signals = signal.SIGTERM, patience: float = 10.0
) -> None:
    """Ask a child to end, wait `patience` seconds, then kill it and what is left of its group.

    A child that has ended already is reaped.
    """
    if child.poll() is None:
        child.send_signal(stop_signal)
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    guardian.send(child.pid, signal.SIGKILL)
    guardian.guardian().forget(child.pid)


def enter_user_namespace() -> None:
    """Become nobody in a namespace of our own, while the files stay root's. For a forked child of root."""
    if libc.unshare(CLONE_NEWUSER) != 0:
        os._exit(99)


def become(user: pwd.struct_passwd) -> Callable[[], None]:
    """What makes a forked child of root `user`, able still to enter folders that are closed to that user.

    The one capability kept is CAP_DAC_OVERRIDE: the project may lie in /root.
    """
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    capability = 1 << CAP_DAC_OVERRIDE
    sets = (ctypes.c_uint32 * 6)(capability, capability, capability, 0, 0, 0)

    def change() -> None:
        if LINUX:
            libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        if LINUX:  # where this is refused, folders that are open to everybody still work
            libc.capset(header, sets)
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)

    return change


def way_out_of_root(*needed: Path) -> tuple[Callable[[], None], int] | None:
    """How a child of root stops being root, and the user id its files must have; None where we are not root.

    PostgreSQL refuses root. A user namespace needs no second user; containers often forbid it, and one of the files
    `needed` may lie where root comes by its privilege alone, which ends there; then a system user does. Raises
    LookupError where there is neither.
    """
    if os.geteuid() != 0:
        return None
    if LINUX and _has_user(OVERFLOW_UID) and _reaches(needed, enter_user_namespace):
        return enter_user_namespace, 0
    return system_user()


def system_user() -> tuple[Callable[[], None], int]:
    """The way out of root through a user that systems have. Raises LookupError where this one has none."""
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return become(user), user.pw_uid
    raise LookupError("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as.")


def _has_user(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _reaches(needed: Sequence[Path], leave_root: Callable[[], None]) -> bool:
    """Whether a child that left root this way can run something of ours, and get at these files."""
    command: list[str | Path] = [sys.executable, "-S", "-c"]
    command += ["import os, sys; [os.stat(path) for path in sys.argv[1:]]", *needed]
    try:
        probe = spawn(command, leave_root=leave_root, output=subprocess.DEVNULL)
    except OSError:
        return False
    code = probe.wait()
    stop(probe)
    return code == 0
