"""What operators see of orders: all of it, and one thing to do, letting the sweep try a set-aside order again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.lib import clock
from marketplace.lib.admin import ModelAdmin, ReadOnlyAdmin, ReadOnlyInline
from orders import sweep
from orders.lifecycle import OPEN_STATES, STEPS
from orders.models import Deadline, Order, OrderLine, Policy, SetAside, Shipment


class OpenState(admin.SimpleListFilter):
    """Open orders by their state, found through their deadlines."""

    title = _("open, by state")
    parameter_name = "open"

    def lookups(self, _request: HttpRequest, _model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        """Name the open states."""
        return [(state.value, state.label) for state in OPEN_STATES]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """Those of the chosen state."""
        if self.value() not in OPEN_STATES:
            return queryset
        return queryset.filter(pk__in=Deadline.objects.filter(state=self.value()).values("order_id"))


class LineInline(ReadOnlyInline):
    """What was bought."""

    model = OrderLine
    fields = ("version", "options", "quantity", "unit_price_minor", "unit_shipping_minor")


class ShipmentInline(ReadOnlyInline):
    """What was sent."""

    model = Shipment


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """An order with its lines, parcels and history. It is found by its number, or by the e-mail of either side."""

    list_display = ("number", "state", "buyer", "seller", "total", "due_at", "placed_at")
    list_filter = (OpenState,)
    list_select_related = ("buyer", "seller")
    search_fields = ("number",)
    search_help_text = _("A number, or an e-mail address, in full.")
    ordering = ("-pk",)
    show_full_result_count = False
    inlines = (LineInline, ShipmentInline)
    readonly_fields = ("total", "net", "history", "fingerprint")

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Find by what is indexed, whole: among millions of orders nobody searches for parts."""
        word = search_term.strip().replace("\0", "")
        if not word:
            return queryset, False
        email = word.lower()
        return queryset.filter(Q(number=word.upper()) | Q(buyer__email=email) | Q(seller__email=email)), False

    @admin.display(description=_("history"))
    def history(self, order: Order) -> SafeString:
        """What happened, the oldest first."""
        lines = (
            (
                event.seq,
                event.at.isoformat(" ", "seconds"),
                STEPS[event.step].done,
                event.actor or event.party,
                event.data or "",
            )
            for event in order.events.select_related("actor")
        )
        return format_html_join("", "<div>{}. {} · {} · {} {}</div>", lines)

    @admin.display(description=_("fingerprint"))
    def fingerprint(self, order: Order) -> str:
        """The head of the chain of events."""
        return bytes(order.chain_head).hex()


@admin.register(SetAside)
class SetAsideAdmin(ReadOnlyAdmin):
    """Orders that the sweep could not settle, why, and whether it still tries by itself."""

    list_display = ("order", "tries", "reason", "failed_at", "next_try_at")
    list_select_related = ("order",)
    ordering = ("-failed_at",)
    actions = ("try_again",)

    @admin.action(description=_("Let the sweep try these orders again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[SetAside]) -> None:
        """Once the cause is removed."""
        at, chosen = clock.now(), list(queryset)
        for aside in chosen:
            sweep.retry(aside, at=at)
        said = ngettext("%(number)s order will be tried again.", "%(number)s orders will be tried again.", len(chosen))
        self.message_user(request, said % {"number": len(chosen)}, messages.SUCCESS)


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    """The rules that were ever in force."""

    list_display = ("name", "payment_window", "cancellation_window", "delivered_window", "extension_cap", "notifies")
    ordering = ("pk",)
