"""The settings and the list of their variables say the same."""

import re

import pytest

from marketplace.tests.processes import PROJECT

READERS = re.compile(r"""(?:env\.[a-z_]+|_named|environ\.get|\benviron)[(\[]\s*"([A-Z][A-Z0-9_]+)\"""")
LISTED = re.compile(r"^# ([A-Z][A-Z0-9_]+)=", re.MULTILINE)
WHERE_VARIABLES_ARE_READ = ["marketplace/settings.py", "marketplace/sandbox/settings.py", "marketplace/lib/embedded.py"]


@pytest.fixture
def variables() -> set[str]:
    """What the settings read from the environment."""
    texts = [(PROJECT / path).read_text() for path in WHERE_VARIABLES_ARE_READ if (PROJECT / path).exists()]
    return {name for text in texts for name in READERS.findall(text)}


def test_every_variable_is_listed_once_in_the_example(variables: set[str]) -> None:
    listed = LISTED.findall((PROJECT / ".env.example").read_text())
    assert len(variables) > 20
    assert sorted(listed) == sorted(variables)
