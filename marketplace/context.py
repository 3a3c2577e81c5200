"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001 -- the signature of a context processor
    """The site's name, for titles and e-mails."""
    return {"site_name": settings.SITE_NAME}
