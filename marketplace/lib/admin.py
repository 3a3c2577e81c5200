"""The admin of rows that people may look at and nobody edits by hand."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:  # they take no parameters at run time
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """Nobody adds, changes or deletes a row here; an action may still have one tried again."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """Nobody may."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """Nobody may."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Who may change such rows by Django's permissions may have them tried again (`permissions=["retry"]`)."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))


class ReadOnlyInline(TabularInline):
    """Rows that belong to another, to look at on its page."""

    extra = 0
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """Nobody may."""
        return False
