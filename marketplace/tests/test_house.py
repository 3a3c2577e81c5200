"""The plan of the house that import-linter checks names every part of it."""

import re
from configparser import ConfigParser

import pytest
from django.conf import settings

from marketplace.tests.processes import PROJECT

ANOTHER_SYSTEM = {"marketplace.sandbox"}  # has contracts of its own


@pytest.fixture
def plan() -> ConfigParser:
    """The contracts."""
    parser = ConfigParser()
    parser.read(PROJECT / ".importlinter")
    return parser


def test_every_module_and_package_has_its_layer(plan: ConfigParser) -> None:
    layers = re.findall(r"[a-z_.]+", plan["importlinter:contract:house"]["layers"])
    inside = PROJECT / "marketplace"
    parts = {f"marketplace.{path.stem}" for path in inside.glob("*.py") if path.stem != "__init__"}
    parts |= {f"marketplace.{path.parent.name}" for path in inside.glob("*/__init__.py")}
    assert parts - set(layers) == ANOTHER_SYSTEM
    assert len(layers) == len(set(layers))


def test_every_installed_app_keeps_the_layers_of_an_app(plan: ConfigParser) -> None:
    containers = set(plan["importlinter:contract:app"]["containers"].split())
    ours = {app for app in settings.INSTALLED_APPS if (PROJECT / app.replace(".", "/")).is_dir()}
    assert ours - {"marketplace"} <= containers
