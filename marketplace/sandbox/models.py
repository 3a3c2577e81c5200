"""What the provider and the carrier remember."""

import secrets
from datetime import datetime

from django.db import models
from django.db.models import F, Q


def new_payment_id() -> str:
    return f"pay_{secrets.token_hex(12)}"


def new_refund_id() -> str:
    return f"ref_{secrets.token_hex(12)}"


def new_payout_id() -> str:
    return f"po_{secrets.token_hex(12)}"


def new_chargeback_id() -> str:
    return f"cb_{secrets.token_hex(12)}"


def new_parcel_id() -> str:
    return f"par_{secrets.token_hex(12)}"


def new_event_id() -> str:
    return f"evt_{secrets.token_hex(12)}"


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Payment(models.Model):
    """Money a merchant asks a buyer for. `token` opens its hosted page; a declined card leaves it OPEN."""

    class State(models.TextChoices):
        OPEN = "open"
        CAPTURED = "captured"
        EXPIRED = "expired"

    id = models.CharField(primary_key=True, max_length=40, default=new_payment_id)
    token = models.CharField(max_length=60, unique=True, default=new_token)
    reference = models.CharField(max_length=200, db_index=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    description = models.CharField(max_length=500)
    return_url = models.CharField(max_length=2000)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    refunded_minor = models.BigIntegerField(default=0)
    failure_code = models.CharField(max_length=40, blank=True)
    expires_at = models.DateTimeField(null=True)
    captured_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_is_of_something"),
            models.CheckConstraint(
                condition=Q(refunded_minor=0)
                | Q(state="captured", refunded_minor__gt=0, refunded_minor__lte=F("amount_minor")),
                name="refunds_stay_within_what_was_captured",
            ),
            models.CheckConstraint(
                condition=Q(state="captured", captured_at__isnull=False)
                | ~Q(state="captured") & Q(captured_at__isnull=True),
                name="captured_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="open"), name="payment_to_expire")]

    def __str__(self) -> str:
        return self.id

    def is_over(self, at: datetime) -> bool:
        """Whether it is too late to pay it: it expired, or would at the next tick."""
        passed = self.expires_at is not None and self.expires_at <= at
        return self.state == self.State.EXPIRED or (self.state == self.State.OPEN and passed)


class Attempt(models.Model):
    """One card that was tried. Of the number only the last four digits are ever stored."""

    class State(models.TextChoices):
        CAPTURED = "captured"
        DECLINED = "declined"
        CONFIRMING = "confirming"  # the buyer's bank asks the buyer

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="attempts")
    last4 = models.CharField(max_length=4)
    state = models.CharField(max_length=10, choices=State)
    failure_code = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.payment_id} …{self.last4} {self.state}"


class Refund(models.Model):
    """Money on its way back to a buyer. At `due_at` it becomes its `outcome`."""

    class State(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=40, default=new_refund_id)
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="refunds")
    reference = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    outcome = models.CharField(max_length=10, choices=State)
    failure_code = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_is_of_something")]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="refund_to_settle")]

    def __str__(self) -> str:
        return self.id


class Payout(models.Model):
    """Money on its way to a bank account. At `due_at` it takes its next step towards its `outcome`."""

    class State(models.TextChoices):
        PENDING = "pending"
        PAID = "paid"
        FAILED = "failed"
        RETURNED = "returned"

    id = models.CharField(primary_key=True, max_length=40, default=new_payout_id)
    reference = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    destination = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    outcome = models.CharField(max_length=10, choices=State)
    failure_code = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_is_of_something")]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="payout_to_settle")]

    def __str__(self) -> str:
        return self.id


class Chargeback(models.Model):
    """A captured payment that the buyer's bank asks back. At `due_at` it takes its next step towards its `outcome`.

    While OPEN the money is gone from the merchant's cash; WON brings it back. PLANNED is known to nobody yet.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        OPEN = "open"
        WON = "won"
        LOST = "lost"

    id = models.CharField(primary_key=True, max_length=40, default=new_chargeback_id)
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="chargebacks")
    reference = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    outcome = models.CharField(max_length=10, choices=State)
    evidence = models.JSONField(null=True)
    answered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="chargeback_is_of_something")]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="chargeback_to_settle")]

    def __str__(self) -> str:
        return self.id


class Movement(models.Model):
    """One change of the merchant's cash here, signed. The report is made of these; they are only ever added."""

    object_id = models.CharField(max_length=40)
    reference = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["object_id", "kind"], name="one_movement_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class Answer(models.Model):
    """What a call with an idempotency key was answered: the same again for the same call."""

    key = models.CharField(primary_key=True, max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    object_id = models.CharField(max_length=40, blank=True)  # empty where the answer was a refusal
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Audience(models.TextChoices):
    """Who is told of an event: the merchant of its payments, or the shop whose parcels the carrier brings."""

    MERCHANT = "merchant"
    CARRIER = "carrier"


class Endpoint(models.Model):
    """Where an audience's webhooks go."""

    audience = models.CharField(primary_key=True, max_length=10, choices=Audience)
    url = models.CharField(max_length=2000)

    def __str__(self) -> str:
        return f"{self.audience}: {self.url}"


class Event(models.Model):
    """Something that happened, with the object as it was then."""

    public_id = models.CharField(max_length=40, unique=True, default=new_event_id)
    audience = models.CharField(max_length=10, choices=Audience)
    type = models.CharField(max_length=40)
    data = models.JSONField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.public_id} {self.type}"


class Delivery(models.Model):
    """One message to bring. It is tried from `due_at` on, again and again, until it is answered with 2xx."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(delivered_at__isnull=True), name="delivery_to_bring")]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.attempts}"


class Parcel(models.Model):
    """A parcel the carrier was told of. With `due_at` it is delivered by itself then."""

    class State(models.TextChoices):
        REGISTERED = "registered"
        IN_TRANSIT = "in_transit"
        DELIVERED = "delivered"

    id = models.CharField(primary_key=True, max_length=40, default=new_parcel_id)
    carrier = models.CharField(max_length=40)
    tracking_number = models.CharField(max_length=80, unique=True)
    reference = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.REGISTERED)
    due_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="parcel_to_deliver")]

    def __str__(self) -> str:
        return self.tracking_number


class ChaosRow(models.Model):
    """The chaos in force, one row."""

    values = models.JSONField()

    def __str__(self) -> str:
        return f"chaos {self.values}"
