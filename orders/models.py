"""Orders, what was bought, what happened, and the one deadline each open order has."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from escrow.models import Hold, Payment
from marketplace.accounts.models import User
from marketplace.catalog.models import ListingVersion, ListingVersionPhoto, Variant
from marketplace.lib import references
from marketplace.lib.money import Money
from orders import carriers, lifecycle
from orders.lifecycle import CLOSED_STATES, SHARDS, State


class Policy(models.Model):
    """The rules in force when an order was placed. A new rule is a new row; a promise made is never moved."""

    name = models.CharField(max_length=40)
    payment_window = models.DurationField()
    cancellation_window = models.DurationField()
    least_shipping_window = models.DurationField()
    delivered_window = models.DurationField()
    delivery_report_window = models.DurationField()
    buyer_extension = models.DurationField()
    buyer_extension_opens = models.DurationField()
    extension_cap = models.DurationField()
    notifies = models.BooleanField()

    class Meta:
        verbose_name_plural = _("policies")
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "name",
                    "payment_window",
                    "cancellation_window",
                    "least_shipping_window",
                    "delivered_window",
                    "delivery_report_window",
                    "buyer_extension",
                    "buyer_extension_opens",
                    "extension_cap",
                    "notifies",
                ],
                name="policy_said_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class OrderQuerySet(models.QuerySet["Order"]):
    """Questions about orders that read aloud."""

    def bought_by(self, user: User) -> "OrderQuerySet":
        """Orders the user pays for and receives."""
        return self.filter(buyer=user)

    def sold_by(self, user: User) -> "OrderQuerySet":
        """Orders the user ships and is paid for."""
        return self.filter(seller=user)

    def of_party(self, user: User) -> "OrderQuerySet":
        """Orders the user may see at all."""
        return self.filter(Q(buyer=user) | Q(seller=user))

    def closed(self) -> "OrderQuerySet":
        """Orders in a final state."""
        return self.filter(state__in=CLOSED_STATES)

    def due(self, at: datetime) -> "OrderQuerySet":
        """Open orders whose deadline has passed, oldest first."""
        return self.filter(due_at__lte=at).order_by("due_at", "pk")

    def lock(self) -> list["Order"]:
        """Lock the rows in ascending id, the order in which everybody locks them, and return them."""
        return list(self.select_related("policy").order_by("pk").select_for_update(of=("self",), no_key=True))

    def with_parties(self) -> "OrderQuerySet":
        """With its people, its money and the rules it was placed under, in the same query."""
        return self.select_related("seller__shop", "buyer", "hold", "policy", "payment")

    def for_cards(self) -> "OrderQuerySet":
        """With all that a list shows of each, in three queries however many there are."""
        photos = ListingVersionPhoto.objects.select_related("photo")
        return self.with_parties().prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("version__listing")),
            Prefetch("lines__version__placed_photos", photos),
        )


class Order(models.Model):
    """What one buyer buys from one seller at once. Its state changes through orders.actions alone.

    `state`, `due_at` and the times are written by `orders_move` (orders/sql/move.sql) and are in no index, so that a
    step leaves every index alone (heap-only updates); open orders are found through their deadline.
    """

    number = models.CharField(max_length=16, unique=True, default=references.new)
    buyer = models.ForeignKey(User, models.PROTECT, related_name="purchases", db_index=False)
    seller = models.ForeignKey(User, models.PROTECT, related_name="sales", db_index=False)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="orders")
    hold = models.OneToOneField(Hold, models.PROTECT, null=True, related_name="order")
    state = models.CharField(max_length=24, choices=State, default=State.AWAITING_PAYMENT)

    currency = models.CharField(max_length=3)
    goods_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    ship_to = models.JSONField()
    handling_window = models.DurationField(help_text=_("for shipping, from payment"))
    protection_window = models.DurationField(help_text=_("for confirming, from shipping"))
    extension = models.DurationField(help_text=_("of the protection, all grants together"))

    placed_at = models.DateTimeField()
    promised_at = models.DateTimeField(null=True, help_text=_("when it should arrive at the latest"))
    paid_at = models.DateTimeField(null=True)
    cancellation_requested_at = models.DateTimeField(null=True)
    ship_by_at = models.DateTimeField(null=True, help_text=_("when the time to ship ends, were it not paused"))
    shipped_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    delivery_reported_at = models.DateTimeField(null=True)
    buyer_extended_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text=_("when the state's silence outcome executes"))

    event_count = models.IntegerField(default=0)
    chain_head = models.BinaryField(default=b"", help_text=_("the hash of the latest event"))

    objects: ClassVar[OrderQuerySet] = OrderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["buyer", "-id"], name="order_of_buyer"),
            models.Index(fields=["seller", "-id"], name="order_of_seller"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(buyer=F("seller")), name="order_nobody_buys_from_themselves"),
            models.CheckConstraint(
                condition=Q(goods_minor__gt=0, shipping_minor__gte=0, fee_minor__gte=0)
                & Q(fee_minor__lte=F("goods_minor") + F("shipping_minor")),
                name="order_amounts_make_sense",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="order_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=CLOSED_STATES, due_at__isnull=True, closed_at__isnull=False)
                | (~Q(state__in=CLOSED_STATES) & Q(due_at__isnull=False, closed_at__isnull=True)),
                name="order_open_has_a_deadline",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.AWAITING_PAYMENT, State.CANCELLED]) | Q(hold__isnull=False),
                name="order_paid_has_a_hold",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """The order's page, for its parties."""
        return reverse("orders:order", args=[self.number])

    @property
    def total(self) -> Money:
        """Goods and shipping, as the buyer pays them."""
        return Money(self.goods_minor + self.shipping_minor, self.currency)

    @property
    def fee(self) -> Money:
        """Our commission, should all of it go to the seller."""
        return Money(self.fee_minor, self.currency)

    @property
    def net(self) -> Money:
        """What the seller gets, should all of it go to them."""
        return self.total - self.fee

    @property
    def status(self) -> lifecycle.Status:
        """What the state means: whose turn it is and what silence does."""
        return lifecycle.STATUSES[State(self.state)]

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen to it by itself."""
        return State(self.state) not in CLOSED_STATES


class OrderLine(models.Model):
    """Some pieces of one thing in an order, pinned to the listing's version as it was bought."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    version = models.ForeignKey(ListingVersion, models.PROTECT, related_name="+", db_index=False)
    variant = models.ForeignKey(
        Variant, models.PROTECT, null=True, related_name="+", db_index=False, help_text=_("none for imported history")
    )
    options = models.JSONField(default=dict)
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.PositiveBigIntegerField()
    unit_shipping_minor = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_has_pieces")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.version_id}"

    @property
    def goods_minor(self) -> int:
        """The pieces' price together, in minor units."""
        return self.quantity * self.unit_price_minor

    @property
    def options_label(self) -> str:
        """The options in words: "Size M, Colour blue"."""
        return ", ".join(f"{name} {value}" for name, value in self.options.items())


class OrderEvent(models.Model):
    """One thing that happened to an order, chained to the one before by a hash. Never changed."""

    pk = models.CompositePrimaryKey("order_id", "seq")
    order = models.ForeignKey(Order, models.PROTECT, related_name="events", db_index=False)
    seq = models.IntegerField()
    step = models.CharField(max_length=30)
    state = models.CharField(max_length=24, choices=State, help_text=_("after it"))
    party = models.CharField(max_length=10, choices=lifecycle.Party)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text=_("the deadline that was running"))
    data = models.JSONField(null=True)
    hash = models.BinaryField(help_text=_("SHA-256 of the previous hash and this event's entry"))

    class Meta:
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.order_id}.{self.seq} {self.step}"


class Deadline(models.Model):
    """The one row that every open order has and no final one: when silence acts, and the reminder before it."""

    pk = models.CompositePrimaryKey("shard", "due_at", "order_id")
    shard = models.SmallIntegerField(help_text=_("by seller, so that two sweepers never wait for one balance"))
    due_at = models.DateTimeField()
    order = models.ForeignKey(Order, models.PROTECT, related_name="deadlines", db_index=False, db_constraint=False)
    buyer_id = models.BigIntegerField()
    seller_id = models.BigIntegerField()
    state = models.CharField(max_length=24)
    remind_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["buyer_id", "state", "order"], name="deadline_of_buyer"),
            models.Index(fields=["seller_id", "state", "due_at"], name="deadline_of_seller"),
            models.Index(
                fields=["shard", "remind_at"], name="deadline_to_remind", condition=Q(remind_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(shard__gte=0, shard__lt=SHARDS), name="deadline_shard_known"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} at {self.due_at}"


class Shipment(models.Model):
    """One parcel of an order, as the seller gave it to a carrier."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="shipments")
    carrier = models.CharField(_("carrier"), max_length=40)
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    watched_at = models.DateTimeField(null=True, help_text=_("when the carrier was asked to report its delivery"))

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["tracking_number", "carrier"], name="shipment_by_tracking"),
            models.Index(
                fields=["id"], name="shipment_to_watch", condition=Q(watched_at=None, carrier=carriers.SANDBOX)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking_number}"


class SetAside(models.Model):
    """An open order that a sweep could not settle. After `lifecycle.MOST_TRIES` the sweep leaves it to operators."""

    order = models.OneToOneField(Order, models.PROTECT, primary_key=True, related_name="set_aside")
    tries = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=500)
    failed_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True, help_text=_("none: it waits for an operator"))

    def __str__(self) -> str:
        return f"{self.order_id}: {self.reason}"


class ImportedOrder(models.Model):
    """Where an order came from that was imported, so that it is imported once."""

    order = models.OneToOneField(Order, models.PROTECT, primary_key=True, related_name="imported")
    source_order = models.CharField(max_length=100, help_text=_("its id on the other marketplace"))
    source_seller = models.CharField(max_length=100, help_text=_("whose part of it this is, by the id there"))
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_order", "source_seller"], name="imported_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source_order} of {self.source_seller}"


class CartLine(models.Model):
    """Some pieces of one thing that somebody means to buy. Nothing is reserved by it.

    The prices, in minor units for one piece, are those that were seen when the line was last written: where they
    differ from today's, the buyer is told.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="cart_lines")
    visitor = models.CharField(max_length=32, null=True, help_text=_("a browser nobody has signed in with yet"))
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.PositiveBigIntegerField()
    unit_shipping_minor = models.PositiveBigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["added_at"], name="cart_line_of_visitors", condition=Q(visitor__isnull=False))]
        constraints = [
            models.UniqueConstraint(fields=["user", "variant"], name="cart_line_once_per_user"),
            models.UniqueConstraint(fields=["visitor", "variant"], name="cart_line_once_per_visitor"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, visitor__isnull=True) | Q(user__isnull=True, visitor__isnull=False),
                name="cart_line_has_one_owner",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_line_has_pieces"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"


class Checkout(models.Model):
    """What one press of "Place order" made. Its reference comes from the page that was pressed, so it is made once."""

    reference = models.CharField(max_length=16)
    buyer = models.ForeignKey(User, models.PROTECT, related_name="checkouts")
    placed_at = models.DateTimeField()
    payments = models.ManyToManyField(Payment, related_name="checkouts")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["buyer", "reference"], name="checkout_once_per_page")]

    def __str__(self) -> str:
        return self.reference
