"""What operators see of the catalog: all of it. They keep the categories; listings are their sellers'."""

from django.contrib import admin

from marketplace.catalog.models import Category, Listing, ListingVersion, ListingVersionPhoto, Variant
from marketplace.lib.admin import ModelAdmin, ReadOnlyAdmin, ReadOnlyInline


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    """A shelf and its fee. Another fee counts for orders placed from then on; those placed keep theirs."""

    list_display = ("name", "slug", "fee_bps", "position")
    list_editable = ("position",)
    prepopulated_fields = {"slug": ("name",)}


class VersionInline(ReadOnlyInline):
    """What the listing said, and says."""

    model = ListingVersion
    fields = ("number", "title", "currency", "price_minor", "shipping_minor", "created_at")
    readonly_fields = ("created_at",)
    show_change_link = True
    ordering = ("-number",)


class VariantInline(ReadOnlyInline):
    """The kinds and what is left of them."""

    model = Variant
    fields = ("options", "stock", "price_minor", "is_active")


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin):
    """A listing with its versions and its stock."""

    list_display = ("__str__", "reference", "shop", "category", "state", "published_at")
    list_filter = ("state", "category")
    list_select_related = ("current", "shop", "category")
    search_fields = ("reference", "current__title", "shop__name")
    ordering = ("-pk",)
    show_full_result_count = False
    inlines = (VersionInline, VariantInline)


class PlacedPhotoInline(ReadOnlyInline):
    """The photos of the version, in their order."""

    model = ListingVersionPhoto
    fields = ("position", "photo", "alt")


@admin.register(ListingVersion)
class ListingVersionAdmin(ReadOnlyAdmin):
    """What a listing said at one time."""

    list_display = ("title", "listing", "number", "currency", "price_minor", "created_at")
    list_select_related = ("listing__current",)
    search_fields = ("title", "listing__reference")
    ordering = ("-pk",)
    show_full_result_count = False
    inlines = (PlacedPhotoInline,)
