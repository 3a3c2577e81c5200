"""What machines ask of a running site: is it alive, can it serve, and the figures for Prometheus."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker, Settings

from escrow.models import ProviderOperation
from marketplace.models import Sweep
from marketplace.tests.trade import AT, make_completed_order, make_history, make_shipped_order
from orders.models import SetAside

TOKEN = {"Authorization": "Bearer let-me-in"}
NOWHERE = "unix:///nowhere/valkey.sock?db=0"


def test_the_process_says_that_it_lives_without_asking_anybody(
    client: Client, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.block():
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_a_site_is_ready_when_its_database_has_every_migration(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/readyz")
    with django_assert_num_queries(2):
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": "ok", "migrations": "ok", "redis": "ok"}

    MigrationRecorder(connection).record_unapplied("escrow", "0001_initial")

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "1 missing")


@pytest.mark.django_db
def test_without_redis_a_site_is_ready_all_the_same(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = NOWHERE
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["redis"]) == (200, "away")


def test_without_its_database_a_site_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_recorder: MigrationRecorder) -> None:
        raise OperationalError("no route to host")

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": "away", "migrations": "unknown", "redis": "ok"}


def scrape(client: Client) -> dict[str, float]:
    """Every sample by its name and labels: `balance{currency=USD,kind=FEES,provider=}`."""
    answer = client.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    found = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        assert family.documentation
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[sample.name.removeprefix("holdfast_") + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("configured", "sent"),
    [
        ("", {}),
        ("", {"Authorization": "Bearer "}),
        ("let-me-in", {}),
        ("let-me-in", {"Authorization": "Bearer let-me-out"}),
        ("let-me-in", {"Authorization": "let-me-in"}),
        ("let-me-in", {"Authorization": "Bearer let-me-in\xff"}),
    ],
)
def test_without_the_token_there_are_no_metrics(
    client: Client, settings: Settings, configured: str, sent: dict[str, str]
) -> None:
    settings.METRICS_TOKEN = configured
    assert client.get("/metrics", headers=sent).status_code == 404


@pytest.mark.django_db
def test_the_metrics_are_the_figures_of_the_operators_page(
    client: Client, settings: Settings, set_clock: Callable[[datetime], None]
) -> None:
    settings.METRICS_TOKEN = "let-me-in"
    now = AT + timedelta(minutes=2)
    set_clock(now)
    make_history()
    make_shipped_order(at=AT - timedelta(days=30))
    for days, next_try_at in ((40, None), (41, now + timedelta(minutes=1))):
        order = make_shipped_order(at=AT - timedelta(days=days))
        SetAside.objects.create(order=order, tries=5, reason="?", failed_at=AT, next_try_at=next_try_at)
    ProviderOperation.objects.update(state="UNKNOWN")
    Sweep.objects.create(by="worker", at=now - timedelta(seconds=7), counts={})

    found = scrape(client)

    assert (
        found
        | {
            "overdue_orders": 1,
            "overdue_releases": 1,
            "overdue_lag_seconds": 120,
            "sweep_lag_seconds{by=worker}": 7,
            "set_aside_orders{waits_for=operator}": 1,
            "set_aside_orders{waits_for=retry}": 1,
            "imbalance_minor{currency=USD}": 0,
            "imbalance_minor{currency=JPY}": 0,
            "balance_minor{currency=JPY,kind=PROVIDER_CASH,provider=sandbox}": 25188,
            "balance_minor{currency=JPY,kind=SELLER,provider=}": 4010,
            "provider_operations{state=UNKNOWN}": 4,
            "provider_operations{state=FAILED}": 0,
            "provider_operation_oldest_seconds{state=UNKNOWN}": 120,
            "messages_without_effect": 0,
            "redis_up": 1,
            "outbox_entries{state=set_aside}": 0,
            "emails{state=dead}": 0,
        }
        == found
    )
    assert found["outbox_entries{state=waiting}"] > 0
    assert found["queue_messages"] >= 0


@pytest.mark.django_db
def test_without_redis_the_metrics_say_that_it_is_down(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN, settings.REDIS_URL = "let-me-in", NOWHERE
    found = scrape(client)
    assert found["redis_up"] == 0
    assert "queue_messages" not in found


@pytest.mark.django_db
def test_metrics_take_as_many_queries_whatever_there_is(
    client: Client, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.METRICS_TOKEN = "let-me-in"
    make_completed_order()
    for _ in range(2):
        with django_assert_num_queries(10):
            scrape(client)
        make_history()


@pytest.mark.django_db
def test_prometheus_may_ask_for_open_metrics(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "let-me-in"
    answer = client.get("/metrics", headers=TOKEN | {"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")
