"""Sandbox Pay as a Django application."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The provider's tables, pages and API."""

    name = "marketplace.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"
