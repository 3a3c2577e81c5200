"""Webhook signatures in the Standard Webhooks format (https://www.standardwebhooks.com, specification 1.0.0).

The signed text is `<webhook-id>.<webhook-timestamp>.<body>`; the header carries one `v1,<base64 HMAC-SHA256>` per
secret, separated by spaces. Several secrets are good at once, so that one can be rotated without losing a message:
add the new one on both sides, then take the old one away.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from escrow.providers.base import WebhookRefused

TOLERANCE = timedelta(seconds=300)
SECRET_PREFIX = "whsec_"  # noqa: S105 -- the format's mark of a base64 secret, not a secret


def _key(secret: str) -> bytes:
    """The secret's bytes: base64 behind the format's prefix, otherwise the text itself."""
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    encoded = secret.removeprefix(SECRET_PREFIX)
    return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)


def sign(*, secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One `v1,…` signature of a message. `timestamp` is in whole seconds since 1970.

    Raises `ValueError` for an empty secret, or a `whsec_` one that is not base64.
    """
    key = _key(secret)
    if not key:
        raise ValueError("an empty secret proves nothing")
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _digest(signature: str) -> bytes:
    """The raw digest in one `v1,<base64>` entry; nothing for other versions and broken entries."""
    version, _, encoded = signature.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""


def verify(*, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, at: datetime) -> str:
    """The id of a message that one of the secrets signed within 300 s of `at`.

    `headers` is read with lower-case names (Django's request.headers knows any case). Comparison takes the same time
    for every wrong signature. Raises `WebhookRefused` where a header is missing or unreadable, the time is too far
    off in either direction (so that a recorded message is worthless later), or no signature fits.
    """
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    entries = headers.get("webhook-signature", "").split()
    if not (message_id and stamp and entries):
        raise WebhookRefused("the message is not signed")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        raise WebhookRefused("the message's time is not a number")
    timestamp = int(stamp)
    if abs(at.timestamp() - timestamp) > TOLERANCE.total_seconds():
        raise WebhookRefused("the message's time is too far from ours")
    digests = [_digest(entry) for entry in entries]
    for secret in secrets:
        expected = _digest(sign(secret=secret, message_id=message_id, timestamp=timestamp, body=body))
        if any(hmac.compare_digest(expected, digest) for digest in digests):
            return message_id
    raise WebhookRefused("no signature of ours fits the message")
