"""Public references: short, unguessable, readable over the telephone."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U


def new(length: int = 10) -> str:
    """A random reference of `length` characters; ten carry 49 bits, and a unique column settles the rest."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
