"""The roof's place among the installed apps."""

from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    """Makes our Celery application the one that every thread publishes to."""

    name = "marketplace"

    def ready(self) -> None:
        """Load the application: without it, the first hint would go to a default broker that does not exist."""
        from marketplace.celery import app  # noqa: PLC0415 -- it needs the settings

        app.set_default()
