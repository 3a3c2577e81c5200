"""What buyers type while they fill the cart and check out."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Address, User
from orders.offers import MOST_PIECES


class QuantityForm(forms.Form):
    """How many pieces of one thing."""

    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=MOST_PIECES,
        error_messages={
            "required": _("Enter how many you want."),
            "invalid": _("Enter how many you want as a whole number."),
            "min_value": _("Enter at least 1."),
            "max_value": _("You can order up to %(limit_value)d pieces of one thing at once."),
        },
    )


class AddForm(QuantityForm):
    """Which thing, and how many pieces of it."""

    variant = forms.IntegerField(
        min_value=1, max_value=2**63 - 1, error_messages={"required": _("Choose what you want first.")}
    )


class PlaceForm(forms.Form):
    """What "Place order" sends: where the parcels go, and which page of ours it was pressed on.

    The address is one of the buyer's, or a new one that is typed into an `AddressForm` beside this.
    """

    NEW = "new"
    OLD_PAGE = _("This page is too old. Look it over and place the order again.")

    address = forms.ChoiceField(
        label=_("Delivery address"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose where the parcels should go."),
            "invalid_choice": _("This address is not among yours any more. Choose another."),
        },
    )
    reference = forms.RegexField(
        "^[0-9A-Z]{10,16}$", widget=forms.HiddenInput, error_messages={"required": OLD_PAGE, "invalid": OLD_PAGE}
    )
    seen = forms.RegexField(
        "^[0-9a-f]{64}$", widget=forms.HiddenInput, error_messages={"required": OLD_PAGE, "invalid": OLD_PAGE}
    )

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, str] | None = None) -> None:
        """Offer the user's addresses, the default one chosen."""
        self.addresses = {str(address.pk): address for address in user.addresses.all()}
        super().__init__(data, initial={"address": next(iter(self.addresses), self.NEW)} | (initial or {}))
        field = self.fields["address"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- as declared above
        field.choices = [*((pk, str(address)) for pk, address in self.addresses.items()), (self.NEW, "")]

    @property
    def chosen(self) -> str:
        """The choice as it stands: sent, or made for the buyer."""
        return str(self["address"].value() or "")

    @property
    def wants_new(self) -> bool:
        """Whether the address is typed in now."""
        return self.chosen == self.NEW

    def saved(self) -> Address:
        """The address of the buyer's that was chosen; for a valid form that wants no new one."""
        return self.addresses[self.cleaned_data["address"]]
