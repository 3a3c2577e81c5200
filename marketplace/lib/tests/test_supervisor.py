"""Programs are kept running, heard and stopped."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.lib import supervisor
from marketplace.lib.supervisor import Supervisor

PATIENCE = 30.0


@pytest.fixture
def said() -> list[str]:
    """What was said to the person at the terminal."""
    return []


@pytest.fixture
def keeper(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """A supervisor that waits a tenth of the usual time."""
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(supervisor, "STOP_PATIENCE", 1.0)
    keeper = Supervisor(
        environment={"PATH": "/usr/bin:/bin", "WORD": "hello"}, cwd=tmp_path, logs=tmp_path, say=said.append
    )
    yield keeper
    keeper.stop()


def test_what_a_program_prints_is_said_line_by_line_and_kept_in_its_log(
    keeper: Supervisor, said: list[str], tmp_path: Path
) -> None:
    code = keeper.run("greeter", ["sh", "-c", "printf 'one\\n\\ntwo '; printf \"$WORD\"; printf x >&2; exit 3"])
    assert code == 3
    assert [line.split("| ")[1] for line in said] == ["one", "two hellox"]
    assert (tmp_path / "greeter.log").read_text() == "one\n\ntwo hellox\n"


def test_a_program_that_dies_is_started_again_each_time_later(
    keeper: Supervisor, said: list[str], tmp_path: Path
) -> None:
    keeper.start("mortal", ["sh", "-c", "echo born; kill -9 $$"])
    program = keeper.programs[0]
    assert keeper.wait(lambda: sum("born" in line for line in said) >= 3, patience=PATIENCE)
    assert any("mortal has ended (killed by SIGKILL); starting it again" in line for line in said)
    assert program.pause >= 4 * 0.1


def test_the_others_are_kept_running_while_one_program_runs_to_its_end(keeper: Supervisor, said: list[str]) -> None:
    keeper.start("mortal", ["sh", "-c", "echo born"])
    assert keeper.run("slow", ["sleep", "2"]) == 0
    assert sum("born" in line for line in said) >= 2


def test_stopping_ends_every_program_the_deaf_one_too(keeper: Supervisor, said: list[str], tmp_path: Path) -> None:
    keeper.start("polite", ["sleep", "300"])
    keeper.start("deaf", ["sh", "-c", "trap '' TERM; echo deaf; while true; do sleep 1; done"])
    assert keeper.wait(lambda: any("| deaf" in line for line in said), patience=PATIENCE)
    processes = [program.process for program in keeper.programs]
    began = time.monotonic()
    keeper.stop()
    assert time.monotonic() - began < 10
    assert [process.returncode for process in processes if process is not None] == [-15, -9]


def test_a_program_is_given_up_on_in_time(keeper: Supervisor) -> None:
    keeper.start("python", [sys.executable, "-c", "import time; time.sleep(300)"])
    assert keeper.wait(lambda: False, patience=0.5) is False
