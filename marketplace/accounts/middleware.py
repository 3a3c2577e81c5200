"""Shows each reader the language and the times of their own."""

import zoneinfo
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def alike_for_all_readers(view: View) -> View:
    """Mark a view whose answer is the same for everybody, so that nobody is looked up and shared caches may keep it."""
    view.alike_for_all_readers = True  # type: ignore[attr-defined]
    return view


class ReaderPreferences:
    """Activate the signed-in user's time zone and language; everybody else has the site's zone and their browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the next middleware."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, with nothing left of the one before."""
        timezone.deactivate()
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_args: object) -> None:
        """Look the reader up, once it is known that the page depends on who reads it."""
        if getattr(view, "alike_for_all_readers", False) or not request.user.is_authenticated:
            return
        timezone.activate(zoneinfo.ZoneInfo(request.user.time_zone))
        if request.user.language in dict(settings.LANGUAGES):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
