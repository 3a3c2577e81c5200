"""Names of places in the reader's language."""

from django import template

from marketplace.accounts import places

register = template.Library()


@register.filter
def country_name(code: str) -> str:
    """The country's name: `{{ address.country|country_name }}`."""
    return places.country_name(code)
