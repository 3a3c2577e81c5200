"""What the tests of every app may need."""

import threading
from collections.abc import Callable

from django.db import connection


def at_once(*acts: Callable[[], object]) -> list[Exception | None]:
    """Run each act in a thread with a database connection of its own, all released together.

    Returns, in the order of the acts, the exception each ended with, or None. The test needs a database that other
    connections see: `@pytest.mark.django_db(transaction=True)`.
    """
    barrier = threading.Barrier(len(acts))
    outcomes: list[Exception | None] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            act()
        except Exception as error:  # noqa: BLE001 -- handed to the test
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return outcomes
