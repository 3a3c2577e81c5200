"""Webhooks: signed, brought at least once, and remembered whatever happens to the process."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest

from escrow.providers import signatures
from escrow.providers.base import WebhookRefused
from marketplace.sandbox.testing import Received, Receiver, Sandbox, drop_database, new_sandbox, wait_until

PAYOUT = {"reference": "OUT-1", "amount_minor": 5, "currency": "EUR", "destination": "DE00"}


def pay_out(sandbox: Sandbox, **changes: object) -> dict[str, Any]:
    status, payout = sandbox.call("POST", "/v1/payouts", PAYOUT | changes)
    assert status == 201, payout
    made: dict[str, Any] = payout
    return made


def proves(message: Received, *secrets: str) -> bool:
    at = datetime.fromtimestamp(int(message.headers["webhook-timestamp"]), UTC)
    try:
        signatures.verify(secrets=secrets, headers=message.headers, body=message.body, at=at)
    except WebhookRefused:
        return False
    return True


def hang_up_on(database_url: str) -> None:
    """End every connection to a database, as its server's restart does."""
    connection = psycopg2.connect(database_url)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.rowcount > 0
    connection.close()


@pytest.fixture
def own(receiver: Receiver) -> Generator[Sandbox, None, None]:
    """A sandbox of this test's own, in the middle of rotating its secret, that may be killed."""
    sandbox = new_sandbox(PROVIDER_WEBHOOK_SECRETS="new,old")
    sandbox.start("--webhook-url", receiver.url)
    yield sandbox
    sandbox.stop()
    drop_database(sandbox.database_url)


def test_an_event_arrives_as_the_api_lists_it(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.send_webhooks_to(merchant=receiver.url)
    payout = pay_out(sandbox)
    message = receiver.wait_for(1, "payout.paid")[0]
    assert message.event["data"] | {"state": "pending", "settled_at": None} == payout
    assert [message.event] == sandbox.call("GET", "/v1/events")[1]["events"]
    assert message.headers["webhook-id"] == message.event["id"]


def test_a_message_waits_until_somebody_takes_it(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers.extend([500, 404, 302, 500])
    sandbox.send_webhooks_to(merchant=receiver.url)
    pay_out(sandbox)
    messages = receiver.wait_for(5)
    assert len({message.headers["webhook-id"] for message in messages}) == 1
    sandbox.wait_until_quiet()
    assert len(receiver.received) == 5


def test_a_message_without_an_address_is_held_until_there_is_one(sandbox: Sandbox, receiver: Receiver) -> None:
    pay_out(sandbox)
    wait_until(lambda: sandbox.call("GET", "/v1/status")[1]["held_back"] == 1, "the message")
    sandbox.send_webhooks_to(merchant=receiver.url)
    receiver.wait_for(1, "payout.paid")


def test_a_message_may_arrive_twice_under_one_id(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.chaos(duplicate_probability=1)
    sandbox.send_webhooks_to(merchant=receiver.url)
    pay_out(sandbox)
    first, second = receiver.wait_for(2)
    assert first.event == second.event


def test_messages_overtake_each_other_when_shuffled(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.chaos(shuffle_seconds=1, seed=3)
    sandbox.send_webhooks_to(merchant=receiver.url)
    for _ in range(12):
        pay_out(sandbox)
    sandbox.wait_until_quiet()
    happened = [event["id"] for event in sandbox.call("GET", "/v1/events")[1]["events"]]
    arrived = [message.event["id"] for message in receiver.received]
    assert sorted(arrived) == sorted(happened)
    assert arrived != happened


def test_a_message_is_signed_with_the_new_and_the_old_secret(own: Sandbox, receiver: Receiver) -> None:
    pay_out(own)
    message = receiver.wait_for(1)[0]
    assert proves(message, "new")
    assert proves(message, "old")
    assert not proves(message, "older")


def test_a_killed_sandbox_brings_later_what_it_owed(own: Sandbox, receiver: Receiver) -> None:
    receiver.answers.extend([503] * 1000)
    ids = {pay_out(own)["id"] for _ in range(5)}
    receiver.wait_for(5)
    own.chaos(settle_seconds=1)
    ids |= {pay_out(own)["id"] for _ in range(3)}
    own.kill()
    receiver.answers.clear()
    receiver.received.clear()
    own.start()
    own.wait_until_quiet(45)  # a message that was on its way is claimed for half a minute
    assert {message.event["data"]["id"] for message in receiver.received} == ids


def test_a_database_that_was_away_for_a_moment_costs_no_message(own: Sandbox, receiver: Receiver) -> None:
    pay_out(own)
    receiver.wait_for(1)
    hang_up_on(own.database_url)
    wait_until(own.answers, "an answer on a new connection")
    pay_out(own)
    receiver.wait_for(2)
