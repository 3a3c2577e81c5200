"""Which page of a list is asked for, and where the pages beside it are."""

from django.http import HttpRequest

from marketplace.catalog.search import Found


def page_number(request: HttpRequest) -> int:
    """The page that the address names; the first where it names none."""
    number = request.GET.get("page", "1")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1


def pages_of(request: HttpRequest, found: Found) -> dict[str, object]:
    """The addresses of the pages before and after, and which this one is, for `catalog/_pages.html`."""

    def address(page: int) -> str:
        query = request.GET.copy()
        query["page"] = str(page)
        return f"?{query.urlencode()}"

    return {
        "page": found.page,
        "pages": found.pages,
        "before_url": address(found.page - 1) if found.page > 1 else "",
        "after_url": address(found.page + 1) if found.page < found.pages else "",
    }
