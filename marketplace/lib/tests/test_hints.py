"""A hint reaches the broker after the commit, and a broker that is away slows nobody."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from django.db import transaction

from marketplace.lib import embedded, hints
from marketplace.lib.servers import Valkey
from marketplace.lib.tests.broker import broker_of_its_own, signal_to

TASK = "marketplace.tasks.tell"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Valkey]:
    """A broker of this test's own, so that it can be stopped."""
    with broker_of_its_own(tmp_path) as broker:
        yield broker


def queued() -> list[str]:
    """The names of the tasks that wait in the broker."""
    with redis.Redis.from_url(embedded.redis_url()) as client:
        return [json.loads(message)["headers"]["task"] for message in client.lrange("holdfast:celery", 0, -1)]


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def test_a_hint_is_a_message_without_arguments_that_expires(broker: Valkey) -> None:
    assert hints.publish(TASK)

    assert queued() == [TASK]


@pytest.mark.django_db(transaction=True)
def test_a_hint_waits_for_the_commit_and_is_forgotten_with_a_rollback(broker: Valkey) -> None:
    def fail() -> None:
        with transaction.atomic():
            hints.soon(TASK)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with transaction.atomic():
        hints.soon(TASK)
        assert queued() == []

    assert queued() == [TASK]


@pytest.mark.django_db(transaction=True)
def test_many_hints_at_once_are_one(broker: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "QUIET", 60.0)
    for _ in range(100):
        hints.soon(TASK)
    hints.soon("marketplace.tasks.sweep")

    assert sorted(queued()) == ["marketplace.tasks.sweep", TASK]


def test_a_broker_that_hangs_is_waited_for_once_and_for_a_second(broker: Valkey) -> None:
    hints.publish(TASK)
    signal_to(broker, signal.SIGSTOP)

    assert 0.5 < seconds(lambda: hints.publish(TASK)) < 1.5
    assert seconds(lambda: [hints.publish(TASK) for _ in range(100)]) < 0.1


def test_a_broker_that_is_gone_is_not_waited_for_and_fails_nothing(broker: Valkey) -> None:
    hints.publish(TASK)
    broker.stop()

    assert seconds(lambda: hints.publish(TASK)) < 1.5
    assert seconds(lambda: [hints.publish(TASK) for _ in range(100)]) < 0.1


@pytest.mark.django_db(transaction=True)
def test_a_commit_succeeds_whatever_becomes_of_its_hint(broker: Valkey) -> None:
    broker.stop()

    with transaction.atomic():
        hints.soon(TASK)


def test_hints_go_out_again_when_the_broker_is_back(broker: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    broker.stop()
    assert not hints.publish(TASK)
    broker.start()
    assert not hints.publish(TASK)

    monkeypatch.setattr(hints.breaker, "reset_timeout", 0)

    assert hints.publish(TASK)
    assert queued() == [TASK]
