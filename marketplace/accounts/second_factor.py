"""The second factor that staff show before they see anything of other people's, where STAFF_MFA_REQUIRED says so."""

from urllib.parse import quote

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _


def is_missing(request: HttpRequest) -> bool:
    """Whether a signed-in person has yet to show, in this session, the second factor that staff need."""
    if not settings.STAFF_MFA_REQUIRED:
        return False
    shown = get_authentication_records(request, request.user)
    return not any(record["method"] == "mfa" for record in shown)


def ask(request: HttpRequest) -> HttpResponse:
    """Send the signed-in person to where they show their second factor, and from there back here.

    Somebody who has none yet sets one up first.
    """
    if is_mfa_enabled(request.user):
        back = quote(request.get_full_path())
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?next={back}")
    messages.warning(request, _("The pages of the staff need a second factor. Set one up, then come back."))
    return HttpResponseRedirect(reverse("mfa_activate_totp"))
