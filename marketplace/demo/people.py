"""The demo's cast: buyers, mediators and operators. Sellers come with their shops."""

from dataclasses import dataclass
from functools import cache

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from marketplace.accounts.actions import AddressData, add_address
from marketplace.accounts.models import User

PASSWORD = "holdfast-demo"  # noqa: S105 -- printed by `manage.py demo`; the demo is for this machine alone
VIEW_ONLY = "view_"
KEEPS_SHELVES = ("add_category", "change_category")
MAY_RETRY = ("change_setaside", "change_outboxentry", "change_email")  # what failed; their admin changes nothing else


@dataclass(frozen=True)
class Buyer:
    """Somebody who buys, and where they live."""

    email: str
    name: str
    time_zone: str
    address: AddressData


def _address(*, name: str, line1: str, city: str, postal_code: str, country: str, region: str = "") -> AddressData:
    return {
        "name": name,
        "line1": line1,
        "line2": "",
        "city": city,
        "region": region,
        "postal_code": postal_code,
        "country": country,
        "phone": "",
    }


BUYERS = [
    Buyer(
        "buyer@example.com",
        "Ana Souza",
        "Europe/Lisbon",
        _address(
            name="Ana Souza", line1="Rua das Flores 12, 3.º Esq.", city="Porto", postal_code="4050-262", country="PT"
        ),
    ),
    Buyer(
        "buyer2@example.com",
        "Ben Okafor",
        "America/Chicago",
        _address(
            name="Ben Okafor",
            line1="1418 Willy Street",
            city="Madison",
            region="WI",
            postal_code="53703",
            country="US",
        ),
    ),
    Buyer(
        "buyer3@example.com",
        "Chloë Dubois",
        "Europe/Brussels",
        _address(name="Chloë Dubois", line1="Rue de Flandre 88", city="Bruxelles", postal_code="1000", country="BE"),
    ),
]
MEDIATORS = {
    "mediator@example.com": "Miriam Adler",
    "mediator2@example.com": "Tomás Herrera",
    "mediator3@example.com": "Priya Raman",
}
OPERATORS = {"operator@example.com": "Olga Petrova", "operator2@example.com": "Samuel Nkosi"}


@cache
def _password_hash() -> str:
    """The one password, hashed once: Argon2 takes its time for each."""
    return make_password(PASSWORD)


def make_person(email: str, name: str, time_zone: str = "UTC", **fields: object) -> User:
    """A user who can sign in at once: the e-mail address counts as verified."""
    user: User = User.objects.create(email=email, name=name, time_zone=time_zone, password=_password_hash(), **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_cast() -> list[User]:
    """Everybody who does not sell; returns the buyers, each with an address."""
    buyers = [make_person(buyer.email, buyer.name, buyer.time_zone) for buyer in BUYERS]
    for user, buyer in zip(buyers, BUYERS, strict=True):
        add_address(user=user, **buyer.address)
    mediators = Group.objects.get_or_create(name=User.MEDIATORS)[0]
    operators = Group.objects.get_or_create(name=User.OPERATORS)[0]
    allowed = Q(codename__startswith=VIEW_ONLY) | Q(codename__in=MAY_RETRY + KEEPS_SHELVES)
    operators.permissions.set(Permission.objects.filter(allowed))
    mediators.user_set.set([make_person(email, name) for email, name in MEDIATORS.items()])
    operators.user_set.set([make_person(email, name, is_staff=True) for email, name in OPERATORS.items()])
    return buyers
