#!/usr/bin/env python
"""Django's command line for Holdfast. Start here: `python manage.py demo`."""

import os
import sys


def main() -> None:
    """Run one management command under the project's settings, with the services it needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    from marketplace.lib.commands import services_for

    with services_for(sys.argv):
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
