"""The card form of the hosted page, and the parcel number of the carrier's."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.sandbox import cards

NUMERIC = {"inputmode": "numeric"}


class CardForm(forms.Form):
    """A card as it is typed: spaces and dashes do no harm. `cleaned_data["card_number"]` is the test card it is."""

    use_required_attribute = False  # our words are clearer than the browser's, and look the same in each

    card_number = forms.CharField(
        label=_("Card number"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "cc-number", **NUMERIC}),
        error_messages={"required": _("Enter the card number.")},
    )
    expiry = forms.CharField(
        label=_("Expiry date"),
        help_text=_("Month and year, such as 08/29"),
        max_length=12,
        widget=forms.TextInput({"autocomplete": "cc-exp", **NUMERIC}),
        error_messages={"required": _("Enter the expiry date.")},
    )
    cvc = forms.CharField(
        label=_("Security code"),
        help_text=_("Three or four digits on the card"),
        max_length=12,
        widget=forms.TextInput({"autocomplete": "cc-csc", **NUMERIC}),
        error_messages={"required": _("Enter the security code.")},
    )
    holder = forms.CharField(
        label=_("Name on the card"),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "cc-name"}),
        error_messages={"required": _("Enter the name on the card.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, at: datetime) -> None:
        super().__init__(data)
        self.today = at.astimezone(UTC).date()
        for name, field in self.fields.items():
            described = [f"{name}-error"] if name in self.errors else []
            described += [f"{name}-help"] if field.help_text else []
            field.widget.attrs |= {"aria-describedby": " ".join(described)} if described else {}
            field.widget.attrs |= {"aria-invalid": "true"} if name in self.errors else {}

    def clean_card_number(self) -> cards.TestCard:
        """The test card with this number; any other that could be a card is refused unseen."""
        number = re.sub(r"[\s-]", "", self.cleaned_data["card_number"])
        if not re.fullmatch(r"[0-9]{12,19}", number):
            raise forms.ValidationError(_("A card number has 12 to 19 digits."))
        if not cards.passes_luhn(number):
            raise forms.ValidationError(_("This is no card number. Check its digits."))
        if number not in cards.BY_NUMBER:
            raise forms.ValidationError(_("This is a sandbox: use one of the test cards, never a real one."))
        return cards.BY_NUMBER[number]

    def clean_expiry(self) -> date:
        """The last day on which the card is good."""
        match = re.fullmatch(r"\s*([0-9]{1,2})\s*[/.-]?\s*((?:20)?[0-9]{2})\s*", self.cleaned_data["expiry"])
        if not match or not 1 <= int(match[1]) <= 12:
            raise forms.ValidationError(_("Enter the month and the year, such as 08/29."))
        year, month = 2000 + int(match[2]) % 100, int(match[1])
        last_day = date(year, month, monthrange(year, month)[1])
        if last_day < self.today:
            raise forms.ValidationError(_("This card has expired."))
        return last_day

    def clean_cvc(self) -> str:
        """Three or four digits, which nobody keeps."""
        cvc: str = self.cleaned_data["cvc"]
        if not re.fullmatch(r"[0-9]{3,4}", cvc.strip()):
            raise forms.ValidationError(_("The security code has three or four digits."))
        return cvc.strip()


class TrackingForm(forms.Form):
    """The number of a parcel to look at."""

    tracking_number = forms.CharField(max_length=80)
