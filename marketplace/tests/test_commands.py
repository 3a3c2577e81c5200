"""Commands of manage.py find their services or start them, and say plainly when they cannot."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.lib import embedded
from marketplace.tests.processes import PATIENCE, is_free, manage, start

ASK = "from django.db import connection as c; c.ensure_connection(); print('the database answered')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a command has run before."""
    folder = tmp_path_factory.mktemp("commands") / "data"
    first = manage(folder, "shell", "--no-imports", "-c", ASK)
    assert first.stdout == "the database answered\n"
    return folder


@pytest.fixture
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that has started the services and runs until its input ends."""
    process = start(folder, "shell", "--no-imports", "-c", "print('ready'); import time; time.sleep(3); print('over')")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.wait(PATIENCE)
    process.stdout.close()


def test_a_command_leaves_no_process_and_no_socket_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(folder))
    assert is_free(folder)
    assert not embedded.socket_dir().exists()


def test_a_second_command_shares_the_services_and_the_first_waits_for_it(
    folder: Path, holder: subprocess.Popen[str]
) -> None:
    second = manage(folder, "shell", "--no-imports", "-c", f"import time; time.sleep(4)\n{ASK}")
    assert second.stdout == "the database answered\n"
    assert holder.wait(PATIENCE) == 0
    assert is_free(folder)


def test_services_start_again_after_their_command_was_killed(folder: Path, holder: subprocess.Popen[str]) -> None:
    assert not is_free(folder)
    holder.kill()
    again = manage(folder, "shell", "--no-imports", "-c", ASK)
    assert again.stdout == "the database answered\n"


def test_a_stale_pid_file_that_names_a_living_process_is_no_obstacle(folder: Path) -> None:
    (folder / "postgres" / "postmaster.pid").write_text("1\n/elsewhere\n1700000000\n5432\n/tmp\n\n\n")
    assert manage(folder, "shell", "--no-imports", "-c", ASK).stdout == "the database answered\n"


def test_a_folder_that_cannot_be_written_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = manage(tmp_path / "file" / "data", "migrate")
    assert result.returncode == 1
    assert "cannot be written" in result.stdout
    assert "Traceback" not in result.stdout


def test_a_half_initialised_database_is_put_aside_and_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "base").mkdir(parents=True)
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres.new" / "global").mkdir(parents=True)
    assert manage(tmp_path, "shell", "--no-imports", "-c", ASK).stdout == "the database answered\n"
    assert len(list(tmp_path.glob("postgres.unusable-*/postgres/PG_VERSION"))) == 1


def test_a_database_of_another_version_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "global").mkdir(parents=True)
    (tmp_path / "postgres" / "global" / "pg_control").touch()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    result = manage(tmp_path, "migrate")
    assert result.returncode == 1
    assert "made by PostgreSQL 16" in result.stdout
    assert (tmp_path / "postgres" / "global" / "pg_control").exists()


@pytest.mark.parametrize("variable", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL"])
def test_production_names_the_variable_that_it_lacks(tmp_path: Path, variable: str) -> None:
    given = {"SECRET_KEY": "x" * 60, "DATABASE_URL": "postgres://a:b@db/c", "REDIS_URL": "redis://redis/0"}
    del given[variable]
    result = manage(tmp_path, "check", DEBUG="off", **given)
    assert result.returncode != 0
    assert f'"{variable}" not set' in result.stdout
    assert list(tmp_path.iterdir()) == []
