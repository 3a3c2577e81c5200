"""The media app's place among the installed apps."""

from django.apps import AppConfig


class MediaConfig(AppConfig):
    """Labels its tables `media_…`."""

    name = "marketplace.media"
    label = "media"
