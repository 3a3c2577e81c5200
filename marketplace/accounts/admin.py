"""What operators see of people and shops; who is staff is changed by superusers alone."""

from allauth.mfa import admin as mfa_admin
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest

from marketplace.accounts.models import Address, Shop, StaffAct, User
from marketplace.lib.admin import ModelAdmin, ReadOnlyAdmin, ReadOnlyInline

KEPT = ("email", "is_superuser", "created_at", "last_login")
ONLY_BY_SUPERUSERS = ("is_active", "is_staff", "groups")


class AddressInline(ReadOnlyInline):
    """Where parcels go."""

    model = Address


@admin.register(User)
class UserAdmin(ModelAdmin):
    """A person. Passwords are theirs, and rights are given by group."""

    list_display = ("email", "name", "is_active", "is_staff", "created_at")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("-pk",)
    show_full_result_count = False
    fields = ("email", "name", "language", "time_zone", *ONLY_BY_SUPERUSERS, "is_superuser", "created_at", "last_login")
    readonly_fields = KEPT
    filter_horizontal = ("groups",)
    inlines = (AddressInline,)

    def get_readonly_fields(self, request: HttpRequest, _obj: object = None) -> tuple[str, ...]:
        """Nobody but a superuser makes somebody staff, or shuts somebody out."""
        return KEPT if request.user.is_superuser else (*KEPT, *ONLY_BY_SUPERUSERS)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """People sign up themselves."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: object = None) -> bool:
        """The books keep whoever traded."""
        return False


@admin.register(Shop)
class ShopAdmin(ReadOnlyAdmin):
    """A shop as its owner keeps it. `manage.py suspend_shop` suspends it, and says why."""

    list_display = ("name", "owner", "state", "currency", "country", "created_at")
    list_filter = ("state", "currency")
    list_select_related = ("owner",)
    search_fields = ("name", "slug", "owner__email")
    ordering = ("-pk",)


@admin.register(StaffAct)
class StaffActAdmin(ReadOnlyAdmin):
    """What the staff did."""

    list_display = ("at", "by", "act", "subject", "why")
    list_filter = ("act",)
    list_select_related = ("by",)
    search_fields = ("subject", "by__email")
    ordering = ("-at", "-pk")
    show_full_result_count = False


admin.site.unregister(mfa_admin.Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Who has a second factor, and never its secret: whoever could read that could sign in with it."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = ("user", "type", "created_at", "last_used_at")
    ordering = ("-pk",)
