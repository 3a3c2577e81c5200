"""Amounts are exact, currencies never mix, and what a person types is read or refused clearly."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from marketplace.lib.money import MOST_MINOR, CurrencyMismatchError, Money, MoneyError, decimals, parse, total

CURRENCIES = ["USD", "EUR", "JPY", "KWD", "BRL"]


@pytest.mark.parametrize(
    ("amount_minor", "currency", "locale", "expected"),
    [
        (4018, "USD", "en", "$40.18"),
        (123456789, "USD", "en", "$1,234,567.89"),
        (-250, "USD", "en", "-$2.50"),
        (1500, "JPY", "en", "¥1,500"),
        (1500, "KWD", "en", "KWD1.500"),
        (4018, "EUR", "de", "40,18\xa0€"),
        (123456, "BRL", "pt_BR", "R$\xa01.234,56"),
    ],
)
def test_an_amount_is_written_with_the_currencys_decimals_in_the_readers_format(
    amount_minor: int, currency: str, locale: str, expected: str
) -> None:
    assert Money(amount_minor, currency).format(locale) == expected


def test_the_active_language_decides_the_format_and_an_unknown_one_falls_back_to_english() -> None:
    with translation.override("de"):
        assert str(Money(4018, "EUR")) == "40,18\xa0€"
    with translation.override("tlh"):
        assert str(Money(4018, "USD")) == "$40.18"


@pytest.mark.parametrize(
    ("text", "currency", "locale", "minor"),
    [
        ("40.18", "USD", "en", 4018),
        (" $40.18 ", "USD", "en", 4018),
        ("USD 40", "USD", "en", 4000),
        ("1,234.5", "USD", "en", 123450),
        ("0", "USD", "en", 0),
        ("40.180", "USD", "en", 4018),
        ("1500", "JPY", "en", 1500),
        ("1.5", "KWD", "en", 1500),
        ("40,18 €", "EUR", "de", 4018),
        ("R$ 1.234,56", "BRL", "pt_BR", 123456),
    ],
)
def test_what_a_person_types_is_read_in_their_own_format(text: str, currency: str, locale: str, minor: int) -> None:
    assert parse(text, currency, locale) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("", "USD", "Enter an amount such as $1,250.00."),
        ("abc", "USD", "such as"),
        ("40,18", "USD", "such as"),
        ("1e5", "USD", "such as"),
        ("1_000", "USD", "such as"),
        ("NaN", "USD", "such as"),
        ("Infinity", "USD", "such as"),
        ("1.0" + "0" * 40 + "1", "USD", "such as"),
        ("€40", "USD", "such as"),
        ("-1", "USD", "not negative"),
        ("1.001", "USD", "USD has at most 2 decimals"),
        ("1.5", "JPY", "JPY has no decimals"),
        (str(MOST_MINOR), "USD", "below $10,000,000,000.00"),
        ("1", "XXY", "not a currency we know"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_reason(text: str, currency: str, reason: str) -> None:
    with pytest.raises(MoneyError, match=reason.replace("$", r"\$")):
        parse(text, currency, "en")


@given(st.integers(0, MOST_MINOR), st.sampled_from(CURRENCIES), st.sampled_from(["en", "de", "pt_BR", "fr"]))
def test_what_is_written_can_be_read_back(amount_minor: int, currency: str, locale: str) -> None:
    amount = Money(amount_minor, currency)
    assert parse(amount.format(locale), currency, locale) == amount


def test_amounts_of_one_currency_add_up_exactly() -> None:
    ten, three = Money(10, "USD"), Money(3, "USD")
    assert ten + three == Money(13, "USD")
    assert three - ten == Money(-7, "USD")
    assert -three * 2 == Money(-6, "USD")
    assert total([ten, three, three], "USD") == Money(16, "USD")
    assert total([], "JPY") == Money(0, "JPY")
    assert three < ten
    assert ten <= Money(10, "USD")
    assert ten > three
    assert three >= Money(3, "USD")
    assert ten
    assert not Money(0, "USD")
    assert Money(4018, "USD").decimal == Decimal("40.18")


def test_two_currencies_never_meet() -> None:
    dollar, euro = Money(1, "USD"), Money(1, "EUR")
    assert dollar != euro
    for meet in (
        lambda: dollar + euro,
        lambda: dollar - euro,
        lambda: dollar < euro,
        lambda: dollar >= euro,
        lambda: total([dollar, euro], "USD"),
    ):
        with pytest.raises(CurrencyMismatchError, match="USD and EUR cannot be reckoned together"):
            meet()


@pytest.mark.parametrize("amount", [1.0, "1", True, None])
def test_an_amount_that_is_no_integer_is_refused(amount: object) -> None:
    with pytest.raises(MoneyError, match="whole number"):
        Money(amount, "USD")  # type: ignore[arg-type]


def test_decimals_come_from_the_currency() -> None:
    assert [decimals(code) for code in ("USD", "JPY", "KWD")] == [2, 0, 3]
    with pytest.raises(MoneyError, match="not a currency"):
        decimals("usd")
