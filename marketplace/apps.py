"""The roof's place among the installed apps."""

from django.apps import AppConfig
from django.contrib.admin import apps as django_admin


class MarketplaceConfig(AppConfig):
    """Makes our Celery application the one that every thread publishes to."""

    name = "marketplace"
    default = True

    def ready(self) -> None:
        """Load the application: without it, the first hint would go to a default broker that does not exist."""
        from marketplace.celery import app  # noqa: PLC0415 -- it needs the settings

        app.set_default()


class AdminConfig(django_admin.AdminConfig):
    """Django's admin behind our own door."""

    default = False
    default_site = "marketplace.admin_site.AdminSite"
