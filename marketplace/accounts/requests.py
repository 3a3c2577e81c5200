"""What a view behind `login_required` is handed, and where it may send the person next."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from marketplace.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request whose user is known; annotate views that `login_required` guards with it."""

    user: User


def next_url(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that `next` in the form or the address names, or the view named `otherwise`.

    Addresses of other sites are not followed: a link to us must not end elsewhere.
    """
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else reverse(otherwise)
