"""Who may open the pages of the staff: decorate each of them with one of these."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse

from marketplace.accounts import second_factor, staff
from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest

P = ParamSpec("P")
StaffView = Callable[Concatenate[SignedInRequest, P], HttpResponse]


def operators_only(view: StaffView[P]) -> StaffView[P]:
    """A page for those who run this marketplace. To everybody else who is signed in there is no such page."""
    return _only(staff.is_operator, view)


def mediators_only(view: StaffView[P]) -> StaffView[P]:
    """A page for those who settle disputes. To everybody else who is signed in there is no such page."""
    return _only(staff.is_mediator, view)


def _only(belongs: Callable[[User], bool], view: StaffView[P]) -> StaffView[P]:
    @login_required
    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not belongs(request.user):
            raise Http404
        if second_factor.is_missing(request):
            return second_factor.ask(request)
        return view(request, *args, **kwargs)

    return guarded
