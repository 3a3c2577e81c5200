"""Hints to the workers: "look now", so that people need not wait for the next sweep.

A hint may be lost: what it hints at stands in the database, and the next sweep finds it. So a hint never slows or fails
the request that gives it: it goes out after the commit, waits a second at most for a Redis that does not answer, and
then a circuit breaker lets all others pass by Redis at once until it is worth another try.
"""

import logging
import time
from functools import cache, partial

from celery import current_app
from django.db import transaction
from kombu.connection import Connection
from kombu.pools import producers
from pybreaker import CircuitBreaker, CircuitBreakerError

logger = logging.getLogger(__name__)

PATIENCE = 1.0  # seconds
EXPIRES = 60.0  # seconds; an older hint is overtaken by a sweep
QUIET = 0.2  # seconds between two hints of one process for the same task: many at once say no more than one
TELL = "marketplace.tasks.tell"  # something happened that people are to be told
_published_at: dict[str, float] = {}
breaker = CircuitBreaker(fail_max=1, reset_timeout=30, throw_new_error_on_trip=False, name="hints")


def soon(task: str) -> None:
    """Have a worker run the task, by its name and without arguments, once the present transaction has committed."""
    transaction.on_commit(partial(_publish_unless_just_done, task), robust=True)


def _publish_unless_just_done(task: str) -> None:
    now = time.monotonic()
    if now - _published_at.get(task, -QUIET) >= QUIET:
        _published_at[task] = now
        publish(task)


def publish(task: str) -> bool:
    """Ask a worker to run the task; return whether the hint went out. Takes a second at most and never raises."""
    try:
        breaker.call(_publish, task)
    except CircuitBreakerError:
        return False
    except Exception as error:  # noqa: BLE001 -- no failure of a hint is worth failing for
        logger.warning("no hints for a while: %r", error)
        return False
    return True


def _publish(task: str) -> None:
    with producers[_connection()].acquire(block=True, timeout=PATIENCE) as producer:
        current_app.send_task(task, producer=producer, retry=False, expires=EXPIRES, ignore_result=True)


@cache
def _connection() -> Connection:
    """A broker connection that gives up quickly, unlike the worker's own, which waits for the broker to come back."""
    options = current_app.conf.broker_transport_options
    quick = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "max_retries": 0, "interval_start": 0}
    connection: Connection = current_app.connection_for_write(
        connect_timeout=PATIENCE, transport_options={**options, **quick}
    )
    return connection
