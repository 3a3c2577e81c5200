"""The notifications app's place among the installed apps."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Labels its tables `notifications_…`."""

    name = "marketplace.notifications"
    label = "notifications"
