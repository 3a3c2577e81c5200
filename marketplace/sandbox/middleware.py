"""The headers that every page of the provider carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action "


def security_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Allow no script and no frame, no search engine, no cache.

    A page whose form leads on to another site (the merchant's return page) names that origin in
    `request.leads_to`, because browsers hold a form's redirects to `form-action` too.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = f"{POLICY}'self' {getattr(request, 'leads_to', '')}".rstrip()
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "no-store"
        return response

    return answer
