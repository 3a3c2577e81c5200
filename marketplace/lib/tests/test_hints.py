"""A hint reaches the broker after the commit, and a broker that is away slows nobody."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.db import transaction

from marketplace.lib import embedded, hints
from marketplace.lib.servers import Place, Valkey

TASK = "marketplace.tasks.tell"


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """A broker of this test's own, so that it can be stopped."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    for folder in (tmp_path / "log", embedded.socket_dir()):
        folder.mkdir()
    with (tmp_path / "lock").open("w") as lock:
        place = Place(tmp_path, lock.fileno(), os.geteuid(), leave_root=None, durable=False, say=lambda _line: None)
        broker = Valkey(place)
        broker.start()
        monkeypatch.setattr(current_app.conf, "broker_url", embedded.broker_url(embedded.redis_url()))
        _forget()
        try:
            yield broker
        finally:
            if broker.process is not None:
                broker.process.send_signal(signal.SIGCONT)
            broker.stop()
            _forget()
            embedded.socket_dir().rmdir()


def _forget() -> None:
    """Let no test learn from another what the broker is like."""
    hints._connection.cache_clear()  # noqa: SLF001
    hints.breaker.close()
    hints._published_at.clear()  # noqa: SLF001


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
    assert broker.process is not None
    broker.process.send_signal(signal.SIGSTOP)

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
