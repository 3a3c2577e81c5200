"""People confirm receipt while Redis hangs or is gone: the money moves, and one of them waits a second at most."""

import signal
import time
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from marketplace.lib import embedded, hints
from marketplace.lib.clock import now
from marketplace.lib.tests.broker import broker_of_its_own, signal_to
from marketplace.tests.trade import fresh, make_shipped_order, make_user, make_variant
from orders.lifecycle import State

pytestmark = pytest.mark.django_db(transaction=True)
ORDERS = 5


@pytest.mark.parametrize("fault", ["hangs", "is gone"])
def test_confirmations_succeed_and_are_not_slowed_when_redis(
    fault: str, tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "QUIET", 0.0)  # so that every step hints
    buyer, variant = make_user(), make_variant()
    orders = [make_shipped_order(at=now(), buyer=buyer, variant=variant) for _ in range(ORDERS + 1)]
    client.force_login(buyer)
    seconds = []
    with broker_of_its_own(tmp_path) as broker, override_settings(CACHES=_caches()):
        confirm = [reverse("orders:confirm_receipt", args=[order.number]) for order in orders]
        client.post(confirm[0])
        if fault == "hangs":
            signal_to(broker, signal.SIGSTOP)
        else:
            broker.stop()
        for address in confirm[1:]:
            start = time.perf_counter()
            answer = client.post(address)
            seconds.append(time.perf_counter() - start)
            assert answer.status_code == 302

    assert {fresh(order).state for order in orders} == {State.COMPLETED}
    assert seconds[0] < 1.5 + 0.5
    assert max(seconds[1:]) < 0.5


def _caches() -> dict[str, object]:
    """The site's cache on the Redis that fails, as patient as in the settings."""
    options = {"socket_connect_timeout": 1, "socket_timeout": 1}
    backend = "django.core.cache.backends.redis.RedisCache"
    return {"default": {"BACKEND": backend, "LOCATION": embedded.redis_url(), "OPTIONS": options}}
