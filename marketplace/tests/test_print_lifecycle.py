"""The README's diagram is the table's."""

from pathlib import Path

from django.conf import settings

from marketplace.management.commands.print_lifecycle import section


def test_the_readme_shows_the_lifecycle_as_the_table_has_it() -> None:
    assert section() in (Path(settings.BASE_DIR) / "README.md").read_text()
