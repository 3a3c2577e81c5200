"""Makes the people and the orders that tests tell stories about, through the same actions that people use.

`AT` is when the stories begin; tests move the clock by passing a later `at`.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from marketplace.accounts.models import Shop, User
from marketplace.catalog.models import Category, Listing, ListingVersion, Variant
from orders import actions, checkout
from orders.actions import Parcel
from orders.checkout import Draft, DraftLine
from orders.models import Order

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SHIP_TO = {
    "name": "Ana Buyer",
    "line1": "1 Long Street",
    "line2": "",
    "city": "Porto",
    "region": "",
    "postal_code": "4000-001",
    "country": "PT",
    "phone": "",
}
PASSWORD = "holdfast-demo"
_numbers = count(1)


def make_user(email: str = "", name: str = "") -> User:
    """A person who can sign in with the password `PASSWORD`."""
    number = next(_numbers)
    return User.objects.create(
        email=email or f"person{number}@example.com", password=_hashed(PASSWORD), name=name or f"Person {number}"
    )


_hashed = cache(make_password)  # hashing is slow on purpose; one for all of them will do


def make_operator(email: str = "", name: str = "") -> User:
    """A person who runs this marketplace."""
    operator = make_user(email, name)
    operator.is_staff = True
    operator.save(update_fields=["is_staff"])
    operator.groups.add(Group.objects.get_or_create(name=User.OPERATORS)[0])
    return operator


def make_seller(name: str = "", currency: str = "USD") -> User:
    """A person with an open shop."""
    seller = make_user()
    Shop.objects.create(
        owner=seller, name=name or f"Shop {seller.pk}", slug=f"shop-{seller.pk}", currency=currency, country="PT"
    )
    return seller


def make_variant(
    seller: User | None = None,
    *,
    title: str = "",
    options: dict[str, str] | None = None,
    price_minor: int = 4000,
    stock: int = 10,
    **version: int,
) -> Variant:
    """Something for sale: the only variant of a published listing. `version` may name its windows and shipping."""
    seller = seller or make_seller()
    category, _ = Category.objects.get_or_create(slug="pottery", defaults={"name": "Pottery"})
    listing = Listing.objects.create(shop=seller.shop, category=category)
    number = next(_numbers)
    listing.current = ListingVersion.objects.create(
        listing=listing,
        number=1,
        title=title or f"Bowl {number}",
        description="Thrown by hand.",
        currency=seller.shop.currency,
        price_minor=price_minor,
        **{"shipping_minor": 198, "handling_days": 7, "protection_days": 30, **version},
    )
    listing.state = Listing.State.PUBLISHED
    listing.published_at = AT
    listing.save()
    return Variant.objects.create(listing=listing, stock=stock, options=options or {})


def draft_of(buyer: User, variant: Variant, *, quantity: int = 1, at: datetime = AT, group: object = 0) -> Draft:
    """What checkout would make of some pieces of one variant."""
    version = variant.listing.current
    assert version is not None
    return Draft(
        group=group,
        buyer_id=buyer.pk,
        seller_id=variant.listing.shop.owner_id,
        currency=version.currency,
        lines=(
            DraftLine(
                version_id=version.pk,
                variant_id=variant.pk,
                quantity=quantity,
                unit_price_minor=version.price_minor,
                unit_shipping_minor=version.shipping_minor,
                fee_bps=variant.listing.category.effective_fee_bps,
            ),
        ),
        ship_to=SHIP_TO,
        handling_window=timedelta(days=version.handling_days),
        protection_window=timedelta(days=version.protection_days),
        placed_at=at,
        promised_at=at + timedelta(days=version.handling_days + settings.DELIVERY_DAYS),
    )


def make_placed_order(
    *, buyer: User | None = None, variant: Variant | None = None, quantity: int = 1, at: datetime = AT
) -> Order:
    """An order that awaits its payment."""
    draft = draft_of(buyer or make_user(), variant or make_variant(), quantity=quantity, at=at)
    return checkout.place([draft], policy=checkout.current_policy(), provider="sandbox")[0]


def make_paid_order(*, at: datetime = AT, **how: object) -> Order:
    """An order that is paid and awaits shipment, all at one instant."""
    order = make_placed_order(at=at, **how)  # type: ignore[arg-type]
    actions.pay(captured_at={order.payment_id: at})
    return fresh(order)


def make_shipped_order(*, at: datetime = AT, **how: object) -> Order:
    """An order on its way since `at`, whose buyer can confirm receipt."""
    order = make_paid_order(at=at, **how)
    actions.ship(by=order.seller, at=at, parcels={order.pk: Parcel("DHL", f"TRACK{order.pk}")})
    return fresh(order)


def make_completed_order(*, at: datetime = AT, **how: object) -> Order:
    """An order whose receipt the buyer confirmed at once."""
    order = make_shipped_order(at=at, **how)
    actions.confirm_receipt(orders=[order.pk], by=order.buyer, at=at)
    return fresh(order)


def confirm_receipt(order: Order, at: datetime = AT) -> None:
    """The buyer of a shipped order confirms its receipt."""
    actions.confirm_receipt(orders=[order.pk], by=order.buyer, at=at)


def make_refunded_order(*, at: datetime = AT, **how: object) -> Order:
    """An order that its seller cancelled after it was paid."""
    order = make_paid_order(at=at, **how)
    actions.cancel_sale(orders=[order.pk], by=order.seller, at=at)
    return fresh(order)


def make_history() -> None:
    """Orders at every turn that orders and their money take, in two currencies."""
    for currency in ("USD", "JPY"):
        shop = make_seller(currency=currency)
        make_placed_order(variant=make_variant(shop))
        make_paid_order(variant=make_variant(shop))
        make_shipped_order(variant=make_variant(shop))
        make_completed_order(variant=make_variant(shop))
        requested = make_paid_order(variant=make_variant(shop))
        actions.request_cancellation(orders=[requested.pk], by=requested.buyer, at=AT)
        cancelled = make_paid_order(variant=make_variant(shop))
        actions.cancel_sale(orders=[cancelled.pk], by=shop, at=AT)
        late = make_placed_order(variant=make_variant(shop))
        actions.cancel(orders=[late.pk], by=late.buyer, at=AT)
        actions.pay(captured_at={late.payment_id: AT + timedelta(hours=1)})


def fresh(order: Order) -> Order:
    """The order as it is in the database now."""
    return Order.objects.select_related("hold", "buyer", "seller", "policy", "payment").get(pk=order.pk)
