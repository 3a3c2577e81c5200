"""Plain SQL beside the module that runs it: installed by migrations, called by name, one round trip a call."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.operations import RunSQL


def run_file(path: str) -> RunSQL:
    """A migration operation that runs the statements of `path`, a path from the project's top folder.

    Functions are written `CREATE OR REPLACE`: a later migration that runs the file again installs its latest text.
    """
    return RunSQL((Path(settings.BASE_DIR) / path).read_text(), reverse_sql=RunSQL.noop)


def statements(path: str) -> list[str]:
    """The statements of `path`, a path from the project's top folder; each ends with a semicolon at a line's end."""
    return [part for part in (Path(settings.BASE_DIR) / path).read_text().split(";\n") if part.strip()]


def call(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement on the default database and return its rows. Without parameters a % stands for itself."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def run(statement: str) -> None:
    """Run one statement that returns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
