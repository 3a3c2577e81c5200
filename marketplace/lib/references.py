"""Public references: short, unguessable, readable over the telephone."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U


def new(length: int = 10) -> str:
    """A random reference of `length` characters; ten carry 49 bits, and a unique column settles the rest."""
    return spell(secrets.randbelow(len(ALPHABET) ** length), length)


def spell(number: int, length: int) -> str:
    """The number's last `length` digits, written in the letters of a reference."""
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))
