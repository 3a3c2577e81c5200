"""A Redis of one test's own, with what this process knows of brokers pointed to it, so that it can be stopped."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import current_app

from marketplace.lib import embedded, hints
from marketplace.lib.servers import Place, Valkey


@contextmanager
def broker_of_its_own(folder: Path) -> Iterator[Valkey]:
    """Run a Valkey in `folder` and have hints go there; while it lasts, `embedded.redis_url()` is its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA_DIR", str(folder))
        (folder / "log").mkdir()
        sockets = embedded.socket_dir()
        sockets.mkdir()
        patch.setattr(current_app.conf, "broker_url", embedded.broker_url(embedded.redis_url()))
        with (folder / "lock").open("w") as lock:
            place = Place(folder, lock.fileno(), os.geteuid(), leave_root=None, durable=False, say=lambda _line: None)
            broker = Valkey(place)
            broker.start()
            _forget()
            try:
                yield broker
            finally:
                signal_to(broker, signal.SIGCONT)
                broker.stop()
                _forget()
                sockets.rmdir()


def signal_to(broker: Valkey, number: signal.Signals) -> None:
    """Freeze it (SIGSTOP) or let it go on (SIGCONT), where it runs."""
    if broker.process is not None:
        broker.process.send_signal(number)


def _forget() -> None:
    """Let no test learn from another what the broker is like."""
    hints._connection.cache_clear()  # noqa: SLF001
    hints.breaker.close()
    hints._published_at.clear()  # noqa: SLF001
