"""The admin shows orders and money to operators, moves none of it and changes no state."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.tests.trade import AT, fresh, make_completed_order, make_paid_order, make_shipped_order, make_user
from orders import actions
from orders.models import Order, SetAside

pytestmark = pytest.mark.django_db

MODELS = [
    model
    for app in ("orders", "escrow")
    for model in apps.get_app_config(app).get_models()
    if admin.site.is_registered(model)
]


def page(model: type[Model], name: str, *args: object) -> str:
    app = model.__module__.partition(".")[0]
    return reverse(f"admin:{app}_{model.__name__.lower()}_{name}", args=args)


@pytest.fixture
def operator(client: Client) -> User:
    """Somebody of the staff with every permission there is on orders and money, signed in."""
    user = make_user()
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["orders", "escrow"]))
    client.force_login(user)
    return user


@pytest.fixture
def some_of_everything() -> None:
    order = make_paid_order()
    actions.cancel_sale(orders=[order.pk], by=order.seller, at=AT)
    make_completed_order()
    SetAside.objects.create(order=make_shipped_order(), reason="poison", failed_at=AT, tries=5)


@pytest.mark.usefixtures("some_of_everything", "operator")
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_can_be_looked_at_and_none_changed(client: Client, model: type[Model]) -> None:
    assert client.get(page(model, "changelist")).status_code == 200
    assert client.get(page(model, "changelist") + "?q=NOTHING%00").status_code == 200
    assert client.get(page(model, "add")).status_code == 403
    row: Model
    for row in QuerySet(model)[:1]:
        shown = client.get(page(model, "change", row.pk))
        assert shown.status_code == 200
        assert b'name="_save"' not in shown.content
        assert client.post(page(model, "change", row.pk), {}).status_code == 403
        assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        bulk = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        client.post(page(model, "changelist"), bulk)
        assert QuerySet(model).filter(pk=row.pk).exists()


@pytest.mark.usefixtures("operator")
def test_an_order_is_found_by_its_number_and_by_either_sides_email(client: Client) -> None:
    order, other = make_shipped_order(), make_shipped_order()
    for word in (order.number.lower(), order.buyer.email.upper(), order.seller.email):
        found = client.get(page(Order, "changelist"), {"q": word}).content.decode()
        assert order.number in found
        assert other.number not in found


@pytest.mark.usefixtures("operator")
def test_open_orders_are_filtered_by_state(client: Client) -> None:
    shipped, paid = make_shipped_order(), make_paid_order()
    found = client.get(page(Order, "changelist"), {"open": "SHIPPED"}).content.decode()

    assert shipped.number in found
    assert paid.number not in found


@pytest.mark.usefixtures("operator")
def test_the_history_is_shown_and_what_people_wrote_is_no_markup(client: Client) -> None:
    order = make_paid_order()
    actions.request_cancellation(orders=[order.pk], by=order.buyer, at=AT, reason="<script>alert(1)</script>")
    shown = client.get(page(Order, "change", order.pk)).content.decode()

    assert "Cancellation requested" in shown
    assert bytes(fresh(order).chain_head).hex() in shown
    assert "<script>alert" not in shown


@pytest.mark.usefixtures("operator")
def test_a_set_aside_order_is_given_back_to_the_sweep(client: Client) -> None:
    aside = SetAside.objects.create(order=make_shipped_order(), reason="poison", failed_at=AT, tries=5)
    client.post(page(SetAside, "changelist"), {"action": "try_again", "_selected_action": [aside.pk]})

    aside.refresh_from_db()
    assert aside.tries == 0
    assert aside.next_try_at is not None
    assert aside.next_try_at > AT + timedelta(days=1)


def test_buyers_and_sellers_have_no_admin(client: Client) -> None:
    order = make_shipped_order()
    for person in (order.buyer, order.seller):
        client.force_login(person)
        assert client.get(page(Order, "change", order.pk)).status_code == 302
