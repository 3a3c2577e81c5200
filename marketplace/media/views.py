"""Serves uploads: never under a name of the uploader's choosing, and never as anything that could run."""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from marketplace.accounts.middleware import alike_for_all_readers
from marketplace.media.models import Photo

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",  # a name never gets other content
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@require_safe
@alike_for_all_readers
def photo(request: HttpRequest, public_name: str) -> HttpResponseBase:  # noqa: ARG001 -- anybody may ask
    """The picture as a JPEG."""
    return _serve(get_object_or_404(Photo, public_name=public_name).file, "image/jpeg")


@require_safe
@alike_for_all_readers
def thumbnail(request: HttpRequest, public_name: str) -> HttpResponseBase:  # noqa: ARG001 -- anybody may ask
    """The picture made small, as WebP."""
    return _serve(get_object_or_404(Photo, public_name=public_name).thumbnail, "image/webp")


def _serve(stored: FieldFile, content_type: str) -> HttpResponseBase:
    """The stored file with headers that let it be looked at and nothing else."""
    try:
        content = stored.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(content, content_type=content_type, headers=HEADERS)
