"""What goes wrong on purpose, and the seeded dice that decide when.

The same seed and the same calls in the same order give the same mishaps. Each kind of mishap has dice of its own, so
that how fast webhooks are delivered does not change what becomes of the API's answers.
"""

import random
import threading
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.conf import settings

from marketplace.sandbox.models import ChaosRow


@dataclass(frozen=True, kw_only=True)
class Chaos:
    """How much goes wrong. Probabilities are between 0 and 1, times in seconds."""

    seed: float = 0
    answer_delay: float = 0  # every answer of the API waits this long
    error_probability: float = 0  # the API answers 500 and has done nothing
    timeout_probability: float = 0  # the API does what it is asked, and the connection is lost before the answer
    settle_seconds: float = 1  # refunds and payouts are pending this long; 0 settles them at once
    refund_failure_probability: float = 0
    payout_failure_probability: float = 0
    payout_return_probability: float = 0  # paid, and sent back by the bank later
    payout_return_seconds: float = 10  # how much later
    chargeback_probability: float = 0  # a captured payment is asked back by the buyer's bank later
    chargeback_win_probability: float = 0.5  # and then left with the merchant after all
    chargeback_opens_seconds: float = 20  # how long after the capture, for this and for the cards that bring it about
    chargeback_decides_seconds: float = 60  # how long the bank takes to decide
    delivery_delay: float = 0  # every webhook waits this long
    duplicate_probability: float = 0.05  # a webhook is delivered twice
    shuffle_seconds: float = 0  # webhooks wait a random time up to this, so they overtake each other


class WrongChaos(ValueError):
    """A setting that does not exist or cannot be."""


NAMES = {field.name for field in fields(Chaos)}
# Sandbox Pay runs as one process (`__main__`), so these are kept in its memory.
_in_force: Chaos | None = None
_dice: dict[str, random.Random] = {}
_dice_lock = threading.Lock()


def checked(values: dict[str, Any]) -> dict[str, float]:
    """The settings, each known and within its range. Raises `WrongChaos`."""
    for name, value in values.items():
        if name not in NAMES:
            raise WrongChaos(f"there is no setting {name!r}; there are {', '.join(sorted(NAMES))}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongChaos(f"{name} is a number")
        if not 0 <= value <= (1 if name.endswith("_probability") else 10**9):
            raise WrongChaos(f"{name} cannot be {value}")
    return values


def current() -> Chaos:
    """The chaos in force: the last that was set through the API, else the environment's."""
    global _in_force  # noqa: PLW0603 -- the process is one, and so is its fate
    chaos = _in_force
    if chaos is None:
        row = ChaosRow.objects.filter(pk=1).first()
        chaos = _in_force = Chaos(**(row.values if row else checked(settings.CHAOS)))
    return chaos


def change(values: dict[str, Any]) -> Chaos:
    """Put these settings in force, all others back to their usual, and start the dice anew. Raises `WrongChaos`."""
    chaos = Chaos(**checked(values))
    ChaosRow.objects.update_or_create(pk=1, defaults={"values": asdict(chaos)})
    look_again()
    return chaos


def look_again() -> None:
    """Start the dice anew with the settings that stand in the database."""
    global _in_force  # noqa: PLW0603
    with _dice_lock:
        _in_force = None
        _dice.clear()


def chance(name: str) -> bool:
    """Throw the dice of `name`, a setting that ends in `_probability`."""
    probability: float = getattr(current(), name)
    return throw(name) < probability


def throw(name: str) -> float:
    """The next number between 0 and 1 of the dice of that name."""
    seed = current().seed
    with _dice_lock:
        if name not in _dice:
            _dice[name] = random.Random(f"{seed:g}:{name}")  # noqa: S311 -- repeatable mishaps, no secret
        return _dice[name].random()
