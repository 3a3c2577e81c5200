"""The accounts app's place among the installed apps."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Labels its tables `accounts_…`."""

    name = "marketplace.accounts"
    label = "accounts"
