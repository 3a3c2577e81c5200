"""Finding listings: by words, category and price, in the order asked for, a page at a time."""

from dataclasses import dataclass

from django.db.models import F

from marketplace.catalog.lookups import relevance
from marketplace.catalog.models import Category, Listing, ListingQuerySet

PAGE = 24
MOST_PAGES = 40  # nobody reads further; what is beyond is found by asking more exactly

RELEVANCE, NEWEST, CHEAPEST, DEAREST = "relevance", "newest", "cheapest", "dearest"


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. Prices are in minor units of `currency`, which must be given with them."""

    words: str = ""
    category: Category | None = None
    currency: str = ""
    least_minor: int | None = None
    most_minor: int | None = None
    order: str = NEWEST


@dataclass(frozen=True)
class Found:
    """One page of what was found; `total` counts up to `MOST_PAGES` pages and `is_capped` says that there is more."""

    page: int
    total: int
    is_capped: bool
    listings: list[Listing]

    @property
    def pages(self) -> int:
        """How many pages there are; one where nothing was found."""
        return max(1, -(-self.total // PAGE))


def find(wanted: Wanted, page: int = 1) -> Found:
    """The listings on display that fit; see `page_of`."""
    return page_of(_ordered(_matching(wanted), wanted), page)


def page_of(listings: ListingQuerySet, page: int) -> Found:
    """One page of these listings with all that their cards show; a page beyond the last is the last.

    Takes three queries, whatever the number of listings: the count, the listings, their photos.
    """
    count = listings.order_by()[: PAGE * MOST_PAGES + 1].count()
    total = min(count, PAGE * MOST_PAGES)
    page = min(max(page, 1), max(1, -(-total // PAGE)))
    shown = listings.for_cards()[(page - 1) * PAGE : page * PAGE]
    return Found(page=page, total=total, is_capped=count > total, listings=list(shown))


def _matching(wanted: Wanted) -> ListingQuerySet:
    listings = Listing.objects.on_display()
    if wanted.words:
        listings = listings.filter(search__has_words=wanted.words)
    if wanted.category:
        listings = listings.filter(category=wanted.category)
    if wanted.currency:
        listings = listings.filter(currency=wanted.currency)
    if wanted.least_minor is not None:
        listings = listings.filter(to_price_minor__gte=wanted.least_minor)
    if wanted.most_minor is not None:
        listings = listings.filter(from_price_minor__lte=wanted.most_minor)
    return listings


def _ordered(listings: ListingQuerySet, wanted: Wanted) -> ListingQuerySet:
    """In the order asked for; prices of several currencies are never compared, so they come one currency at a time."""
    if wanted.order == CHEAPEST:
        return listings.order_by("currency", "from_price_minor", "id")
    if wanted.order == DEAREST:
        return listings.order_by("currency", F("from_price_minor").desc(), "-id")
    if wanted.order == RELEVANCE and wanted.words:
        return listings.order_by(relevance(wanted.words).desc(), "-published_at", "-id")
    return listings.order_by("-published_at", "-id")
