"""The services that every test runs on are real ones."""

import pytest
from django.core.cache import cache
from django.db import connection

from marketplace.celery import app


@pytest.mark.django_db
def test_the_database_is_postgresql_18_and_its_role_is_no_superuser() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, rolsuper FROM pg_roles WHERE rolname = user")
        version, is_superuser = cursor.fetchone()
    assert version >= 180000
    assert is_superuser is False


def test_the_cache_and_the_broker_answer() -> None:
    cache.set("greeting", "hello", 10)
    assert cache.get("greeting") == "hello"
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=5)
        assert broker.connected
