"""Makes pictures and photos for the tests of this app and of those above it."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from marketplace.accounts.models import User
from marketplace.media.actions import keep_photo
from marketplace.media.models import Photo


def picture_bytes(
    kind: str = "JPEG", *, size: tuple[int, int] = (120, 80), colour: str = "teal", **options: object
) -> bytes:
    """A picture of one colour, as a file's content."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def upload(content: bytes | None = None, name: str = "mug.jpg") -> SimpleUploadedFile:
    """A file as a browser sends it; a good picture unless told otherwise."""
    return SimpleUploadedFile(name, picture_bytes() if content is None else content, "image/jpeg")


def make_photo(owner: User, *, alt: str = "A blue mug", colour: str = "teal") -> Photo:
    """A photo that was uploaded."""
    return keep_photo(owner=owner, source=io.BytesIO(picture_bytes(colour=colour)), alt=alt)
