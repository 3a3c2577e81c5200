"""When several want the same rows at the same moment: whom the database sends away may come again."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection
from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

TRIES = 4
FIRST_WAIT = 0.05  # seconds, at most; doubled with every try
SENT_AWAY = (SerializationFailure, DeadlockDetected)  # the other one went on, so the way is free now
KEPT_WAITING = LockNotAvailable  # lock_timeout ran out: waiting longer is up to the person

Result = TypeVar("Result")


def is_contention(error: BaseException) -> bool:
    """Whether the database gave up on this transaction only because others were at the same rows; nothing was done."""
    return isinstance(error, OperationalError) and isinstance(error.__cause__, (*SENT_AWAY, KEPT_WAITING))


def patiently(act: Callable[[], Result]) -> Result:
    """Do `act`, which is one transaction, again where the database sent it away, a few times and after a short wait.

    Inside a transaction of the caller's it is done once: only all of that could be done again.
    """
    for attempt in range(TRIES - 1):
        try:
            return act()
        except OperationalError as error:
            if not isinstance(error.__cause__, SENT_AWAY) or connection.in_atomic_block:
                raise
        time.sleep(random.uniform(0, FIRST_WAIT * 2**attempt))  # noqa: S311 -- keeps two from meeting again
    return act()
