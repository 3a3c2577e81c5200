"""The catalog app's place among the installed apps."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Labels its tables `catalog_…`."""

    name = "marketplace.catalog"
    label = "catalog"
