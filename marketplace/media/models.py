"""Pictures people upload, kept under random names."""

import secrets

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User


def random_name() -> str:
    """A name nobody can guess: 128 bits, safe in a URL."""
    return secrets.token_urlsafe(16)


class Photo(models.Model):
    """A picture that was decoded and encoded again, so that nothing but pixels is left of the upload."""

    public_name = models.CharField(max_length=22, unique=True, default=random_name)
    owner = models.ForeignKey(User, models.PROTECT, related_name="photos")
    file = models.FileField(upload_to="photos/")
    thumbnail = models.FileField(upload_to="thumbnails/")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text=_("of the upload as it arrived, hexadecimal"))
    alt = models.CharField(_("description"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.alt or self.public_name

    @property
    def url(self) -> str:
        """Where the picture is served."""
        return reverse("media:photo", args=[self.public_name])

    @property
    def thumbnail_url(self) -> str:
        """Where the small picture is served."""
        return reverse("media:thumbnail", args=[self.public_name])
