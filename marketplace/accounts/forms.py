"""What people tell us about themselves."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import places
from marketplace.accounts.models import Address, Shop, User

NAME_TAKEN = _("Another shop has this name. Choose one that tells yours apart.")


class SignupForm(forms.Form):
    """The fields that allauth's sign-up page asks for besides e-mail and password."""

    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def signup(self, request: HttpRequest, user: User) -> None:  # noqa: ARG002 -- allauth's signature
        """Keep the name; allauth calls this once it has saved the user."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What we call the user, and how they read dates and times."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=places.time_zones)
    language = forms.ChoiceField(label=_("Language"), choices=lambda: settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["name", "language", "time_zone"]
        labels = {"name": _("Your name")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class AddressForm(forms.ModelForm):  # type: ignore[type-arg]
    """A postal address; how it is checked depends on the country."""

    country = forms.ChoiceField(
        label=_("Country"), choices=places.countries, widget=forms.Select(attrs={"autocomplete": "country"})
    )

    class Meta:
        model = Address
        fields = ["name", "line1", "line2", "postal_code", "city", "region", "country", "phone"]
        labels = {
            "name": _("Recipient"),
            "line1": _("Street and number"),
            "line2": _("Apartment, floor or company"),
            "postal_code": _("Postal code"),
            "city": _("City"),
            "region": _("State or region"),
            "phone": _("Phone"),
        }
        help_texts = {"phone": _("For the carrier only, in case a parcel cannot be delivered.")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "line1": forms.TextInput(attrs={"autocomplete": "address-line1"}),
            "line2": forms.TextInput(attrs={"autocomplete": "address-line2"}),
            "postal_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "region": forms.TextInput(attrs={"autocomplete": "address-level1"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for a postal code wherever the country that was chosen uses them."""
        super().__init__(*args, **kwargs)
        self.fields["postal_code"].required = self["country"].value() not in places.WITHOUT_POSTAL_CODES


class ShopForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a shop says of itself."""

    country = forms.ChoiceField(label=_("Country you ship from"), choices=places.countries)

    class Meta:
        model = Shop
        fields = ["name", "about", "country"]
        labels = {"name": _("Shop name"), "about": _("About the shop")}
        help_texts = {"about": _("What you make or sell, and who you are. Buyers read it on your shop's page.")}
        widgets = {"about": forms.Textarea(attrs={"rows": 6})}

    def clean_name(self) -> str:
        """Refuse, before anything is saved, a name that another shop has."""
        name: str = self.cleaned_data["name"]
        if Shop.objects.filter(name__iexact=name).exclude(id=self.instance.id).exists():
            raise forms.ValidationError(NAME_TAKEN)
        return name


class OpenShopForm(ShopForm):
    """A new shop; its currency is chosen once."""

    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=places.currencies,
        help_text=_("All your prices are in it, and you are paid in it. It cannot be changed later."),
    )

    class Meta(ShopForm.Meta):
        fields = ["name", "about", "currency", "country"]
