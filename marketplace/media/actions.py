"""Keeping what people upload."""

from django.core.files.base import ContentFile

from marketplace.accounts.models import User
from marketplace.media import pictures
from marketplace.media.models import Photo, random_name


def keep_photo(*, owner: User, source: pictures.Source, alt: str = "") -> Photo:
    """Decode the upload, encode it again, and keep it under a random name; the name it came with is forgotten.

    Raises `pictures.PictureError` with a message for the person who sent it.
    """
    return keep_picture(owner=owner, picture=pictures.read(source), alt=alt)


def keep_picture(*, owner: User, picture: pictures.Picture, alt: str = "") -> Photo:
    """Keep a picture that has been read already."""
    name = random_name()
    return Photo.objects.create(
        public_name=name,
        owner=owner,
        file=ContentFile(picture.jpeg, name=f"{name}.jpg"),
        thumbnail=ContentFile(picture.thumbnail, name=f"{name}.webp"),
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        alt=alt,
    )
