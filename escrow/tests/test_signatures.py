"""What the verification of webhook signatures lets through, and what it does not."""

from datetime import UTC, datetime, timedelta

import pytest

from escrow.providers import signatures
from escrow.providers.base import WebhookRefused

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BODY = b'{"id": "evt_1", "note": "\xc3\xa9"}'


def signed(*, secret: str = "new", message_id: str = "evt_1", at: datetime = AT, body: bytes = BODY) -> dict[str, str]:
    timestamp = int(at.timestamp())
    signature = signatures.sign(secret=secret, message_id=message_id, timestamp=timestamp, body=body)
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


def verify(headers: dict[str, str], *, body: bytes = BODY, at: datetime = AT) -> str:
    return signatures.verify(secrets=["new", "old"], headers=headers, body=body, at=at)


def test_the_example_of_the_specification_is_signed_as_it_says() -> None:
    """The test vector that the Standard Webhooks reference libraries share."""
    signature = signatures.sign(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_signed_message_gives_its_id() -> None:
    assert verify(signed()) == "evt_1"


def test_both_the_new_and_the_old_secret_are_good_while_one_is_rotated() -> None:
    assert verify(signed(secret="old")) == "evt_1"
    with pytest.raises(WebhookRefused):
        verify(signed(secret="older"))


def test_a_message_signed_twice_is_good_when_one_signature_is() -> None:
    headers = signed(secret="unknown")
    headers["webhook-signature"] += " " + signed(secret="new")["webhook-signature"]
    assert verify(headers) == "evt_1"


def test_a_message_is_good_for_300_seconds_either_way_and_no_longer() -> None:
    for seconds in (-300, 300):
        assert verify(signed(), at=AT + timedelta(seconds=seconds)) == "evt_1"
    for seconds in (-301, 301):
        with pytest.raises(WebhookRefused, match="time is too far"):
            verify(signed(), at=AT + timedelta(seconds=seconds))


def test_a_changed_body_id_or_time_is_refused() -> None:
    with pytest.raises(WebhookRefused):
        verify(signed(), body=BODY + b" ")
    for name, value in (("webhook-id", "evt_2"), ("webhook-timestamp", str(int(AT.timestamp()) + 1))):
        with pytest.raises(WebhookRefused):
            verify(signed() | {name: value})


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(name: str) -> None:
    headers = signed()
    del headers[name]
    with pytest.raises(WebhookRefused, match="not signed"):
        verify(headers)


@pytest.mark.parametrize("stamp", ["soon", "-5", "1e9", "17.5", "٣٤", "9" * 40])
def test_a_time_that_is_no_number_is_refused(stamp: str) -> None:
    with pytest.raises(WebhookRefused):
        verify(signed() | {"webhook-timestamp": stamp})


@pytest.mark.parametrize("signature", ["v1", "v1,", "v1,%%%", "v2,AAAA", "AAAA", ",", "v1,é"])
def test_a_broken_signature_is_refused_and_never_an_error(signature: str) -> None:
    with pytest.raises(WebhookRefused):
        verify(signed() | {"webhook-signature": signature})


def test_without_a_secret_nothing_is_good() -> None:
    with pytest.raises(WebhookRefused):
        signatures.verify(secrets=[], headers=signed(), body=BODY, at=AT)
    with pytest.raises(ValueError, match="empty secret"):
        signatures.sign(secret="whsec_", message_id="evt_1", timestamp=1, body=BODY)
