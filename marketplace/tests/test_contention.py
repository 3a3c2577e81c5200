"""People who are at the same rows at the same moment: tried again where that helps, told plainly where it does not."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse
from psycopg2 import errors

from escrow.models import Transfer
from marketplace.lib import contention
from marketplace.tests.concurrency import at_once
from marketplace.tests.trade import AT, fresh, make_shipped_order
from orders import actions
from orders.lifecycle import State
from orders.models import Order


def failing(*codes: type[Exception]) -> Iterator[Exception | None]:
    """Errors as Django raises them, one a call, and none when they are used up."""
    for code in codes:
        error = OperationalError("busy")
        error.__cause__ = code()
        yield error
    while True:
        yield None


def act(outcomes: Iterator[Exception | None], calls: list[int]) -> str:
    calls.append(1)
    if error := next(outcomes):
        raise error
    return "done"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "FIRST_WAIT", 0)


@pytest.mark.django_db(transaction=True)
def test_who_was_sent_away_comes_again() -> None:
    calls: list[int] = []
    outcomes = failing(errors.DeadlockDetected, errors.SerializationFailure)

    assert contention.patiently(partial(act, outcomes, calls)) == "done"
    assert len(calls) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("failures", "tries"),
    [([errors.DeadlockDetected] * 9, contention.TRIES), ([errors.LockNotAvailable], 1), ([errors.QueryCanceled], 1)],
)
def test_not_for_ever_and_not_where_it_would_not_help(failures: list[type[Exception]], tries: int) -> None:
    calls: list[int] = []
    with pytest.raises(OperationalError):
        contention.patiently(partial(act, failing(*failures), calls))
    assert len(calls) == tries


@pytest.mark.django_db
def test_inside_a_transaction_it_is_tried_once() -> None:
    calls: list[int] = []
    with pytest.raises(OperationalError):
        contention.patiently(partial(act, failing(errors.DeadlockDetected), calls))
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_all_see_the_same_result() -> None:
    order = make_shipped_order()
    address = reverse("orders:confirm_receipt", args=[order.number])

    def click() -> tuple[int, str]:
        client = Client()
        client.force_login(order.buyer)
        answer = client.post(address)
        return answer.status_code, answer.headers.get("Location", "")

    answers = at_once([click] * 12 + [partial(actions.auto_confirm, orders=[order.pk], at=AT)] * 4)

    assert set(answers[:12]) == {(302, reverse("orders:confirmed", args=[order.number]))}
    assert fresh(order).state == State.COMPLETED
    assert Transfer.objects.filter(debit_hold=order.hold, kind="RELEASE").count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waited_too_long_is_told_that_nothing_was_done() -> None:
    order = make_shipped_order()
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).lock()
            held.set()
            let_go.wait(30)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    client = Client()
    client.force_login(order.buyer)
    try:
        assert held.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        answer = client.post(reverse("orders:confirm_receipt", args=[order.number]))
    finally:
        let_go.set()
        other.join()
        connection.close()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "nothing was done and no money moved" in answer.content.decode()
    assert fresh(order).state == State.SHIPPED
