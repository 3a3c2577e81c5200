"""What operators see of the money: every row, and none to change. Money moves by `orders.actions` alone."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from escrow.models import (
    Account,
    Hold,
    Payment,
    ProviderEvent,
    ProviderOperation,
    SellerBalance,
    Transfer,
)
from marketplace.lib.admin import ReadOnlyAdmin, ReadOnlyInline

FULL = _("In full.")


class MoneyAdmin(ReadOnlyAdmin):
    """Newest first; nothing is counted that need not be."""

    ordering = ("-pk",)
    show_full_result_count = False
    search_help_text = FULL


class OutOfHold(ReadOnlyInline):
    """What a hold has paid out."""

    model = Transfer
    fk_name = "debit_hold"
    fields = ("key", "kind", "amount_minor", "currency", "credit_account", "at", "recorded_at")
    verbose_name_plural = _("out of this hold")


class IntoHold(ReadOnlyInline):
    """What has come into a hold."""

    model = Transfer
    fk_name = "credit_hold"
    fields = ("key", "kind", "amount_minor", "currency", "debit_account", "at", "recorded_at")
    verbose_name_plural = _("into this hold")


@admin.register(Account)
class AccountAdmin(MoneyAdmin):
    """The places where money can be."""

    list_display = ("kind", "currency", "provider", "owner")
    list_filter = ("kind", "currency")
    list_select_related = ("owner",)
    search_fields = ("owner__email__exact",)


@admin.register(SellerBalance)
class SellerBalanceAdmin(MoneyAdmin):
    """What is available to sellers."""

    list_display = ("account", "available_minor")
    list_select_related = ("account",)
    search_fields = ("account__owner__email__exact",)


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    """What buyers paid or are asked to pay."""

    list_display = ("reference", "state", "amount_minor", "currency", "provider", "buyer", "created_at", "captured_at")
    list_filter = ("state", "provider", "currency")
    list_select_related = ("buyer",)
    search_fields = ("reference__exact", "provider_reference__exact", "buyer__email__exact")
    readonly_fields = ("page_url",)


@admin.register(Hold)
class HoldAdmin(MoneyAdmin):
    """What is kept for orders, with the transfers that its totals are the sums of."""

    list_display = (
        "reference",
        "state",
        "amount_minor",
        "released_minor",
        "fee_taken_minor",
        "refunded_minor",
        "currency",
    )
    list_filter = ("state", "currency")
    search_fields = ("reference__exact",)
    inlines = (IntoHold, OutOfHold)


@admin.register(Transfer)
class TransferAdmin(MoneyAdmin):
    """Every movement of money."""

    list_display = ("key", "kind", "amount_minor", "currency", "debit_account", "credit_account", "at")
    list_filter = ("kind", "currency")
    list_select_related = ("debit_account", "credit_account")
    search_fields = ("key__exact",)


@admin.register(ProviderOperation)
class ProviderOperationAdmin(MoneyAdmin):
    """What was asked of providers, and what is known of it."""

    list_display = (
        "key",
        "kind",
        "state",
        "amount_minor",
        "currency",
        "provider",
        "tries",
        "next_try_at",
        "last_error",
    )
    list_filter = ("state", "kind", "provider")
    search_fields = ("key__exact", "provider_reference__exact")


@admin.register(ProviderEvent)
class ProviderEventAdmin(MoneyAdmin):
    """The messages of providers and carriers, and those that had no effect with the reason."""

    list_display = ("event_id", "type", "provider", "received_at", "problem")
    list_filter = ("provider", "type")
    search_fields = ("event_id__exact",)
