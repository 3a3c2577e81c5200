"""What a picture is: bytes that decode, within the limits, and are encoded again by us.

Nothing here knows of users or the database. The type is decided by decoding, never by name or header.
"""

import hashlib
import io
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
ACCEPT = "image/jpeg,image/png,image/webp"  # for the file field; decoding decides
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
LEAST_SIDE = 40
PICTURE_SIDE = 2400  # the longer side of what is kept, in pixels
THUMBNAIL_SIDE = 640
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


class Source(Protocol):
    """An upload, an open file: whatever can be read."""

    def read(self, size: int, /) -> bytes: ...


class PictureError(ValueError):
    """It cannot be kept; the message is for the person who sent it."""


@dataclass(frozen=True)
class Picture:
    """A picture encoded again: nothing but pixels is left, upright, in sRGB."""

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    sha256: str


def limits() -> str:
    """The limits in words, told before a file is chosen."""
    return _("JPEG, PNG or WebP, at most %(megabytes)d MB and %(megapixels)d megapixels each.") % {
        "megabytes": MOST_BYTES // 1024 // 1024,
        "megapixels": MOST_PIXELS // 1_000_000,
    }


def read(source: Source) -> Picture:
    """Decode, check and encode anew what the file holds, and hash it as it came.

    Raises `PictureError` for anything but a whole JPEG, PNG or WebP picture within the limits.
    """
    data = source.read(MOST_BYTES + 1)
    if not data:
        raise PictureError(_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise PictureError(_("The file is larger than %(most)d MB.") % {"most": MOST_BYTES // 1024 // 1024})
    picture = _decode(data)
    picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.LANCZOS)
    thumbnail = picture.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return Picture(
        jpeg=_encode(picture, "JPEG", quality=86, optimize=True, progressive=True),
        thumbnail=_encode(thumbnail, "WEBP", quality=80, method=2),
        width=picture.width,
        height=picture.height,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _decode(data: bytes) -> Image.Image:
    """The picture upright in RGB; of a moving one the first frame."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image)
            image.load()
            return _plain(image)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(_("This is not a JPEG, PNG or WebP picture.")) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(_too_many_pixels()) from error
    except Exception as error:  # whatever a decoder stumbles over in hostile bytes is one answer to the sender
        raise PictureError(_("The picture is damaged or incomplete. Save it again, or choose another.")) from error


def _check_size(image: Image.Image) -> None:
    """Judge by the header, before any pixel is decoded."""
    if image.width * image.height > MOST_PIXELS:
        raise PictureError(_too_many_pixels())
    if min(image.size) < LEAST_SIDE:
        raise PictureError(_("The picture is too small: %(least)d pixels a side at least.") % {"least": LEAST_SIDE})


def _too_many_pixels() -> str:
    return _("The picture has more than %(most)d megapixels.") % {"most": MOST_PIXELS // 1_000_000}


def _plain(image: Image.Image) -> Image.Image:
    """Upright, on white where it was transparent, its colours in sRGB, without anything else it carried."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):  # deep greys: scaled, where convert() would clip them to white
        upright = upright.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        paper = Image.new("RGBA", upright.size, "white")
        paper.alpha_composite(upright)
        return paper.convert("RGB")
    profile = upright.info.get("icc_profile")
    if profile and upright.mode in {"RGB", "CMYK"}:
        with suppress(ImageCms.PyCMSError, OSError):  # a broken profile: the plain conversion below will do
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(upright, source, SRGB, outputMode="RGB")
            if converted is not None:
                return converted
    return upright.convert("RGB")


def _encode(image: Image.Image, kind: str, **options: object) -> bytes:
    """The pixels alone: what else the upload carried (EXIF, GPS, comments, profiles) is dropped here."""
    bare = Image.frombytes("RGB", image.size, image.tobytes())
    out = io.BytesIO()
    bare.save(out, kind, **options)
    return out.getvalue()
