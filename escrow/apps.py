"""The escrow app's place among the installed apps."""

from django.apps import AppConfig


class EscrowConfig(AppConfig):
    """Labels its tables `escrow_…`."""

    name = "escrow"
