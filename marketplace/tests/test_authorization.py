"""Who may open what: every route of the URL configuration, tried by everybody, by GET and by POST.

`ROUTES` says of each route who may go in. A route that stands in no row fails: nobody adds a page without saying
whose it is. The rows of an order's steps follow from the table of the lifecycle.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import Settings

from escrow.models import Transfer
from marketplace.accounts.actions import add_address
from marketplace.accounts.models import Address, Shop, User
from marketplace.catalog.models import Listing
from marketplace.catalog.testing import make_listing
from marketplace.lib import clock
from marketplace.media.actions import keep_photo
from marketplace.media.testing import picture_bytes
from marketplace.notifications.models import Notice
from marketplace.tests.trade import (
    AT,
    SHIP_TO,
    make_completed_order,
    make_paid_order,
    make_placed_order,
    make_seller,
    make_shipped_order,
    make_user,
)
from orders import actions
from orders.lifecycle import STEPS, Party, State
from orders.models import Checkout, Order, SetAside

pytestmark = pytest.mark.django_db

ANONYMOUS = "anonymous"
BUYER, OTHER_BUYER, SELLER, OTHER_SELLER = "buyer", "other buyer", "seller", "other seller"
MEDIATOR, OPERATOR = "mediator", "operator"
SIGNED_IN = frozenset({BUYER, OTHER_BUYER, SELLER, OTHER_SELLER, MEDIATOR, OPERATOR})
EVERYBODY = SIGNED_IN | {ANONYMOUS}
THE_BUYER, THE_SELLER, THE_PARTIES = frozenset({BUYER}), frozenset({SELLER}), frozenset({BUYER, SELLER})
SELLERS, OPERATORS = frozenset({SELLER, OTHER_SELLER}), frozenset({OPERATOR})
PROGRAMS: frozenset[str] = frozenset()  # they sign what they send; no person gets in

WHO = dict[str, frozenset[str]]
OF_STEP = {Party.BUYER: THE_BUYER, Party.SELLER: THE_SELLER}
STEP_ROUTES: WHO = {
    f"orders:{step.name}": OF_STEP[step.party]
    for step in STEPS.values()
    if step.party in OF_STEP and step.name != "place"
}
ROUTES: WHO = STEP_ROUTES | {
    "home": EVERYBODY,
    "help_buyers": EVERYBODY,
    "help_sellers": EVERYBODY,
    "catalog:search": EVERYBODY,
    "catalog:listing": EVERYBODY,
    "catalog:shop": EVERYBODY,
    "media:photo": EVERYBODY,
    "media:thumbnail": EVERYBODY,
    "orders:cart": EVERYBODY,
    "orders:add_to_cart": EVERYBODY,
    "orders:change_cart": EVERYBODY,
    "orders:remove_from_cart": EVERYBODY,
    "orders:checkout": SIGNED_IN,
    "orders:placed": THE_BUYER,
    "orders:pay": THE_BUYER,
    "orders:pay_return": THE_BUYER,
    "orders:pay_status": THE_BUYER,
    "orders:my_orders": SIGNED_IN,
    "orders:order": THE_PARTIES,
    "orders:confirmed": THE_PARTIES,
    "orders:receipt": THE_PARTIES,
    "orders:packing_slip": THE_SELLER,
    "orders:selling": SIGNED_IN,
    "orders:sales": SIGNED_IN,
    "orders:money": SIGNED_IN,
    "catalog:own_listings": SIGNED_IN,
    "catalog:create_listing": SIGNED_IN,
    "catalog:change_listing": THE_SELLER,
    "catalog:publish_listing": THE_SELLER,
    "catalog:pause_listing": THE_SELLER,
    "accounts:profile": SIGNED_IN,
    "accounts:addresses": SIGNED_IN,
    "accounts:add_address": SIGNED_IN,
    "accounts:change_address": THE_BUYER,
    "accounts:delete_address": THE_BUYER,
    "accounts:make_default_address": THE_BUYER,
    "accounts:shop": SIGNED_IN,
    "accounts:open_shop": SIGNED_IN,
    "accounts:change_shop": SELLERS,
    "accounts:start_holiday": SELLERS,
    "accounts:end_holiday": SELLERS,
    "notifications:notices": SIGNED_IN,
    "notifications:read_all": SIGNED_IN,
    "notifications:open_notice": THE_BUYER,
    "operations": OPERATORS,
    "operations_retry_order": OPERATORS,
    "operations_order": OPERATORS,
    "operations_payment": OPERATORS,
    "operations_payout": OPERATORS,
    "operations_accounts": OPERATORS,
    "operations_account": OPERATORS,
    "operations_transfer": OPERATORS,
    "operations_provider": OPERATORS,
    "operations_messages": OPERATORS,
    "healthz": EVERYBODY,
    "readyz": EVERYBODY,
    "metrics": PROGRAMS,
    "provider_webhook": PROGRAMS,
    "carrier_webhook": PROGRAMS,
    "account_login": EVERYBODY,
    "account_logout": EVERYBODY,
    "account_inactive": EVERYBODY,
    "account_signup": EVERYBODY,
    "account_email_verification_sent": EVERYBODY,
    "account_confirm_email": EVERYBODY,
    "account_reset_password": EVERYBODY,
    "account_reset_password_done": EVERYBODY,
    "account_reset_password_from_key": EVERYBODY,
    "account_reset_password_from_key_done": EVERYBODY,
    "account_confirm_login_code": EVERYBODY,
    "account_reauthenticate": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "mfa_authenticate": EVERYBODY,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
}
# Addresses that are there while somebody works on the project, and are not part of it where it runs.
WORKSHOP = {"styleguide", "styleguide_error"}
PAYING = ("orders:pay", "orders:pay_return", "orders:pay_status", "operations_payment")
# These go on with a sign-in that was begun; where none was, they lead to its beginning.
HALF_WAY = {"account_confirm_login_code", "mfa_authenticate"}
# What is answered with 404 to those who may ask, because there is nothing of the kind yet.
NOTHING_YET = {
    "operations_payout",
    "account_confirm_email",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
}
ADMIN, LOGIN = "admin:", reverse("account_login")
IN, DOOR, NOTHING, REFUSED, OTHER_METHOD = "in", "door", "nothing", "refused", "other method"


@dataclass(frozen=True)
class Route:
    """One line of the URL configuration: its full name, and the names of what its path asks for."""

    name: str
    pattern: URLPattern

    def address(self, arguments: dict[str, object]) -> str:
        """Its path, filled in from all the arguments that there are."""
        wanted = self.pattern.pattern.regex.groupindex
        return reverse(self.name, kwargs={key: arguments[key] for key in wanted})


def routes_in(patterns: Iterable[URLPattern | URLResolver], namespace: str = "") -> Iterator[Route]:
    """Every route below, with the namespaces it stands in."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes_in(entry.url_patterns, inner)
        else:
            yield Route(f"{namespace}{entry.name or ''}", entry)


ALL = list(routes_in(get_resolver().url_patterns))
PAGES = {route.name: route for route in ALL if not route.name.startswith(ADMIN) and route.name not in WORKSHOP}
IN_ADMIN = {route.name: route for route in ALL if route.name.startswith(ADMIN) and route.name != ADMIN}


@pytest.fixture(autouse=True)
def no_limits_from_other_tests() -> None:
    """Allauth counts attempts in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def cast() -> dict[str, User]:
    """Two buyers, two sellers, a mediator, and an operator with every permission there is."""
    people = {name: make_user(name=name) for name in (BUYER, OTHER_BUYER, MEDIATOR, OPERATOR)}
    people |= {name: make_seller(name) for name in (SELLER, OTHER_SELLER)}
    for name, group in ((MEDIATOR, User.MEDIATORS), (OPERATOR, User.OPERATORS)):
        people[name].groups.add(Group.objects.get_or_create(name=group)[0])
    User.objects.filter(pk=people[OPERATOR].pk).update(is_staff=True)
    people[OPERATOR].user_permissions.set(Permission.objects.all())
    return people


def order_in(state: State, cast: dict[str, User]) -> Order:
    """The buyer's order from the seller, in that state; the others have orders with each other, to have something."""
    at = clock.now() - timedelta(hours=1)
    make_shipped_order(
        buyer=cast[OTHER_BUYER], variant=make_listing(shop=cast[OTHER_SELLER].shop).variants.get(), at=at
    )
    how: dict[str, Any] = {
        "buyer": cast[BUYER],
        "variant": make_listing(shop=cast[SELLER].shop).variants.get(),
        "at": at,
    }
    if state == State.AWAITING_PAYMENT:
        return make_placed_order(**how)
    if state == State.SHIPPED:
        return make_shipped_order(**how)
    if state == State.COMPLETED:
        return make_completed_order(**how)
    order = make_paid_order(**how)
    if state == State.CANCELLATION_REQUESTED:
        actions.request_cancellation(orders=[order.pk], by=order.buyer, at=at)
    return order


def state_for(name: str) -> State:
    """A state in which the route has something to show or to do."""
    if name in STEP_ROUTES:
        return STEPS[name.removeprefix("orders:")].sources[0]
    return State.AWAITING_SHIPMENT if name == "orders:packing_slip" else State.COMPLETED


def arguments_of(order: Order, name: str) -> dict[str, object]:
    """What the buyer and the seller of the order own, by the words that the routes have for it."""
    line = order.lines.select_related("variant__listing").get()
    assert line.variant
    photo = keep_photo(owner=order.seller, source=BytesIO(picture_bytes()), alt="A bowl")
    checkout = Checkout.objects.create(buyer=order.buyer, reference="CHECKOUT22", placed_at=order.placed_at)
    checkout.payments.add(order.payment)
    notice = Notice.objects.create(
        user=order.buyer,
        topic="orders.ship",
        subject_id=order.pk,
        seq=2,
        title="Shipped",
        url="/orders/",
        created_at=AT,
    )
    transfer = Transfer.objects.order_by("pk").last()
    assert transfer
    keys = {"operations_account": transfer.credit_account_id, "operations_transfer": transfer.pk}
    SetAside.objects.create(order=order, reason="poison", failed_at=AT, tries=5)
    references = {"orders:placed": checkout.reference} | dict.fromkeys(PAYING, order.payment.reference)
    return {
        "number": order.number,
        "reference": references.get(name, line.variant.listing.reference),
        "slug": order.seller.shop.slug,
        "variant_id": line.variant_id,
        "public_name": photo.public_name,
        "address_id": add_address(user=order.buyer, **SHIP_TO).pk,
        "pk": keys.get(name, notice.pk),
        "name": "sandbox",
        "key": "no-such-key",
        "uidb36": "1",
    }


def things() -> list[object]:
    """All that one of the cast might do something to, as it is now."""
    return [
        list(Order.objects.order_by("pk").values_list("pk", "state", "event_count", "ship_to")),
        list(Transfer.objects.order_by("pk").values_list("pk", flat=True)),
        list(Listing.objects.order_by("pk").values_list("pk", "state", "current")),
        list(Shop.objects.order_by("pk").values_list("pk", "state", "name")),
        list(Address.objects.order_by("pk").values_list("pk", "line1", "is_default")),
        list(Notice.objects.order_by("pk").values_list("pk", "read_at")),
    ]


def client_of(user: User | None) -> Client:
    """A browser that this person has signed in with."""
    client = Client()
    if user:
        client.force_login(user)
    return client


def answer(response: HttpResponse) -> str:
    """What became of a request: let in, sent to the door, told that there is no such thing, or not to ask like that."""
    if response.status_code == 302 and response["Location"].startswith(LOGIN):
        return DOOR
    return {400: REFUSED, 403: REFUSED, 404: NOTHING, 405: OTHER_METHOD}.get(response.status_code, IN)


def expected(name: str, who: str) -> set[str]:
    """The answers that are right for this person."""
    if who in ROUTES[name]:
        return (
            {IN, OTHER_METHOD} | ({NOTHING} if name in NOTHING_YET else set()) | ({DOOR} if name in HALF_WAY else set())
        )
    if not ROUTES[name]:
        return {REFUSED, NOTHING, OTHER_METHOD}
    return {DOOR} if who == ANONYMOUS else {NOTHING, OTHER_METHOD}


def test_every_route_says_whom_it_is_for_and_every_row_has_a_route() -> None:

    assert sorted(PAGES) == sorted(ROUTES), "Say in ROUTES who may open the new route, or drop the row of the old one."


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_route_lets_in_whom_it_is_for_and_nobody_else(name: str, cast: dict[str, User]) -> None:
    order = order_in(state_for(name), cast)
    address = PAGES[name].address(arguments_of(order, name))
    before = things()
    strangers = [who for who in sorted(EVERYBODY) if who not in ROUTES[name]]
    for who in [*strangers, *sorted(ROUTES[name])]:
        seen = set()
        for method in ("get", "post"):
            response = getattr(client_of(cast.get(who)), method)(address)
            b"".join(response)  # what is streamed is closed when it is read
            assert response.status_code < 500, (name, who, method)
            seen.add(answer(response))
        assert seen <= expected(name, who), (name, who, seen)
        assert seen != {OTHER_METHOD}, f"{name} takes neither GET nor POST"
        if who in strangers:
            assert things() == before, f"{who} has changed something by {name}"


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_the_admin_lets_in_its_staff_alone_and_moves_nothing_for_them(who: str, cast: dict[str, User]) -> None:
    order = order_in(State.SHIPPED, cast)
    before = things()
    for name, route in IN_ADMIN.items():
        address = route.address({"object_id": order.pk, "url": "nowhere", "content_type_id": 1, "app_label": "orders"})
        for method in ("get", "post"):
            response = getattr(client_of(cast.get(who)), method)(address, follow=who not in OPERATORS)
            inside = response.status_code != 403 and response.request["PATH_INFO"] != LOGIN
            assert response.status_code < 500, (name, method)
            assert who in OPERATORS or not inside, (name, method)
    assert things() == before


def test_the_admin_asks_operators_for_their_second_factor_first(cast: dict[str, User], settings: Settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    order, client = order_in(State.SHIPPED, cast), client_of(cast[OPERATOR])
    for name, route in IN_ADMIN.items():
        if name == "admin:logout":
            continue  # one may always leave
        address = route.address({"object_id": order.pk, "url": "nowhere", "content_type_id": 1, "app_label": "orders"})
        assert client.get(address, follow=True).request["PATH_INFO"].startswith("/account/"), name
