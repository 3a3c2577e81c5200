"""What people write when they take a step. Forms check it; they move nothing."""

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Address
from orders import carriers, rules
from orders.actions import Parcel
from orders.models import Order, Shipment

OTHER = "other"
TRACKING = RegexValidator(
    r"^[A-Z0-9-]{4,60}$",
    gettext_lazy("A tracking number has 4 to 60 letters, digits and hyphens; look at the carrier's receipt."),
)


def _carriers() -> list[tuple[str, str]]:
    known = [(name, name) for name in carriers.names()]
    return [("", _("Choose a carrier")), *known, (OTHER, _("Another carrier"))]


class StepForm(forms.Form):
    """A step that asks for nothing but the click. `seen` is how far the order was when the page was opened."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        """Take the order that the step is about."""
        super().__init__(*args, **kwargs)
        self.order = order
        self.fields["seen"].initial = order.event_count


class ReasonForm(StepForm):
    """Why, in the person's own words."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("The seller reads it. It stays in the order's history."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ParcelForm(StepForm):
    """With which carrier a parcel travels, and under which number."""

    carrier = forms.ChoiceField(label=gettext_lazy("Carrier"), choices=_carriers)
    other_carrier = forms.CharField(
        label=gettext_lazy("Name of the other carrier"),
        help_text=gettext_lazy("Only where you chose “Another carrier”."),
        max_length=40,
        required=False,
    )
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"),
        help_text=gettext_lazy(
            "With it the buyer can follow the parcel, and a delivery that the carrier reports shortens the wait for"
            " your money."
        ),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_tracking_number(self) -> str:
        """The number in capitals and without the spaces that people copy along."""
        number = re.sub(r"\s", "", self.cleaned_data["tracking_number"]).upper()
        if number:
            TRACKING(number)
        return number

    def clean(self) -> dict[str, Any]:
        """Ask for the name of a carrier that is not in the list."""
        data = super().clean() or self.cleaned_data
        if data.get("carrier") == OTHER and not data.get("other_carrier"):
            self.add_error("other_carrier", _("Enter the carrier's name."))
        return data

    @property
    def parcel(self) -> Parcel:
        """The parcel as a valid form describes it."""
        data = self.cleaned_data
        carrier = data["other_carrier"] if data["carrier"] == OTHER else data["carrier"]
        return Parcel(carrier, data["tracking_number"])


class AddParcelForm(ParcelForm):
    """Another parcel of an order; the same one is not added twice."""

    def clean(self) -> dict[str, Any]:
        """Refuse a number that the order has already."""
        data = super().clean()
        number = data.get("tracking_number")
        if number and self.order.shipments.filter(tracking_number=number).exists():
            self.add_error("tracking_number", _("This parcel is in the order already."))
        return data


class CorrectTrackingForm(ParcelForm):
    """What a parcel's carrier and number should have been."""

    field_order = ["shipment", "carrier", "other_carrier", "tracking_number"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the order's parcels; a single one needs no question, and its fields start as they are."""
        super().__init__(*args, **kwargs)
        parcels = list(self.order.shipments.all())
        alone = len(parcels) == 1
        self.fields["shipment"] = forms.ModelChoiceField(
            self.order.shipments.all(),
            label=_("Which parcel?"),
            empty_label=None,
            widget=forms.HiddenInput if alone else forms.RadioSelect,
        )
        self.order_fields(self.field_order)
        if alone:
            self.initial = {**self._as_sent(parcels[0]), **self.initial}

    @staticmethod
    def _as_sent(parcel: Shipment) -> dict[str, Any]:
        known = parcel.carrier in carriers.names()
        return {
            "shipment": parcel.pk,
            "carrier": parcel.carrier if known else OTHER,
            "other_carrier": "" if known else parcel.carrier,
            "tracking_number": parcel.tracking_number,
        }


class GrantExtensionForm(StepForm):
    """How many days more the buyer gets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer as many days as the cap leaves."""
        super().__init__(*args, **kwargs)
        offered = [(days, str(days)) for days in range(1, rules.days_to_grant(self.order) + 1)]
        self.fields["days"] = forms.TypedChoiceField(label=_("Days more"), coerce=int, choices=offered, initial=3)


class ChangeAddressForm(StepForm):
    """Where the goods should go instead: one of the buyer's saved addresses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the buyer's own addresses."""
        super().__init__(*args, **kwargs)
        self.fields["address"] = forms.ModelChoiceField(
            Address.objects.filter(user=self.order.buyer_id),
            label=_("Send it to"),
            empty_label=None,
            widget=forms.RadioSelect,
        )
