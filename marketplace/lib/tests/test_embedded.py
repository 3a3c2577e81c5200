"""Addresses and secrets of the embedded servers."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from marketplace.lib import embedded


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_secret_is_made_once_and_is_readable_by_its_owner_only(folder: Path) -> None:
    first = embedded.secret_key()
    assert len(first) >= 50
    assert embedded.secret_key() == first
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_an_empty_secret_left_by_a_crash_is_replaced(folder: Path) -> None:
    folder.mkdir()
    (folder / "secret_key").touch()
    first = embedded.secret_key()
    assert first
    assert embedded.secret_key() == first


def test_a_folder_that_cannot_be_made_gives_a_secret_for_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file" / "data"))
    assert len(embedded.secret_key()) >= 50


def test_the_addresses_follow_from_the_data_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = embedded.database_url("holdfast"), embedded.redis_url()
    assert (embedded.database_url("holdfast"), embedded.redis_url()) == first
    monkeypatch.setenv("DATA_DIR", str(folder) + "-other")
    assert embedded.redis_url() != first[1]


def test_a_socket_path_is_short_enough_however_long_the_folders_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_folder = tmp_path / ("x" * 120)
    long_folder.mkdir()
    monkeypatch.setenv("DATA_DIR", str(long_folder))
    monkeypatch.setattr("tempfile.tempdir", str(long_folder))
    [host] = parse_qs(urlsplit(embedded.database_url()).query)["host"]
    assert len(f"{host}/.s.PGSQL.5432.lock") < 104


def test_celery_is_given_its_own_spelling_of_a_socket_and_other_urls_unchanged(folder: Path) -> None:
    assert embedded.broker_url("unix:///tmp/x/valkey.sock?db=3") == "redis+socket:///tmp/x/valkey.sock?virtual_host=3"
    assert embedded.broker_url("redis://:word@redis:6379/2") == "redis://:word@redis:6379/2"
