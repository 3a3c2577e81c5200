"""What is for sale: categories, listings, their immutable versions, and the stock."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Shop, User
from marketplace.lib import references
from marketplace.media.models import Photo


class Category(models.Model):
    """A shelf of the marketplace; it may have a fee of its own."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    fee_bps = models.PositiveIntegerField(
        _("fee in basis points"), null=True, blank=True, validators=[MaxValueValidator(10_000)]
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    @property
    def effective_fee_bps(self) -> int:
        """The fee on goods of this category, in basis points."""
        return settings.FEE_BPS if self.fee_bps is None else self.fee_bps


class ListingQuerySet(models.QuerySet["Listing"]):
    """Listings as buyers find them."""

    def on_display(self) -> "ListingQuerySet":
        """Those that searches and shelves show: published, in a shop that is open."""
        return self.filter(state=Listing.State.PUBLISHED, shop__state=Shop.State.OPEN)

    def in_stock(self) -> "ListingQuerySet":
        """Those of which a piece is left."""
        return self.filter(models.Exists(Variant.objects.left().filter(listing=models.OuterRef("pk"))))

    def counted_by_state(self) -> dict[str, int]:
        """How many there are of each state that there are any of."""
        return dict(self.order_by().values_list("state").annotate(count=models.Count("id")))

    def with_pieces(self) -> "ListingQuerySet":
        """With `pieces`: how many are left over all active variants; None where there is no active one."""
        active = Variant.objects.filter(listing=models.OuterRef("pk"), is_active=True).order_by()
        total = active.values("listing").annotate(total=models.Sum("stock")).values("total")
        return self.annotate(pieces=models.Subquery(total))

    def for_cards(self) -> "ListingQuerySet":
        """With all a listing card shows, in two queries for any number: version, shop, stock, and the first photo."""
        covers = ListingVersionPhoto.objects.filter(position=0).select_related("photo")
        pieces = Variant.objects.left().filter(listing=models.OuterRef("pk"))
        return (
            self.select_related("current", "shop")
            .annotate(has_stock=models.Exists(pieces))  # type: ignore[no-redef]
            .prefetch_related(models.Prefetch("current__placed_photos", covers, to_attr="covers"))
        )


class Listing(models.Model):
    """A thing for sale. What it says is in its current version; what was bought stays in the version bought."""

    class State(models.TextChoices):
        """Whether buyers can see it and buy it."""

        DRAFT = "DRAFT", _("Draft")
        PUBLISHED = "PUBLISHED", _("Published")
        PAUSED = "PAUSED", _("Paused")

    reference = models.CharField(max_length=16, unique=True, default=references.new)
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="listings")
    category = models.ForeignKey(Category, models.PROTECT, related_name="listings")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    current = models.OneToOneField("ListingVersion", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)
    last_edit = models.CharField(max_length=32, blank=True, editable=False)  # the form it was last changed with

    # What finding and sorting need, copied here so that an index can hold it: the search vector by a trigger, the
    # currency and the range of prices over the active variants by the actions.
    search = SearchVectorField(null=True, editable=False)
    currency = models.CharField(max_length=3, blank=True, editable=False)
    from_price_minor = models.PositiveBigIntegerField(null=True, editable=False)
    to_price_minor = models.PositiveBigIntegerField(null=True, editable=False)

    objects = ListingQuerySet.as_manager()
    has_stock: bool  # by ListingQuerySet.for_cards()

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="listing_search"),
            models.Index(
                fields=["category", "-published_at", "-id"],
                name="listing_on_shelf",
                condition=models.Q(state="PUBLISHED"),
            ),
            models.Index(fields=["-published_at", "-id"], name="listing_newest", condition=models.Q(state="PUBLISHED")),
            models.Index(
                fields=["currency", "from_price_minor", "id"],
                name="listing_by_price",
                condition=models.Q(state="PUBLISHED"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="DRAFT") | models.Q(current__isnull=False),
                name="listing_published_has_a_version",
            )
        ]

    def __str__(self) -> str:
        return self.current.title if self.current else self.reference

    def get_absolute_url(self) -> str:
        """The listing's public page."""
        return reverse("catalog:listing", args=[self.reference])

    @property
    def version(self) -> "ListingVersion":
        """The current version, for where there must be one; raises LookupError for a listing that says nothing yet."""
        if self.current is None:
            raise LookupError(f"listing {self.reference} has no version")
        return self.current


class ListingVersion(models.Model):
    """What a listing said at one time. Never changed: orders point here, and a dispute reads it."""

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), max_length=10_000)
    currency = models.CharField(max_length=3)
    price_minor = models.PositiveBigIntegerField()
    shipping_minor = models.PositiveBigIntegerField(help_text=_("for one piece"))
    handling_days = models.PositiveSmallIntegerField(
        validators=[
            MinValueValidator(settings.HANDLING_DAYS["least"]),
            MaxValueValidator(settings.HANDLING_DAYS["most"]),
        ]
    )
    protection_days = models.PositiveSmallIntegerField(
        validators=[
            MinValueValidator(settings.PROTECTION_DAYS["least"]),
            MaxValueValidator(settings.PROTECTION_DAYS["most"]),
        ]
    )
    photos = models.ManyToManyField(Photo, through="ListingVersionPhoto")
    created_at = models.DateTimeField(auto_now_add=True)

    covers: list["ListingVersionPhoto"]  # by ListingQuerySet.for_cards(): the first photo, if there is one

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listing", "number"], name="listing_version_number_unique"),
        ]

    def __str__(self) -> str:
        return self.title


class ListingVersionPhoto(models.Model):
    """A picture's place in a version, from 0, and what it was said to show."""

    version = models.ForeignKey(ListingVersion, models.PROTECT, related_name="placed_photos")
    photo = models.ForeignKey(Photo, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    alt = models.CharField(_("description"), max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="listing_version_photo_position_unique")
        ]

    def __str__(self) -> str:
        return f"{self.photo} at {self.position}"

    def as_shown(self) -> dict[str, object]:
        """The picture with the words that were said of it here, as the gallery and the order pages show it."""
        return {
            "url": self.photo.url,
            "thumbnail_url": self.photo.thumbnail_url,
            "alt": self.alt,
            "width": self.photo.width,
            "height": self.photo.height,
        }


class VariantQuerySet(models.QuerySet["Variant"]):
    """Variants as buyers see them."""

    def left(self) -> "VariantQuerySet":
        """Those that are switched on and of which there is a piece."""
        return self.filter(is_active=True, stock__gt=0)

    def for_sale(self) -> "VariantQuerySet":
        """Those an order may be placed for, if there are pieces left: published, switched on, the shop open."""
        return self.filter(is_active=True, listing__state=Listing.State.PUBLISHED, listing__shop__state=Shop.State.OPEN)

    def buyable_by(self, buyer: User) -> "VariantQuerySet":
        """Those for sale that are not the buyer's own: nobody buys from themselves."""
        return self.for_sale().exclude(listing__shop__owner=buyer)


class Variant(models.Model):
    """What is counted: one size, one colour, or the only kind there is. Stock never falls below zero."""

    listing = models.ForeignKey(Listing, models.PROTECT, related_name="variants")
    options = models.JSONField(default=dict, blank=True, help_text=_('such as {"Size": "M"}'))
    price_minor = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("where it differs"))
    stock = models.PositiveIntegerField(_("stock"))
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "options"], name="variant_options_unique"),
            models.CheckConstraint(condition=models.Q(stock__gte=0), name="variant_stock_not_negative"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The options in words: "Size M, Colour blue"; empty for the only kind."""
        return ", ".join(f"{name} {value}" for name, value in self.options.items())

    @property
    def short_label(self) -> str:
        """The values alone, where the names of the options stand beside: "M · blue"."""
        return " · ".join(self.options.values())
