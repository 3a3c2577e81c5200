"""What holds for every page of the site."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from marketplace.lib.contention import is_contention

logger = logging.getLogger(__name__)


class BusyPage:
    """Answers 503 where others kept the database from doing what was asked: nothing was done, so it can be repeated."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Take the next middleware."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say so, and when to try again; every other error is the server's own."""
        if not is_contention(error):
            return None
        logger.warning("%s %s found the database busy: %s", request.method, request.path, error)
        page = render(request, "503.html", status=503)
        page["Retry-After"] = "5"
        return page
