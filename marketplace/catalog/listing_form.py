"""What a seller types about a listing, checked field by field: its words and prices, and the kinds there are of it."""

import hashlib
import json
from itertools import product
from typing import Any

from babel.numbers import format_currency
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.catalog.actions import VariantContent
from marketplace.catalog.models import Category, Listing
from marketplace.lib import money

MOST_VALUES = 12  # of one option
MOST_KINDS = 48  # combinations of both
MOST_PIECES = 1_000_000
OPTION_LENGTH = 30


class PriceField(forms.CharField):
    """An amount in the shop's currency, as people write it; cleaned to minor units, or None where it is left empty."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        """Read amounts of that currency."""
        self.currency = currency
        super().__init__(*args, max_length=20, **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        """The amount in minor units."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return money.parse(text, self.currency).amount_minor
        except money.MoneyError as error:
            raise forms.ValidationError(str(error)) from error


class ListingForm(forms.Form):
    """All of a listing but its photos and the stock of each kind."""

    use_required_attribute = False

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        help_text=gettext_lazy("What it is, in the words that somebody would search for."),
    )
    category = forms.ModelChoiceField(
        Category.objects.all(), label=gettext_lazy("Category"), empty_label=gettext_lazy("Choose a category")
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Size, material, condition, flaws. It is kept with every order and read in a dispute."),
    )
    handling_days = forms.IntegerField(
        label=gettext_lazy("Days until you ship"),
        min_value=settings.HANDLING_DAYS["least"],
        max_value=settings.HANDLING_DAYS["most"],
        initial=settings.HANDLING_DAYS["usual"],
        help_text=gettext_lazy("From 1 to 15. An order that is not shipped by then is cancelled and refunded."),
    )
    protection_days = forms.IntegerField(
        label=gettext_lazy("Days of protection"),
        min_value=settings.PROTECTION_DAYS["least"],
        max_value=settings.PROTECTION_DAYS["most"],
        initial=settings.PROTECTION_DAYS["usual"],
        help_text=gettext_lazy("From 7 to 45, counted from shipping: how long a silent buyer's payment is held."),
    )
    first_option = forms.CharField(label=gettext_lazy("Option"), max_length=OPTION_LENGTH, required=False)
    first_values = forms.CharField(label=gettext_lazy("Its values"), max_length=400, required=False)
    second_option = forms.CharField(label=gettext_lazy("Second option"), max_length=OPTION_LENGTH, required=False)
    second_values = forms.CharField(label=gettext_lazy("Its values"), max_length=400, required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        """Take prices in the shop's currency."""
        super().__init__(*args, **kwargs)
        self.fields["price"] = PriceField(label=_("Price"), currency=currency, help_text=_("For one piece."))
        self.fields["shipping"] = PriceField(
            label=_("Shipping"), currency=currency, help_text=_("For one piece; 0 where it is free.")
        )
        for name, example in (("first_option", _("Size")), ("second_option", _("Colour"))):
            self.fields[name].help_text = _("Such as %(example)s.") % {"example": example}
        for name, example in (("first_values", _("S, M, L")), ("second_values", _("Blue, Red"))):
            self.fields[name].help_text = _("With commas between, such as %(example)s.") % {"example": example}

    def clean(self) -> dict[str, Any]:
        """Check that options and values belong together and are not too many."""
        data = super().clean() or self.cleaned_data
        for place in ("first", "second"):
            name, values = data.get(f"{place}_option"), _values(data.get(f"{place}_values"))
            if name and not values:
                self.add_error(f"{place}_values", _("Name the values of this option."))
            if values and not name:
                self.add_error(f"{place}_option", _("Say what these are values of, such as Size."))
            if len(values) > MOST_VALUES:
                self.add_error(f"{place}_values", _("At most %(most)d values.") % {"most": MOST_VALUES})
            if any(len(value) > OPTION_LENGTH for value in values):
                self.add_error(f"{place}_values", _("At most %(most)d letters a value.") % {"most": OPTION_LENGTH})
        first, second = data.get("first_option") or "", data.get("second_option") or ""
        if first and first.casefold() == second.casefold():
            self.add_error("second_option", _("This is the first option again."))
        if len(combinations(data)) > MOST_KINDS:
            self.add_error("second_values", _("At most %(most)d kinds in all.") % {"most": MOST_KINDS})
        return data


def _values(text: str | None) -> list[str]:
    """The values in the text, each once, in their order."""
    values: dict[str, str] = {}
    for value in (text or "").split(","):
        if value.strip():
            values.setdefault(value.strip().casefold(), value.strip())
    return list(values.values())


def combinations(data: Any) -> list[dict[str, str]]:
    """The options of each kind that the fields (raw or cleaned) make; one without options where there are none."""
    options = {}
    for place in ("first", "second"):
        name, values = (data.get(f"{place}_option") or "").strip(), _values(data.get(f"{place}_values"))
        if name and values and name not in options:
            options[name] = values[: MOST_VALUES + 1]
    return [dict(zip(options, values, strict=True)) for values in product(*options.values())]


class KindForm(forms.Form):
    """One kind: whether it is offered, how many there are, its price where it differs."""

    use_required_attribute = False

    offered = forms.BooleanField(label=gettext_lazy("For sale"), required=False)
    stock = forms.IntegerField(
        label=gettext_lazy("Pieces in stock"), min_value=0, max_value=MOST_PIECES, required=False
    )
    stock_was = forms.IntegerField(widget=forms.HiddenInput, required=False)
    shown = forms.BooleanField(widget=forms.HiddenInput, required=False, initial=True)

    def __init__(self, *args: Any, options: dict[str, str], currency: str, **kwargs: Any) -> None:
        """Belong to these options; fields of the same options have the same names whenever they are shown."""
        self.options = options
        kwargs["prefix"] = kind_prefix(options)
        super().__init__(*args, **kwargs)
        self.fields["price"] = PriceField(label=_("Price, if different"), currency=currency, required=False)

    @property
    def label(self) -> str:
        """The kind in words; empty for the only one."""
        return " · ".join(self.options.values())

    def clean(self) -> dict[str, Any]:
        """Ask for the number of pieces of what is offered."""
        data = super().clean() or self.cleaned_data
        if not self.options:
            data["offered"] = True
        if data.get("offered") and data.get("stock") is None and "stock" not in self.errors:
            self.add_error("stock", _("Say how many pieces there are."))
        return data

    def content(self) -> VariantContent:
        """The kind as the action takes it."""
        data = self.cleaned_data
        return VariantContent(
            options=self.options, stock=data["stock"], stock_was=data["stock_was"], price_minor=data["price"]
        )


def kind_prefix(options: dict[str, str]) -> str:
    """A name for the fields of these options, whatever their order."""
    text = json.dumps(sorted(options.items()))
    return "kind-" + hashlib.sha256(text.encode()).hexdigest()[:12]


def raw(data: QueryDict, form: type[forms.Form], prefix: str = "") -> dict[str, Any]:
    """What was typed, as initial values: to show a form again without judging it yet."""
    start = f"{prefix}-" if prefix else ""
    values: dict[str, Any] = {}
    for name in [*form.base_fields, "price", "shipping"]:
        is_box = isinstance(form.base_fields.get(name), forms.BooleanField)
        values[name] = f"{start}{name}" in data if is_box else data.get(f"{start}{name}")
    return values


def initial_of(listing: Listing) -> dict[str, Any]:
    """The form's values for a listing as it is."""
    version = listing.version
    values: dict[str, list[str]] = {}
    for variant in listing.variants.filter(is_active=True):
        for name, value in variant.options.items():
            values.setdefault(name, [])
            if value not in values[name]:
                values[name].append(value)
    options = [*((name, ", ".join(these)) for name, these in values.items()), ("", ""), ("", "")]
    return {
        "title": version.title,
        "category": listing.category_id,
        "description": version.description,
        "price": typed(version.price_minor, version.currency),
        "shipping": typed(version.shipping_minor, version.currency),
        "handling_days": version.handling_days,
        "protection_days": version.protection_days,
        "first_option": options[0][0],
        "first_values": options[0][1],
        "second_option": options[1][0],
        "second_values": options[1][1],
    }


def typed(amount_minor: int | None, currency: str) -> str:
    """An amount as its field shows it: "24.00" in English, without the currency."""
    if amount_minor is None:
        return ""
    amount = money.Money(amount_minor, currency).decimal
    return str(format_currency(amount, currency, format="#,##0.00", locale=money.reader_locale()))
