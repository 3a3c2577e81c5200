"""The orders app's place among the installed apps."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Labels its tables `orders_…`."""

    name = "orders"
