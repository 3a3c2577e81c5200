"""What operators see of uploads."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from marketplace.lib.admin import ReadOnlyAdmin
from marketplace.media.models import Photo


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin):
    """A photo and whose it is."""

    list_display = ("public_name", "owner", "alt", "width", "height", "created_at")
    list_select_related = ("owner",)
    search_fields = ("public_name", "owner__email", "sha256")
    ordering = ("-pk",)
    show_full_result_count = False
    fields = ("shown", "public_name", "owner", "alt", "width", "height", "sha256", "created_at")

    @admin.display(description=_("picture"))
    def shown(self, photo: Photo) -> SafeString:
        """The picture itself, small."""
        return format_html('<a href="{}"><img src="{}" alt="{}"></a>', photo.url, photo.thumbnail_url, photo.alt)
