"""What every template may use."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest

from orders.views import cart

THEMES = ("light", "dark")


def site(request: HttpRequest) -> dict[str, object]:
    """The site's name; the theme the reader chose, empty where their system decides; the pieces in the cart.

    The cart is counted once, and only by a page that shows the count.
    """
    theme = request.COOKIES.get("theme", "")
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in THEMES else "",
        "cart_count": cache(lambda: cart.count_of(request)),
    }
