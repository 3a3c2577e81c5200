"""Keeping an upload, and serving it."""

import re

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import User
from marketplace.media import pictures
from marketplace.media.actions import keep_photo
from marketplace.media.models import Photo
from marketplace.media.testing import make_photo, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("rita@example.com", "correct horse", name="Rita")


@pytest.mark.parametrize("name", ["mug.jpg", "../../etc/passwd", "a\x00b.php", "x" * 300 + ".svg", "", "evil.html"])
def test_a_photo_is_kept_under_a_random_name_whatever_the_upload_is_called(owner: User, name: str) -> None:
    file = upload()
    file.name = name or "x"
    photo = keep_photo(owner=owner, source=file, alt="A blue mug")
    assert re.fullmatch(r"photos/[\w-]{22}\.jpg", str(photo.file))
    assert re.fullmatch(r"thumbnails/[\w-]{22}\.webp", str(photo.thumbnail))
    assert (photo.width, photo.height, photo.alt) == (120, 80, "A blue mug")


def test_a_refused_upload_leaves_nothing_behind(owner: User) -> None:
    with pytest.raises(pictures.PictureError):
        keep_photo(owner=owner, source=upload(b"<script>"))
    assert not Photo.objects.exists()


def test_the_same_picture_twice_has_two_names(owner: User) -> None:
    assert make_photo(owner).public_name != make_photo(owner).public_name


@pytest.mark.parametrize(("address", "content_type"), [("url", "image/jpeg"), ("thumbnail_url", "image/webp")])
def test_a_photo_is_served_to_look_at_and_for_nothing_else(owner: User, address: str, content_type: str) -> None:
    response = Client().get(getattr(make_photo(owner), address))
    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_serving_takes_one_query_and_does_not_ask_who_looks(owner: User) -> None:
    photo = make_photo(owner)
    client = Client()
    client.force_login(owner)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(photo.url)
    response.close()
    assert len(queries) == 1
    assert "Cookie" not in response.get("Vary", "")


def test_a_name_that_was_never_given_is_not_found(owner: User) -> None:
    make_photo(owner)
    assert Client().get("/media/AAAAAAAAAAAAAAAAAAAAAA/photo.jpg").status_code == 404
    assert Client().get("/media/../settings.py/photo.jpg").status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(owner: User) -> None:
    photo = make_photo(owner)
    default_storage.delete(str(photo.file))
    assert Client().get(photo.url).status_code == 404


def test_nothing_can_be_sent_to_a_photo(owner: User) -> None:
    assert Client().post(make_photo(owner).url).status_code == 405


@pytest.mark.parametrize("name", ["%00", "a%00b", "..%2f..%2fetc%2fpasswd", "x" * 300, "%ff%fe"])
@pytest.mark.parametrize("file", ["photo.jpg", "thumbnail.webp"])
def test_there_is_nothing_under_a_name_that_is_none(name: str, file: str) -> None:
    assert Client().get(f"/media/{name}/{file}").status_code == 404
