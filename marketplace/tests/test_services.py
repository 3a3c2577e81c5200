"""The services that every test runs on are real ones."""

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis
from django.core.cache import cache
from django.db import connection

from marketplace.celery import app
from marketplace.lib import embedded
from marketplace.lib.servers import ServerError
from marketplace.lib.services import Services


@pytest.mark.django_db
def test_the_database_is_postgresql_18_or_newer() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        assert cursor.fetchone() >= (180000,)


def test_the_cache_and_the_broker_answer() -> None:
    cache.set("greeting", "hello", 10)
    assert cache.get("greeting") == "hello"
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=5)
        assert broker.connected


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Services of the test's own, not started."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    services = Services(durable=False)
    yield services
    services.stop()


def test_the_applications_role_is_no_superuser(services: Services) -> None:
    services.start()
    assert execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = user") == [
        (False, False, False)
    ]


def test_a_reset_forgets_the_data_and_keeps_what_is_not_ours(services: Services, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("not ours")
    services.start()
    redis.Redis.from_url(embedded.redis_url()).set("word", "kept?")
    execute("CREATE TABLE kept ()")
    services.stop()
    services.start(reset=True)
    assert redis.Redis.from_url(embedded.redis_url()).get("word") is None
    assert execute("SELECT to_regclass('kept')") == [(None,)]
    assert (tmp_path / "letter.txt").exists()


def test_data_outlives_a_stop_and_a_kill(services: Services) -> None:
    services.start()
    execute("CREATE TABLE kept ()")
    services.stop()
    services.start()
    assert execute("SELECT to_regclass('kept')::text") == [("kept",)]
    for server in services.servers:
        assert server.process is not None
        server.process.kill()
        server.process.wait()
    services.revive()
    assert execute("SELECT to_regclass('kept')::text") == [("kept",)]
    assert redis.Redis.from_url(embedded.redis_url()).ping()


def test_valkey_starts_without_its_file_where_it_cannot_read_it(services: Services, tmp_path: Path) -> None:
    (tmp_path / "valkey" / "appendonlydir").mkdir(parents=True)
    (tmp_path / "valkey" / "appendonlydir" / "appendonly.aof.manifest").write_text("broken")
    services.durable = True
    services.start()
    assert redis.Redis.from_url(embedded.redis_url()).ping()


def test_a_machine_without_the_binaries_is_told_what_to_do(
    services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("marketplace.lib.servers.POSTGRES_VERSION", "0")
    with pytest.raises(ServerError, match=r"does not run on this machine.*Set DATABASE_URL"):
        services.start()
    assert services.servers == []
    assert not (tmp_path / "initdb_password").exists()


def execute(statement: str) -> list[tuple[object, ...]]:
    """Run one statement on the embedded database, as the application's role."""
    connection = psycopg2.connect(embedded.database_url())
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
