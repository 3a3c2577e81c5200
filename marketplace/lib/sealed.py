"""Sealing what only we may read: bank details stand in the database, and in its backups, encrypted.

Fernet (AES-128-CBC with HMAC-SHA256) under keys of `BANK_DETAILS_KEYS`: the first seals, all of them open, so that a
key can be changed without losing what an older one sealed.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class BrokenSealError(ValueError):
    """A sealed text that none of our keys opens: it was altered, or its key is gone."""


def seal(text: str) -> str:
    """The text, readable with our keys alone; the same text is sealed differently every time."""
    return _ring().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed. Raises `BrokenSealError`."""
    try:
        return _ring().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise BrokenSealError("none of the BANK_DETAILS_KEYS opens this") from error


def _ring() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in settings.BANK_DETAILS_KEYS])


def _key(secret: str) -> bytes:
    """A Fernet key from a secret of any length; the label keeps it apart from the secret's other uses."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"holdfast bank details\0" + secret.encode()).digest())
