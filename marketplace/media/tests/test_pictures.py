"""Reading pictures: what is kept of good ones, and what is said about the others."""

import io
import struct
import zlib

import pytest
from PIL import ExifTags, Image

from marketplace.media import pictures
from marketplace.media.testing import picture_bytes

JPEG = picture_bytes()
PNG = picture_bytes("PNG")


def read(content: bytes) -> pictures.Picture:
    return pictures.read(io.BytesIO(content))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= 12 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_each_format_becomes_a_jpeg_and_a_webp_thumbnail(kind: str) -> None:
    picture = read(picture_bytes(kind, size=(900, 600)))
    assert (picture.width, picture.height) == (900, 600)
    assert opened(picture.jpeg).format == "JPEG"
    assert (opened(picture.thumbnail).format, opened(picture.thumbnail).size) == ("WEBP", (640, 427))


def test_a_large_picture_is_made_smaller() -> None:
    assert (read(picture_bytes(size=(4800, 1000))).width, read(picture_bytes(size=(4800, 1000))).height) == (2400, 500)


def test_nothing_but_pixels_is_left_of_a_photo_with_gps_and_comments() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Secret Camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (38.0, 42.0, 13.0), 3: "W", 4: (9.0, 8.0, 21.0)})
    original = picture_bytes(exif=exif, comment=b"taken at home", icc_profile=pictures.SRGB.tobytes())
    assert b"Secret Camera" in original
    picture = read(original)
    for kept in (picture.jpeg, picture.thumbnail):
        assert not opened(kept).getexif()
        assert opened(kept).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive",
                                            "progression", "loop", "background", "timestamp", "duration"}  # fmt: skip
        assert not any(word in kept for word in (b"Secret Camera", b"taken at home", b"Exif", b"ICC_PROFILE"))


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture = read(picture_bytes(size=(200, 100), exif=exif))
    assert (picture.width, picture.height) == (100, 200)


def test_what_is_transparent_lies_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (60, 60), (255, 0, 0, 0)).save(out, "PNG")
    assert near(opened(read(out.getvalue()).jpeg).getpixel((30, 30)), (255, 255, 255))


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA", "I;16"])
def test_every_mode_keeps_its_grey(mode: str) -> None:
    out = io.BytesIO()
    image = Image.new("I;16", (60, 60), 128 * 256) if mode == "I;16" else Image.new("L", (60, 60), 255).convert(mode)
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    expected = 128 if mode == "I;16" else 255
    assert near(opened(read(out.getvalue()).jpeg).getpixel((30, 30)), (expected,) * 3)


def test_colours_of_another_profile_are_converted() -> None:
    swapped = pictures.SRGB.tobytes().replace(b"rXYZ", b"tmp!").replace(b"gXYZ", b"rXYZ").replace(b"tmp!", b"gXYZ")
    picture = read(picture_bytes(colour="#c83c3c", icc_profile=swapped))
    assert near(opened(picture.jpeg).getpixel((9, 9)), (60, 200, 60))


def test_a_broken_profile_is_ignored() -> None:
    assert near(opened(read(picture_bytes(icc_profile=b"nonsense")).jpeg).getpixel((9, 9)), (0, 128, 128))


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    picture = opened(read(out.getvalue()).jpeg)
    assert near(picture.getpixel((9, 9)), (254, 0, 0))


def test_the_hash_is_of_the_upload_as_it_came() -> None:
    assert read(JPEG).sha256 == read(JPEG).sha256 != read(PNG).sha256
    assert len(read(JPEG).sha256) == 64


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes whose header says they are a picture of that size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def png_with_text_bomb() -> bytes:
    """A PNG whose comment inflates to 80 MB."""
    return PNG[:33] + chunk(b"zTXt", b"c\x00\x00" + zlib.compress(b"\x00" * 80_000_000)) + PNG[33:]


HOSTILE = {
    "nothing": (b"", "is empty"),
    "text": (b"hello", "not a JPEG, PNG or WebP"),
    "html in disguise": (b"<html><script>alert(1)</script></html>", "not a JPEG, PNG or WebP"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "not a JPEG, PNG or WebP"),
    "gif": (picture_bytes("GIF"), "not a JPEG, PNG or WebP"),
    "tiff": (picture_bytes("TIFF"), "not a JPEG, PNG or WebP"),
    "bmp": (picture_bytes("BMP"), "not a JPEG, PNG or WebP"),
    "jpeg header, then script": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00<script>alert(1)</script>", "JPEG|damaged"),
    "header alone": (b"\x89PNG\r\n\x1a\n", "JPEG|damaged"),
    "truncated jpeg": (JPEG[: len(JPEG) // 2], "damaged or incomplete"),
    "truncated png": (PNG[: len(PNG) - 30], "damaged or incomplete"),
    "truncated webp": (picture_bytes("WEBP")[:-40], "JPEG|damaged"),
    "a claim of 26 megapixels": (png_claiming(5200, 5000), "more than 25 megapixels"),
    "a claim of 100 megapixels": (png_claiming(10_000, 10_000), "more than 25 megapixels"),
    "a bomb": (png_claiming(60_000, 60_000), "more than 25 megapixels"),
    "a bomb in a comment": (png_with_text_bomb(), "damaged|JPEG"),
    "a claim without pixels": (png_claiming(500, 500), "damaged or incomplete"),
    "too small": (picture_bytes(size=(39, 500)), "too small"),
    "eleven megabytes": (JPEG + b"\0" * 11 * 1024 * 1024, "larger than 10 MB"),
    "noise": (bytes(range(256)) * 40, "not a JPEG, PNG or WebP"),
}


@pytest.mark.parametrize(("content", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_good_picture_is_refused_in_plain_words(content: bytes, message: str) -> None:
    with pytest.raises(pictures.PictureError, match=message):
        read(content)


def test_whatever_follows_a_good_picture_is_not_kept() -> None:
    picture = read(JPEG + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in picture.jpeg
    assert b"PK\x03\x04" not in picture.jpeg


def test_bytes_damaged_anywhere_never_escape_as_another_exception() -> None:
    for original in (JPEG, PNG, picture_bytes("WEBP")):
        for place in range(0, len(original), 7):
            damaged = original[:place] + bytes([original[place] ^ 0xFF]) + original[place + 1 :]
            try:
                read(damaged)
            except pictures.PictureError:
                continue
