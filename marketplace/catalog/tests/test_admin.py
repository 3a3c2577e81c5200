"""The admin shows people, shops, photos and listings; operators keep the categories and nothing else."""

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import Shop, StaffAct, User
from marketplace.catalog.models import Category, Listing, ListingVersion
from marketplace.catalog.testing import make_listing
from marketplace.media.models import Photo

pytestmark = pytest.mark.django_db

APPS = ["accounts", "catalog", "media"]
READ_ONLY = [Shop, StaffAct, Listing, ListingVersion, Photo]


def page(model: type[Model], name: str, *args: object) -> str:
    app = model.__module__.split(".")[1]
    return reverse(f"admin:{app}_{model.__name__.lower()}_{name}", args=args)


@pytest.fixture
def operator(client: Client) -> User:
    """Somebody of the staff with every permission on these apps, signed in."""
    user: User = User.objects.create_user("olga@example.com", name="Olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=APPS))
    client.force_login(user)
    return user


@pytest.mark.parametrize("model", READ_ONLY, ids=lambda model: model.__name__)
def test_every_row_can_be_looked_at_and_none_changed(client: Client, operator: User, model: type[Model]) -> None:
    make_listing()
    StaffAct.objects.create(by=operator, at="2026-03-02T09:00Z", act="look", subject="x")
    assert client.get(page(model, "changelist")).status_code == 200
    assert client.get(page(model, "changelist") + "?q=mug").status_code == 200
    assert client.get(page(model, "add")).status_code == 403
    row: Model = QuerySet(model).get()
    shown = client.get(page(model, "change", row.pk))
    assert shown.status_code == 200
    assert b'name="_save"' not in shown.content
    assert client.post(page(model, "change", row.pk), {}).status_code == 403
    assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.usefixtures("operator")
def test_operators_keep_the_categories(client: Client) -> None:
    client.post(page(Category, "add"), {"name": "Lamps", "slug": "lamps", "fee_bps": "300", "position": "1"})
    assert Category.objects.get().effective_fee_bps == 300
    refused = client.post(page(Category, "add"), {"name": "X", "slug": "x", "fee_bps": "10001", "position": "1"})
    assert "fee_bps" in refused.context["adminform"].form.errors


def test_an_operator_makes_nobody_staff_not_even_themselves(client: Client, operator: User) -> None:
    assert client.get(page(User, "changelist")).status_code == 200
    data = {"name": "Olga P.", "language": "en", "time_zone": "UTC", "is_superuser": "on", "is_staff": "on",
            "is_active": "", "addresses-TOTAL_FORMS": "0", "addresses-INITIAL_FORMS": "0"}  # fmt: skip
    assert client.post(page(User, "change", operator.pk), data).status_code == 302
    operator.refresh_from_db()
    assert (operator.name, operator.is_superuser, operator.is_active) == ("Olga P.", False, True)
    assert client.get(page(User, "add")).status_code == 403
    assert client.post(page(User, "delete", operator.pk), {"post": "yes"}).status_code == 403


def test_a_superuser_does(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", name="Root"))
    user = User.objects.create_user("ana@example.com", name="Ana")
    data = {"name": "Ana", "language": "en", "time_zone": "UTC", "is_active": "on", "is_staff": "on",
            "addresses-TOTAL_FORMS": "0", "addresses-INITIAL_FORMS": "0"}  # fmt: skip
    client.post(page(User, "change", user.pk), data)
    user.refresh_from_db()
    assert user.is_staff
    assert client.get(page(User, "change", user.pk)).content.count(b"password") == 0


def test_buyers_are_kept_out(client: Client) -> None:
    client.force_login(User.objects.create_user("ana@example.com", name="Ana"))
    assert client.get(page(Listing, "changelist")).status_code in {302, 403}
