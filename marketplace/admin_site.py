"""The admin's door: one signs in to it as everywhere else, with allauth's limits on attempts and the second factor."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy

from marketplace.accounts import second_factor
from marketplace.accounts.requests import next_url


class AdminSite(admin.AdminSite):
    """Django's admin without a sign-in form of its own, which would take passwords past all of that."""

    site_header = site_title = settings.SITE_NAME
    index_title = gettext_lazy("All there is to look at")

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff who have shown their second factor where they need one."""
        return super().has_permission(request) and not second_factor.is_missing(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002
        """Send people to where they sign in, staff to their second factor, and in once they have shown both."""
        inside = next_url(request, "admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(inside)
        if not super().has_permission(request):
            raise PermissionDenied
        return second_factor.ask(request) if second_factor.is_missing(request) else HttpResponseRedirect(inside)
