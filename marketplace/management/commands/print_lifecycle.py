"""Prints the life of an order as the table in orders/lifecycle.py has it; `--write` renews the README's diagram."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from orders.lifecycle import CLOSED_STATES, OPEN_STATES, STATUSES, STEPS, Step

START, END = "<!-- lifecycle: printed by `manage.py print_lifecycle` -->", "<!-- end of lifecycle -->"


def diagram() -> str:
    """The states and the steps between them as a Mermaid state diagram; silence is drawn with an hourglass."""
    lines = ["stateDiagram-v2", "    direction TB"]
    for step in STEPS.values():
        if step.target is None:
            continue
        who = "⏳ silence" if step.by_itself else str(step.party.label).lower()
        lines += [f"    {source or '[*]'} --> {step.target}: {step.name} ({who})" for source in step.sources or ("",)]
    lines += [f"    {state} --> [*]" for state in CLOSED_STATES]
    return "\n".join(lines)


def table() -> str:
    """The states with whose turn it is, what they can do, and what happens if nobody acts, as a Markdown table."""
    rows = ["| State | Whose turn | Steps | If nobody acts |", "|---|---|---|---|"]
    for state in OPEN_STATES:
        status = STATUSES[state]
        steps = [step for step in STEPS.values() if state in step.sources and not step.by_itself]
        rows.append(
            f"| {state} | {status.turn.label if status.turn else ''} | {', '.join(map(_named, steps))} "
            f"| `{status.silence}`: {status.if_nobody_acts} |"
        )
    return "\n".join(rows)


def section() -> str:
    """What stands in the README between the two marks."""
    return f"{START}\n```mermaid\n{diagram()}\n```\n\n{table()}\n{END}"


class Command(BaseCommand):
    """`manage.py print_lifecycle [--write]`."""

    help = "Print the life of an order: a Mermaid diagram and a table of states."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """One option."""
        parser.add_argument("--write", action="store_true", help="renew the section in README.md")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 -- Django's signature
        """Print, or write into the README."""
        if not options["write"]:
            self.stdout.write(section())
            return
        readme = Path(settings.BASE_DIR) / "README.md"
        text = readme.read_text()
        readme.write_text(text[: text.index(START)] + section() + text[text.index(END) + len(END) :])


def _named(step: Step) -> str:
    return f"`{step.name}` ({str(step.party.label).lower()})"
