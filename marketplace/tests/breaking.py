"""Tries to break the rules of the database in raw SQL, and proves that each rule stands by itself."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from django.db import IntegrityError, connection, transaction

from marketplace.lib import sql

CONSTRAINT = "constraint"
TRIGGER = "trigger"
INDEX = "index"


@dataclass(frozen=True)
class Attempt:
    """Something that must not be possible, and the one rule that makes it so.

    `alone` says that without this rule it would go through; it does not where another rule catches it as well.
    """

    what: str
    rule: str
    statement: str
    alone: bool = True

    def __str__(self) -> str:
        return self.what.replace(" ", "_")


def insert(table: str, values: dict[str, str], changes: dict[str, str]) -> str:
    """A row of these SQL expressions, some of them changed."""
    row = {**values, **changes}
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def frozen(table: str, rule: str, thing: str, columns: str) -> list[Attempt]:
    """One attempt a column to change what was agreed."""
    return [
        Attempt(f"the {column} of {thing} is changed", rule, f"UPDATE {table} SET {column} = {column} WHERE id = 0")
        for column in columns.split()
    ]


def kept(table: str, rule: str, thing: str) -> list[Attempt]:
    """Attempts to make something that happened go away."""
    return [
        Attempt(f"{thing} is deleted", rule, f"DELETE FROM {table} WHERE false"),
        Attempt(f"all of {thing} is truncated", rule, f"TRUNCATE {table} CASCADE", alone=False),
    ]


def assert_refused(attempt: Attempt) -> None:
    """The database refuses it, because of the rule that it names, and because of that rule only."""
    table, kind = _find(attempt.rule)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        _execute(attempt.statement)
    error = refused.value.__cause__
    assert error is not None
    if kind in (CONSTRAINT, INDEX):
        assert error.diag.constraint_name == attempt.rule, error  # type: ignore[attr-defined]
    else:
        assert "PL/pgSQL function" in error.diag.context, error  # type: ignore[attr-defined]
    if attempt.alone:
        lift = {
            CONSTRAINT: f"ALTER TABLE {table} DROP CONSTRAINT {attempt.rule}",
            TRIGGER: f"ALTER TABLE {table} DISABLE TRIGGER {attempt.rule}",
            INDEX: f"DROP INDEX {attempt.rule}",
        }
        with transaction.atomic():
            _execute(lift[kind])
            _execute(attempt.statement)
            transaction.set_rollback(True)


def assert_all_tried(prefix: str, tried: Iterable[str], implied: Iterable[str]) -> None:
    """Every check, unique key and trigger on the tables of this prefix is tried, or is in `implied`.

    Primary keys, plain foreign keys and the checks that Django adds for positive fields go without saying.
    """
    rows = sql.call(
        r"""
        SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
         WHERE t.relname LIKE %s AND contype IN ('c', 'u', 'x')
           AND conname !~ ('^' || t.relname || '_.*_check$')
        UNION ALL
        SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
         WHERE t.relname LIKE %s AND contype = 'f' AND cardinality(conkey) > 1
        UNION ALL
        SELECT tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
         WHERE t.relname LIKE %s AND NOT tgisinternal
        UNION ALL
        SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
         WHERE t.relname LIKE %s AND indisunique AND indpred IS NOT NULL
        """,
        [f"{prefix}\\_%"] * 4,
    )
    assert {name for (name,) in rows} == {*tried, *implied}


def _find(rule: str) -> tuple[str, str]:
    """The table that a rule is on, and what kind of rule it is."""
    rows = sql.call(
        "SELECT conrelid::regclass::text, 'constraint' FROM pg_constraint WHERE conname = %s"
        " UNION ALL SELECT tgrelid::regclass::text, 'trigger' FROM pg_trigger WHERE tgname = %s"
        " UNION ALL SELECT indrelid::regclass::text, 'index' FROM pg_index"
        "  WHERE indexrelid::regclass::text = %s AND indpred IS NOT NULL",
        [rule, rule, rule],
    )
    assert len(rows) == 1, f"there is no rule {rule}"
    table, kind = rows[0]
    return table, kind


def _execute(statements: str) -> None:
    """Run statements one after the other; what is checked at the end of a transaction is checked after each."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statements)
