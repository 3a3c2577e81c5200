"""What people do with their profile, their addresses and their shop.

Every function takes what it needs by keyword, changes all or nothing, and raises a named exception to refuse.
"""

from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from marketplace.accounts.models import Address, Shop, User
from marketplace.lib import references


class AlreadyHasShopError(Exception):
    """A person has one shop at most."""


class ShopNameTakenError(Exception):
    """Another shop has this name; two of one name would invite impostors."""


class ShopSuspendedError(Exception):
    """Only the marketplace's staff lifts a suspension."""


class AddressData(TypedDict):
    """What is written on the parcel; the keys are the fields of `AddressFields`."""

    name: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str


def change_profile(*, user: User, name: str, language: str, time_zone: str) -> User:
    """Keep how the user is called and how they read us; `time_zone` is an IANA name."""
    user.name, user.language, user.time_zone = name, language, time_zone
    user.save(update_fields=["name", "language", "time_zone"])
    return user


@transaction.atomic
def add_address(*, user: User, **data: Unpack[AddressData]) -> Address:
    """Save an address; the first one becomes the default."""
    _lock(user)
    return Address.objects.create(user=user, is_default=not user.addresses.exists(), **data)


def change_address(*, address: Address, **data: Unpack[AddressData]) -> Address:
    """Write the address anew. Orders keep what was on the parcel when they were placed."""
    for field, value in data.items():
        setattr(address, field, value)
    address.save(update_fields=list(data))
    return address


@transaction.atomic
def make_default_address(*, address: Address) -> Address:
    """Have new orders sent here unless the buyer chooses otherwise."""
    _lock(address.user)
    address.user.addresses.filter(is_default=True).exclude(id=address.id).update(is_default=False)
    address.is_default = True
    address.save(update_fields=["is_default"])
    return address


@transaction.atomic
def delete_address(*, address: Address) -> None:
    """Forget the address; when it was the default, the oldest of the others becomes it."""
    _lock(address.user)
    address.delete()
    heir = address.user.addresses.order_by("-is_default", "id").first()
    if heir and not heir.is_default:
        heir.is_default = True
        heir.save(update_fields=["is_default"])


def open_shop(*, owner: User, name: str, about: str, currency: str, country: str) -> Shop:
    """Open the user's shop; its currency stays, because every price in it and every open order is in it.

    Raises `AlreadyHasShopError`, or `ShopNameTakenError` where another shop has the name, whatever its capitals.
    """
    slug = slugify(name)[:60] or f"shop-{references.new(6).lower()}"
    for slug_to_try in (slug, f"{slug}-{references.new(6).lower()}"):
        try:
            with transaction.atomic():
                return Shop.objects.create(
                    owner=owner, name=name, slug=slug_to_try, about=about, currency=currency, country=country
                )
        except IntegrityError as error:
            if Shop.objects.filter(owner=owner).exists():
                raise AlreadyHasShopError from error
            if Shop.objects.filter(name__iexact=name).exists():
                raise ShopNameTakenError from error
    raise ShopNameTakenError


def change_shop(*, shop: Shop, name: str, about: str, country: str) -> Shop:
    """Change what the shop says of itself; its address on the web stays, so that links keep working.

    Raises `ShopNameTakenError`.
    """
    shop.name, shop.about, shop.country = name, about, country
    try:
        with transaction.atomic():
            shop.save(update_fields=["name", "about", "country"])
    except IntegrityError as error:
        raise ShopNameTakenError from error
    return shop


def start_holiday(*, shop: Shop) -> Shop:
    """Take no new orders for a while; raises `ShopSuspendedError`. A shop on holiday stays so."""
    return _switch(shop, Shop.State.OPEN, Shop.State.HOLIDAY)


def end_holiday(*, shop: Shop) -> Shop:
    """Take orders again; raises `ShopSuspendedError`. An open shop stays open."""
    return _switch(shop, Shop.State.HOLIDAY, Shop.State.OPEN)


def _switch(shop: Shop, before: Shop.State, after: Shop.State) -> Shop:
    """Move the state in the database, where a suspension may have come in between."""
    Shop.objects.filter(id=shop.id, state=before).update(state=after)
    shop.refresh_from_db(fields=["state"])
    if shop.state == Shop.State.SUSPENDED:
        raise ShopSuspendedError
    return shop


def _lock(user: User) -> None:
    """Let nobody else change this user's addresses until the transaction ends."""
    User.objects.select_for_update(no_key=True).only("id").get(id=user.id)
