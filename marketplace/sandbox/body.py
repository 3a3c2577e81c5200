"""Reading what the API is sent, strictly: a wrong field is named, never guessed at."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from marketplace.lib.money import MoneyError, decimals

MOST_MINOR = 10**12
UNREADABLE = re.compile(r"[\x00\ud800-\udfff]")  # what JSON can say and PostgreSQL cannot store


class WrongRequest(Exception):
    """A request that cannot be read; `field` is the part that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Body:
    """The fields of a JSON object, each read as what it has to be. Every reader raises `WrongRequest`."""

    def __init__(self, raw: bytes) -> None:
        try:
            fields = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise WrongRequest("", "The body is not JSON.") from error
        if not isinstance(fields, dict):
            raise WrongRequest("", "The body is not a JSON object.")
        self.fields: Mapping[str, Any] = fields

    def text(self, name: str, *, most: int, default: str | None = None) -> str:
        """A text that is not empty, of at most so many characters."""
        value = self.fields.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise WrongRequest(name, f"{name} is a text that is not empty.")
        if len(value) > most or UNREADABLE.search(value):
            raise WrongRequest(name, f"{name} has at most {most} characters, all of them printable.")
        return value

    def amount(self, name: str) -> int:
        """A positive whole number of minor units."""
        return self.whole_number(name, least=1, most=MOST_MINOR)

    def whole_number(self, name: str, *, least: int, most: int) -> int:
        """A whole number within the bounds."""
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise WrongRequest(name, f"{name} is a whole number between {least} and {most}.")
        return value

    def currency(self, name: str) -> str:
        """An ISO 4217 code."""
        value = self.text(name, most=3)
        try:
            decimals(value)
        except MoneyError as error:
            raise WrongRequest(name, f"{name} is an ISO 4217 code such as EUR.") from error
        return value

    def moment(self, name: str) -> datetime | None:
        """An RFC 3339 time with its offset, or null."""
        if self.fields.get(name) is None:
            return None
        try:
            value = datetime.fromisoformat(self.text(name, most=40))
            return value.astimezone(UTC) if value.tzinfo else _no_offset()
        except (ValueError, OverflowError) as error:
            raise WrongRequest(name, f"{name} is a time such as 2026-01-31T12:00:00Z.") from error

    def texts(self, name: str, *, most: int) -> dict[str, str]:
        """An object of texts, at most so many characters all together."""
        value = self.fields.get(name)
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise WrongRequest(name, f"{name} is an object of texts.")
        if sum(len(key) + len(text) for key, text in value.items()) > most:
            raise WrongRequest(name, f"{name} has at most {most} characters in all.")
        if any(UNREADABLE.search(text) for pair in value.items() for text in pair):
            raise WrongRequest(name, f"{name} has only printable characters.")
        return value

    def url(self, name: str) -> str:
        """An absolute http or https address."""
        value = self.text(name, most=2000)
        try:
            parts = urlsplit(value)
            good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
        except ValueError:
            good = False
        if not good or re.search(r"[\s\"'<>;,\\]", parts.netloc):
            raise WrongRequest(name, f"{name} is an absolute http or https address.")
        return value


def _no_offset() -> datetime:
    raise ValueError("a time without its offset is two dozen times")
