"""Countries, currencies and time zones to choose from: the CLDR's, by way of Babel, in the reader's language."""

import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name
from django.conf import settings
from django.utils.translation import gettext as _

from marketplace.lib.money import reader_locale

# Codes the CLDR names beside ISO 3166-1's countries: reserved ones, groups of countries, and private use.
# https://www.unicode.org/reports/tr35/tr35.html#unicode_region_subtag_validity
NOT_COUNTRIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())  # noqa: SIM905 -- one line, not fourteen
# Where no postal codes are used at all (Universal Postal Union, "Countries without postcode").
WITHOUT_POSTAL_CODES = frozenset(
    "AE AG AN AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GD GH GM GN GQ GY HK KI KM KN KP LC ML MO MR MU"  # noqa: SIM905
    " MW NR NU QA RW SB SC SL SR ST SY TD TF TG TK TO TT TV UG VU YE ZW".split()
)


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES


@cache
def _countries(locale: Locale) -> tuple[tuple[str, str], ...]:
    names = ((code, name) for code, name in locale.territories.items() if _is_country(code))
    return tuple(sorted(names, key=lambda country: _fold(country[1])))


def _fold(name: str) -> str:
    """Sort “Åland Islands” among the A's."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if letter.isalpha())


def countries() -> list[tuple[str, str]]:
    """Every country as (ISO 3166-1 code, name), by name, with nothing chosen first; a form's choices."""
    return [("", _("Choose a country")), *_countries(reader_locale())]


def country_name(code: str) -> str:
    """The country's name in the reader's language; the code itself where it is none."""
    return str(reader_locale().territories.get(code, code))


def currencies() -> list[tuple[str, str]]:
    """The currencies a shop may sell in, as code and code with name ("EUR, Euro"); a form's choices."""
    locale = reader_locale()
    return [(code, f"{code}, {get_currency_name(code, locale=locale)}") for code in settings.CURRENCIES]


@cache
def _zones_by_area() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    areas: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(get_global("zone_territories")):
        area, _slash, place = zone.partition("/")
        if area != "Etc":
            areas.setdefault(area, []).append((zone, place.replace("_", " ").replace("/", " – ")))
    return tuple((area, tuple(zones)) for area, zones in areas.items())


def time_zones() -> list[tuple[str, str | tuple[tuple[str, str], ...]]]:
    """The canonical IANA zones grouped by continent, UTC before all; a form's choices."""
    return [("UTC", "UTC"), *_zones_by_area()]
