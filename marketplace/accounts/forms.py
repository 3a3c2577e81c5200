"""What people tell us about themselves."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User


class SignupForm(forms.Form):
    """The fields that allauth's sign-up page asks for besides e-mail and password."""

    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def signup(self, request: HttpRequest, user: User) -> None:  # noqa: ARG002 -- allauth's signature
        """Keep the name; allauth calls this once it has saved the user."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
