"""What the roof keeps: when each clock last swept."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sweep(models.Model):
    """The latest sweep of one clock. In the database, so that operators see it when Redis is empty or away."""

    by = models.CharField(max_length=20, primary_key=True, help_text=_("which clock: the worker or the second clock"))
    at = models.DateTimeField(help_text=_("the time it judged deadlines by"))
    counts = models.JSONField()

    def __str__(self) -> str:
        return f"{self.by} at {self.at:%Y-%m-%d %H:%M:%S}"
