"""One showing of the page on which a seller writes a listing: its fields, its kinds and its photos.

The page works without scripts. Some of its buttons save; the others (upload, move, remove, show the kinds) only show
it again, with all that was typed and all photos that were accepted: those are kept as soon as they arrive, and the
page names them in hidden fields.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from marketplace.accounts.models import Shop
from marketplace.catalog.actions import ListingContent, PlacedPhoto
from marketplace.catalog.listing_form import (
    KindForm,
    ListingForm,
    combinations,
    initial_of,
    kind_prefix,
    raw,
    typed,
)
from marketplace.catalog.models import Listing, Variant
from marketplace.lib import references
from marketplace.media import pictures
from marketplace.media.actions import keep_photo
from marketplace.media.models import Photo

MOST_PHOTOS = 8
SLOTS = 2  # for new photos, each time the page is shown
ALT_LENGTH = 200
SAVING = {"save", "publish"}


@dataclass
class PhotoDraft:
    """A photo of the listing being written, and what is said to be seen on it."""

    photo: Photo
    alt: str
    error: str = ""

    @property
    def field(self) -> str:
        """The name of the field with its description."""
        return f"alt-{self.photo.public_name}"


@dataclass(frozen=True)
class Problem:
    """Something to put right, and the field where."""

    text: str
    field: str


class Editor:
    """The page's state, out of the listing or out of what was posted."""

    def __init__(
        self,
        *,
        shop: Shop,
        listing: Listing | None,
        data: QueryDict | None,
        files: "MultiValueDict[str, UploadedFile[Any]]",
    ) -> None:
        """Take the posted data, keep the photos that came with it, and do what the pressed button says."""
        self.shop, self.listing, self.data = shop, listing, data
        self.act, _colon, self._argument = (data.get("act", "save") if data is not None else "").partition(":")
        self.upload_problems: list[Problem] = []
        self.photos = list(self._posted_photos() if data is not None else self._current_photos())
        if data is not None:
            self._keep_uploads(files)
            self._move_photos()

    @property
    def is_saving(self) -> bool:
        """Whether the pressed button saves."""
        return self.act in SAVING

    @cached_property
    def form(self) -> ListingForm:
        """The listing's fields; judged only when it is being saved."""
        currency = self.shop.currency
        if self.data is not None and self.is_saving:
            return ListingForm(self.data, currency=currency)
        if self.data is not None:
            return ListingForm(initial=raw(self.data, ListingForm), currency=currency)
        return ListingForm(initial=initial_of(self.listing) if self.listing else None, currency=currency)

    @cached_property
    def kinds(self) -> list[KindForm]:
        """A row for each combination of the options."""
        source = self.data if self.data is not None else self.form.initial
        return [self._kind(options) for options in combinations(source)]

    @property
    def has_options(self) -> bool:
        """Whether there is anything to choose."""
        return any(kind.options for kind in self.kinds)

    def _kind(self, options: dict[str, str]) -> KindForm:
        prefix = kind_prefix(options)
        if self.data is None or f"{prefix}-shown" not in self.data:
            initial = self._kind_as_it_is(options)
            return KindForm(initial=initial, options=options, currency=self.shop.currency)
        if self.is_saving:
            return KindForm(self.data, options=options, currency=self.shop.currency)
        return KindForm(initial=raw(self.data, KindForm, prefix), options=options, currency=self.shop.currency)

    def _kind_as_it_is(self, options: dict[str, str]) -> dict[str, object]:
        """The row of a kind that was not on the page before; what is not offered now stays so until it is ticked."""
        variant = next((one for one in self._variants if one.options == options and one.is_active), None)
        if variant is None:
            return {"offered": self.data is not None or self.listing is None, "shown": True}
        price = typed(variant.price_minor, self.shop.currency)
        stock = {"stock": variant.stock, "stock_was": variant.stock}
        return {"offered": True, "shown": True, "price": price, **stock}

    @cached_property
    def _variants(self) -> list[Variant]:
        return list(self.listing.variants.all()) if self.listing else []

    # --- Photos ---

    @property
    def slots(self) -> list[str]:
        """The names of the fields for new photos."""
        return [f"upload-{number}" for number in range(min(SLOTS, MOST_PHOTOS - len(self.photos)))]

    @property
    def limits(self) -> str:
        """What a photo may be, told before one is chosen."""
        return pictures.limits()

    def _current_photos(self) -> Iterator[PhotoDraft]:
        if self.listing:
            for placed in self.listing.version.placed_photos.select_related("photo"):
                yield PhotoDraft(placed.photo, placed.alt)

    def _posted_photos(self) -> Iterator[PhotoDraft]:
        """The photos that the page named, in its order: the seller's own, whatever else it names."""
        names = list(dict.fromkeys(self._all("photo")))[:MOST_PHOTOS]
        own = Photo.objects.filter(owner=self.shop.owner_id, public_name__in=names).in_bulk(field_name="public_name")
        for name in names:
            if name in own:
                yield PhotoDraft(own[name], self._text(f"alt-{name}")[:ALT_LENGTH])

    def _keep_uploads(self, files: "MultiValueDict[str, UploadedFile[Any]]") -> None:
        """Keep each photo that came and is good; say of each other one what is wrong with it."""
        for slot in self.slots:
            upload = files.get(slot)
            if upload is None:
                continue
            alt = self._text(f"{slot}-alt")[:ALT_LENGTH]
            try:
                photo = keep_photo(owner=self.shop.owner, source=upload, alt=alt)
            except pictures.PictureError as error:
                text = _("%(name)s was not kept: %(why)s") % {"name": upload.name, "why": error}
                self.upload_problems.append(Problem(text, slot))
            else:
                self.photos.append(PhotoDraft(photo, alt))

    def _move_photos(self) -> None:
        """Remove or move the photo that the pressed button names."""
        place = next((i for i, draft in enumerate(self.photos) if draft.photo.public_name == self._argument), None)
        if place is None:
            return
        draft = self.photos.pop(place)
        if self.act == "earlier":
            self.photos.insert(max(place - 1, 0), draft)
        elif self.act == "later":
            self.photos.insert(place + 1, draft)
        elif self.act != "remove":
            self.photos.insert(place, draft)

    # --- Saving ---

    @cached_property
    def reference(self) -> str:
        """The reference a new listing gets, chosen when its page is first shown, so that a second click is known."""
        posted = self._text("reference")
        taken = Listing.objects.filter(reference=posted).exclude(shop=self.shop).exists()
        return posted if re.fullmatch(rf"[{references.ALPHABET}]{{10}}", posted) and not taken else references.new()

    @cached_property
    def edit(self) -> str:
        """This page's own name, by which a second click on it is known."""
        return self._text("edit")[:32] or secrets.token_hex(8)

    @cached_property
    def version_seen(self) -> int:
        """The number of the version that the page was made from."""
        posted = self._text("version")
        if posted.isascii() and posted.isdigit() and len(posted) < 9:
            return int(posted)
        return self.listing.version.number if self.listing else 0

    def is_valid(self) -> bool:
        """Whether all of it can be saved."""
        self._judge_photos()
        return self.form.is_valid() and not self.problems

    def _judge_photos(self) -> None:
        for draft in self.photos:
            if not draft.alt:
                draft.error = _("Say what the photo shows, for those who cannot see it.")

    @property
    def problems(self) -> list[Problem]:
        """What has to be put right before it can be saved, from the top of the page to its foot."""
        return [
            *(Problem(draft.error, draft.field) for draft in self.photos if draft.error),
            *self.upload_problems,
            *self._photo_count_problems(),
            *self._field_problems(),
            *self._kind_problems(),
        ]

    def _field_problems(self) -> Iterator[Problem]:
        for name, texts in self.form.errors.items():
            for text in texts:
                yield Problem(f"{self.form[name].label}: {text}", f"id_{name}")

    def _kind_problems(self) -> Iterator[Problem]:
        if not self.is_saving or self.form.errors:
            return
        for kind in self.kinds:
            field = f"id_{kind.prefix}-stock"
            if not kind.is_bound:
                yield Problem(_("Say how many pieces there are of %(kind)s.") % {"kind": kind.label}, field)
            for texts in kind.errors.values():
                for text in texts:
                    yield Problem(f"{kind.label}: {text}" if kind.label else str(text), field)
        if not any(kind.is_bound and kind.is_valid() and kind.cleaned_data["offered"] for kind in self.kinds):
            yield Problem(_("Tick one kind at least that is for sale."), "kinds")

    def _photo_count_problems(self) -> Iterator[Problem]:
        is_on_display = self.listing is not None and self.listing.state == Listing.State.PUBLISHED
        if not self.photos and (self.act == "publish" or (is_on_display and self.is_saving)):
            yield Problem(_("Add a photo: nobody buys what they cannot see."), "photos")

    def content(self) -> ListingContent:
        """What the seller says of the listing, once it is valid."""
        data = self.form.cleaned_data
        return ListingContent(
            category=data["category"],
            title=data["title"],
            description=data["description"],
            price_minor=data["price"],
            shipping_minor=data["shipping"],
            handling_days=data["handling_days"],
            protection_days=data["protection_days"],
            photos=[PlacedPhoto(draft.photo, draft.alt) for draft in self.photos],
            variants=[kind.content() for kind in self.kinds if kind.cleaned_data["offered"]],
        )

    def _text(self, name: str) -> str:
        """A posted text without what no field may hold."""
        return (self.data.get(name) or "").replace("\0", "").strip() if self.data is not None else ""

    def _all(self, name: str) -> list[str]:
        return [str(value) for value in self.data.getlist(name)] if self.data is not None else []
