"""What operators see of the clocks."""

from django.contrib import admin

from marketplace.lib.admin import ReadOnlyAdmin
from marketplace.models import Sweep


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    """The latest sweep of each clock, and what it did."""

    list_display = ("by", "at", "counts")
