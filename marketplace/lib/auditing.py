"""What an audit finds: each rule that the books keep, its figures, and what breaks it.

The rules are plain SQL beside the app that they belong to (`<app>/sql/audit.sql`). Every statement returns rows of
(rule, figures, broken, examples): the rule as a sentence, figures as JSON `[label, number, currency or null]`, how many
things break the rule, and the names of a few of them.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from marketplace.lib import sql
from marketplace.lib.money import Money


@dataclass(frozen=True)
class Figure:
    """One number that a rule is about: an amount in minor units where there is a currency, otherwise a count."""

    label: str
    number: int
    currency: str | None = None

    def __str__(self) -> str:
        amount = Money(self.number, self.currency).format() if self.currency else f"{self.number:,}"
        return f"{self.label} {amount}"


@dataclass(frozen=True)
class Finding:
    """One rule as it stands now. `broken` counts what breaks it; `examples` names a few of those."""

    rule: str
    figures: tuple[Figure, ...]
    broken: int
    examples: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing breaks it."""
        return self.broken == 0

    def __str__(self) -> str:
        figures = ", ".join(str(figure) for figure in self.figures)
        broken = "" if self.holds else f" BROKEN by {self.broken:,}: {', '.join(self.examples)}"
        return f"{self.rule} ({figures}).{broken}"


def broken(findings: Sequence[Finding]) -> list[Finding]:
    """Those that do not hold."""
    return [finding for finding in findings if not finding.holds]


@contextmanager
def snapshot() -> Iterator[None]:
    """See one moment of the database throughout, however much moves meanwhile, and take the time it takes.

    Inside a transaction that has begun (a test's) it is that transaction's view.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        yield


def run(path: str) -> list[Finding]:
    """What the rules in this file find; `path` is from the project's top folder."""
    return [
        Finding(rule, tuple(Figure(*figure) for figure in json.loads(figures)), count, tuple(examples or ()))
        for statement in sql.statements(path)
        for rule, figures, count, examples in sql.call(statement)
    ]
