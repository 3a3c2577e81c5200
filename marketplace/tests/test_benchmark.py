"""`manage.py benchmark` measures on data of its own and leaves nothing behind."""

from pathlib import Path

import pytest

from marketplace.tests.processes import manage

DATABASES = (
    "from django.db import connection as c; u = c.cursor(); u.execute('SELECT datname FROM pg_database'); print(*u)"
)


@pytest.mark.slow
def test_the_import_is_measured_in_a_scratch_database(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    measured = manage(folder, "benchmark", "import", "--lines", "40", "--repeat", "3", "--seed", "5")

    assert measured.returncode == 0, measured.stdout
    lines = measured.stdout.splitlines()
    assert "PostgreSQL 18" in lines[0]
    assert "fsync on" in lines[0]
    assert lines[1] == "seed 5, 3 runs"
    assert lines[-1].startswith("import ")
    assert lines[-1].count(",") == 2
    databases = manage(folder, "shell", "--no-imports", "-c", DATABASES).stdout
    assert "('holdfast',)" in databases
    assert "benchmark" not in databases
