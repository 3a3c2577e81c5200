"""Money: a whole number of a currency's smallest unit, how it is written, and how it is read from a person's typing.

An amount is never a float. `amount_minor` counts the smallest unit (cents for USD, yen for JPY, fils for KWD); how
many decimals that unit stands for comes from the CLDR through Babel. Two currencies are never added or compared.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberFormatError, format_currency, get_currency_precision, list_currencies, parse_decimal
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

MOST_MINOR = 10**12  # what a person may type: above any real price, far below what a bigint holds
NOT_AN_AMOUNT = re.compile(r"[^\W\d]|.{25}")  # Decimal would take "1e5", "NaN", "1_0" and a novel of digits


class MoneyError(ValueError):
    """An amount or a currency that cannot be; the message is for the person who typed it."""


class CurrencyMismatchError(MoneyError):
    """Two currencies met where only one makes sense."""


@cache
def _known_currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def decimals(currency: str) -> int:
    """How many decimals the currency's smallest unit stands for: 2 for USD, 0 for JPY, 3 for KWD.

    Raises `MoneyError` for a code that is no ISO 4217 currency.
    """
    if currency not in _known_currencies():
        raise MoneyError(_("“%(code)s” is not a currency we know.") % {"code": currency})
    return get_currency_precision(currency)


def reader_locale() -> Locale:
    """Babel's locale for the language that is active for this reader; English where Babel knows no such language."""
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency's smallest unit; may be negative, as a difference.

    Raises `MoneyError` where the amount is not an integer or the currency is unknown.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount_minor, int) or isinstance(self.amount_minor, bool):
            raise MoneyError(_("An amount is a whole number of the currency's smallest unit."))
        decimals(self.currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in whole units, exactly: 4018 US cents are Decimal("40.18")."""
        return Decimal(self.amount_minor).scaleb(-decimals(self.currency))

    def format(self, locale: Locale | str | None = None) -> str:
        """As the reader writes it ("$40.18", "¥1,500"); in the active language unless a locale is given."""
        return format_currency(self.decimal, self.currency, locale=locale or reader_locale())

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatchError(
                _("%(one)s and %(other)s cannot be reckoned together.")
                % {"one": self.currency, "other": other.currency}
            )
        return other.amount_minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same(other), self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount_minor * quantity, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount_minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount_minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount_minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount_minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def __str__(self) -> str:
        return self.format()


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of the amounts, all of this currency; zero where there are none.

    Raises `CurrencyMismatchError` where one is of another currency.
    """
    return sum(amounts, start=Money(0, currency))


def _number(text: str, locale: Locale | str) -> Decimal | None:
    """The number that the text is in the locale, or None."""
    try:
        return None if NOT_AN_AMOUNT.search(text) else parse_decimal(text, locale=locale, strict=True)
    except NumberFormatError:
        return None


def parse(text: str, currency: str, locale: Locale | str | None = None) -> Money:
    """Read what a person typed ("40.18", "1,250", "$ 40") as an amount of the currency.

    Separators are those of the locale, by default of the active language, and grouping must be right: "40,18" in
    English is refused rather than read as 4,018. Raises `MoneyError`, with a message for the person, where it is no
    number, is negative, has more decimals than the currency, or is beyond any price.
    """
    locale = locale or reader_locale()
    places = decimals(currency)
    symbol = format_currency(0, currency, format="¤", locale=locale)
    bare = text.strip().removeprefix(symbol).removeprefix(currency).removesuffix(symbol).removesuffix(currency).strip()
    value = _number(bare, locale)
    if value is None:
        example = Money(1250 * 10**places, currency).format(locale)
        raise MoneyError(_("Enter an amount such as %(example)s.") % {"example": example})
    if value < 0:
        raise MoneyError(_("Enter an amount that is not negative."))
    minor = value.scaleb(places)
    if minor != minor.to_integral_value():
        if not places:
            raise MoneyError(_("%(code)s has no decimals.") % {"code": currency})
        raise MoneyError(_("%(code)s has at most %(places)d decimals.") % {"code": currency, "places": places})
    if minor > MOST_MINOR:
        raise MoneyError(_("Enter an amount below %(most)s.") % {"most": Money(MOST_MINOR, currency).format(locale)})
    return Money(int(minor), currency)
