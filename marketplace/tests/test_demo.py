"""`manage.py demo` from outside: a process with a terminal, a port and a folder."""

import os
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marketplace.tests.processes import PATIENCE, is_free, manage, processes_of, start

pytestmark = pytest.mark.slow


def wait_until(condition: Callable[[], bool], patience: float = PATIENCE) -> bool:
    deadline = time.monotonic() + patience
    while not (done := condition()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return done


def page_answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that is free, and so is the one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


class Demo:
    """A running demo and what it has said."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder.with_suffix(".txt")
        with self.log.open("wb") as output:
            self.process = start(folder, "demo", "--port", str(self.port), *words, output=output)

    def says(self, words: str) -> bool:
        return wait_until(lambda: words in self.log.read_text() or self.process.poll() is not None)

    def pids(self, name: str) -> list[int]:
        return [pid for pid, command in processes_of(self.folder).items() if name in command]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which `demo --once` has run, which is the first test of them all."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    result = manage(folder, "demo", "--once", "--port", str(free_port()))
    assert result.returncode == 0, result.stdout
    for step in ("new database", "migrations", "Making the demo data", "The worker has swept", "Stopped"):
        assert step in result.stdout
    assert "Traceback" not in result.stdout
    assert wait_until(lambda: processes_of(folder) == {}, patience=2.0)
    return folder


@pytest.fixture(scope="module")
def demos() -> Iterator[list[Demo]]:
    """The demos that these tests have started; each is killed in the end, whatever has become of the tests."""
    demos: list[Demo] = []
    yield demos
    for demo in demos:
        demo.process.kill()
        demo.process.wait()
    assert wait_until(lambda: all(is_free(demo.folder) for demo in demos))


@pytest.fixture
def demo(folder: Path, demos: list[Demo]) -> Demo:
    """A demo on the warm folder, ready: the one of the test before, where that has not ended it."""
    here = [demo for demo in demos if demo.folder == folder and demo.process.poll() is None]
    if not here:
        demos.append(Demo(folder))
        here = demos[-1:]
        assert here[0].says("Holdfast is ready"), here[0].log.read_text()
    return here[0]


def test_ctrl_c_stops_everything_and_is_no_error(demo: Demo) -> None:
    said = len(demo.log.read_text())
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(PATIENCE) == 0
    assert wait_until(lambda: processes_of(demo.folder) == {}, patience=2.0)
    assert "Traceback" not in demo.log.read_text()[said:]


def test_a_demo_that_is_killed_leaves_no_process(demo: Demo) -> None:
    assert len(processes_of(demo.folder)) > 8
    demo.process.kill()
    demo.process.wait()
    assert wait_until(lambda: processes_of(demo.folder) == {}, patience=20.0)
    assert not is_listening(demo.port)
    assert not is_listening(demo.port + 1)


@pytest.mark.parametrize("name", ["gunicorn", "bin/postgres", "valkey-server", "celery"])
def test_what_dies_is_started_again(demo: Demo, name: str) -> None:
    before = demo.pids(name)
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: bool(set(demo.pids(name)) - set(before)))
    assert wait_until(lambda: page_answers(demo.port))
    assert "has ended" in demo.log.read_text()


def test_a_second_demo_on_the_same_folder_is_refused(demo: Demo) -> None:
    second = manage(demo.folder, "demo", "--port", str(free_port()))
    assert second.returncode == 1
    assert f"in use by process {demo.process.pid}" in second.stdout
    assert "Traceback" not in second.stdout
    assert page_answers(demo.port)


def test_another_command_works_on_the_data_of_the_running_demo(demo: Demo) -> None:
    answer = manage(demo.folder, "shell", "-c", "print(User.objects.filter(email='buyer@example.com').count())")
    assert answer.stdout.endswith("1\n"), answer.stdout


def test_a_seeding_that_was_interrupted_starts_over(tmp_path: Path, demos: list[Demo]) -> None:
    (tmp_path / "seeding").touch()
    demo = Demo(tmp_path)
    demos.append(demo)
    assert demo.says("Making the demo data was interrupted the last time; starting over")
    assert demo.says("Removing the data")
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(PATIENCE) == 0
    assert wait_until(lambda: processes_of(tmp_path) == {}, patience=2.0)


@pytest.mark.parametrize("offset", [0, 1])
def test_a_port_in_use_is_a_message(tmp_path: Path, offset: int) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + offset))
        taken.listen()
        result = manage(tmp_path, "demo", "--port", str(port))
    assert result.returncode == 1
    assert f"Port {port + offset} of 127.0.0.1" in result.stdout
    assert "Choose another with --port" in result.stdout
    assert "Traceback" not in result.stdout


def test_a_folder_that_cannot_be_written_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = manage(tmp_path, "demo", "--data-dir", str(tmp_path / "file" / "data"), "--port", str(free_port()))
    assert result.returncode == 1
    assert f"{tmp_path}/file/data cannot be written" in result.stdout
    assert "Traceback" not in result.stdout


@pytest.mark.parametrize(
    ("words", "more", "message"),
    [
        (["--port", "eighty"], {}, "is no port"),
        (["--port", "65535"], {}, "is no port"),
        ([], {"DEBUG": "off"}, "not for production"),
        (["--reset"], {"DATABASE_URL": "postgres://a:b@localhost/c"}, "--reset empties the demo's own data folder"),
    ],
)
def test_what_cannot_be_done_is_a_message(tmp_path: Path, words: list[str], more: dict[str, str], message: str) -> None:
    production = {
        "SECRET_KEY": "x" * 60,
        "DATABASE_URL": "postgres://a:b@localhost/c",
        "REDIS_URL": "redis://localhost",
    }
    result = manage(tmp_path, "demo", *words, **(production if "DEBUG" in more else {}), **more)
    assert result.returncode != 0
    assert message in result.stdout
    assert "Traceback" not in result.stdout
