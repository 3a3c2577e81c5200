"""What operators see of the outbox and the e-mails: everything, and two ways to try again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.lib import clock
from marketplace.lib.admin import ModelAdmin, ReadOnlyAdmin
from marketplace.notifications import mail, outbox
from marketplace.notifications.models import Email, Notice, OutboxEntry


class SetAsideFilter(admin.SimpleListFilter):
    """The entries that wait for an operator."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, _request: HttpRequest, _model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        """Name the two standings."""
        return [("set-aside", _("Set aside")), ("waiting", _("Waiting"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[OutboxEntry]) -> QuerySet[OutboxEntry]:
        """Those of the chosen standing."""
        most = OutboxEntry.MOST_TRIES
        chosen = {"set-aside": queryset.filter(tries__gte=most), "waiting": queryset.filter(tries__lt=most)}
        return chosen.get(self.value() or "", queryset)


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ReadOnlyAdmin):
    """What has yet to be told, and why it could not be."""

    list_display = ("topic", "subject_id", "seq", "created_at", "tries", "next_try_at", "last_error")
    list_filter = (SetAsideFilter, "topic")
    ordering = ("-tries", "pk")
    actions = ("try_again",)

    @admin.action(description=_("Try the set-aside entries again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxEntry]) -> None:
        """Let the next sweep tell them."""
        number = outbox.try_again(list(queryset))
        said = ngettext("%(number)s entry will be tried again.", "%(number)s entries will be tried again.", number)
        self.message_user(request, said % {"number": number}, messages.SUCCESS)


@admin.register(Email)
class EmailAdmin(ReadOnlyAdmin):
    """Every e-mail, what became of it, and whether the receiver may have it twice."""

    list_display = ("subject", "address", "state", "possibly_repeated", "tries", "created_at", "sent_at", "last_error")
    list_filter = ("state", "possibly_repeated", "topic")
    search_fields = ("address", "subject")
    list_select_related = False
    ordering = ("-pk",)
    show_full_result_count = False
    actions = ("send_again",)

    @admin.action(description=_("Send the given-up e-mails after all"), permissions=["retry"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Email]) -> None:
        """Let the next sweep send them."""
        number = mail.send_again(list(queryset), clock.now())
        said = ngettext("%(number)s e-mail will be sent.", "%(number)s e-mails will be sent.", number)
        self.message_user(request, said % {"number": number}, messages.SUCCESS)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """What people were told in the app."""

    list_display = ("title", "user", "topic", "created_at", "read_at")
    list_filter = ("topic",)
    list_select_related = ("user",)
    search_fields = ("user__email", "title")
    ordering = ("-pk",)
    show_full_result_count = False
