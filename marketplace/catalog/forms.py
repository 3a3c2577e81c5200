"""What is asked of people who look for something."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from marketplace.catalog import search
from marketplace.catalog.models import Category
from marketplace.lib import money


class SearchForm(forms.Form):
    """The words and filters of a search, as they stand in its address. A wrong one is said to be and left out."""

    q = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    category = forms.ModelChoiceField(
        Category.objects.all(), to_field_name="slug", required=False, widget=forms.HiddenInput
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        required=False,
        choices=lambda: [("", _("Any")), *((code, code) for code in settings.CURRENCIES)],
    )
    least = forms.CharField(label=_("Price from"), required=False, max_length=20)
    most = forms.CharField(label=_("Price to"), required=False, max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer to sort by relevance only where there are words to be relevant to."""
        super().__init__(*args, **kwargs)
        best = [(search.RELEVANCE, _("Best match"))] if self.words else []
        orders = [
            (search.NEWEST, _("Newest first")),
            (search.CHEAPEST, _("Lowest price first")),
            (search.DEAREST, _("Highest price first")),
        ]
        self.fields["order"] = forms.ChoiceField(label=_("Order"), required=False, choices=best + orders)
        for name in ("least", "most"):
            self.fields[name].widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    @property
    def words(self) -> str:
        """What was typed, where there is a letter or digit in it to look for."""
        words = (self["q"].value() or "").replace("\0", " ").strip()[:100]
        return words if any(letter.isalnum() for letter in words) else ""

    def _price(self, name: str) -> int | None:
        text = self.cleaned_data.get(name)
        currency = self.cleaned_data.get("currency")
        if not text:
            return None
        if not currency:
            self.add_error("currency", _("Choose the currency that the prices are in."))
            return None
        try:
            return money.parse(text, currency).amount_minor
        except money.MoneyError as error:
            self.add_error(name, str(error))
            return None

    def wanted(self) -> search.Wanted:
        """What to look for: all that was understood."""
        self.is_valid()
        data = self.cleaned_data
        least, most = self._price("least"), self._price("most")
        return search.Wanted(
            words=self.words,
            category=data.get("category"),
            currency=data.get("currency") or "",
            least_minor=least,
            most_minor=most,
            order=data.get("order") or (search.RELEVANCE if self.words else search.NEWEST),
        )
