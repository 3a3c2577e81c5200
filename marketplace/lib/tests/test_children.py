"""Children never outlive the process that started them, and PostgreSQL's are never root."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import ANY

import pytest

from marketplace.lib import children, guardian

PATIENCE = 20.0

PARENT = """
import signal, sys, time
from pathlib import Path
from marketplace.lib import children, guardian
guardian.guardian().remove(Path(sys.argv[1]))
child = children.spawn(["sh", "-c", "sleep 300 & echo $$; wait"], output=1)
time.sleep(300)
"""


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not (done := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return done


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process with a child, which has a child of its own; and the group of these two."""
    (tmp_path / "scratch").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "scratch")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    group = int(process.stdout.readline())
    yield process, group
    process.kill()
    process.wait()
    process.stdout.close()
    guardian.send(group, signal.SIGKILL)


def test_a_parent_that_is_killed_takes_its_childs_whole_group_and_its_folder_along(
    parent: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    process, group = parent
    assert guardian.has_members(group)
    process.kill()
    assert wait_until(lambda: not guardian.has_members(group))
    assert wait_until(lambda: not (tmp_path / "scratch").exists())


@pytest.fixture
def deaf(tmp_path: Path) -> subprocess.Popen[bytes]:
    """A child that ignores SIGTERM, and so does its own child."""
    child = children.spawn(["sh", "-c", f"trap '' TERM; sleep 300 & touch {tmp_path}/deaf; wait"])
    assert wait_until((tmp_path / "deaf").exists)
    return child


def test_stopping_a_deaf_child_kills_it_with_its_group(deaf: subprocess.Popen[bytes]) -> None:
    children.stop(deaf, patience=0.3)
    assert deaf.returncode == -signal.SIGKILL
    assert wait_until(lambda: not guardian.has_members(deaf.pid))


def test_a_guardian_kills_a_group_that_does_not_listen(deaf: subprocess.Popen[bytes]) -> None:
    guardian.end({deaf.pid: signal.SIGTERM}, patience=0.3)
    assert deaf.wait(PATIENCE) == -signal.SIGKILL
    children.stop(deaf)


def test_a_guardian_forgets_what_has_ended_and_keeps_what_is_to_stay(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "300"], start_new_session=True)
    lines = [
        f"watch {bystander.pid} {int(signal.SIGTERM)}\n",
        f"forget {bystander.pid}\n",
        f"remove {tmp_path}\n",
        f"keep {tmp_path}\n",
    ]
    process = subprocess.run(
        [sys.executable, "-I", "-S", str(guardian.__file__)], input="".join(lines), text=True, check=True
    )
    assert process.returncode == 0
    assert bystander.poll() is None
    assert tmp_path.exists()
    bystander.kill()
    bystander.wait()


def test_a_child_that_leaves_root_is_not_root_and_still_enters_roots_folders(tmp_path: Path) -> None:
    """Both ways out, where we are root; elsewhere there is nothing to leave and the child is us."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").write_text("read me")
    ways = [children.way_out_of_root(closed / "file")]
    if os.geteuid() == 0:
        ways.append(children.system_user())
    for way in ways:
        child = children.spawn(
            ["sh", "-c", f"id -u >{closed}/uid && cat {closed}/file >{closed}/copy"],
            leave_root=None if way is None else way[0],
        )
        assert child.wait() == 0
        children.stop(child)
        assert (closed / "uid").read_text() != "0\n"
        assert (closed / "copy").read_text() == "read me"
        (closed / "copy").unlink()


def test_a_file_that_only_roots_privilege_reaches_is_not_reached_from_a_namespace(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").touch()
    if os.geteuid() == 0:
        os.chown(closed, 12345, -1)
        assert children.way_out_of_root(closed / "file") == (ANY, children.system_user()[1])
    else:
        assert children.way_out_of_root(closed / "file") is None
