"""What is asked of providers, and what they tell us."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escrow.models.ledger import Hold, Payment
from escrow.models.payouts import Payout


class ProviderOperation(models.Model):
    """Something asked of a provider: reserved with our transaction, called after it, recorded when it answered."""

    class Kind(models.TextChoices):
        """What is asked."""

        REFUND = "REFUND", _("Refund")
        PAYOUT = "PAYOUT", _("Payout")

    class State(models.TextChoices):
        """What we know of it. UNKNOWN is asked about again until it is known; it never fails by itself."""

        RESERVED = "RESERVED", _("To be sent")
        UNKNOWN = "UNKNOWN", _("Sent, outcome unknown")
        PENDING = "PENDING", _("Accepted by the provider")
        SUCCEEDED = "SUCCEEDED", _("Done")
        FAILED = "FAILED", _("Refused by the provider")
        SETTLED = "SETTLED", _("Settled another way")

    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=60, unique=True)
    provider = models.CharField(max_length=20)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="operations")
    payout = models.OneToOneField(Payout, models.PROTECT, null=True, related_name="operation")
    hold = models.ForeignKey(Hold, models.PROTECT, null=True, related_name="operations")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.RESERVED)
    provider_reference = models.CharField(max_length=100, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="operation_amount_positive"),
            models.CheckConstraint(
                condition=Q(kind="REFUND", payment__isnull=False, payout__isnull=True)
                | Q(kind="PAYOUT", payment__isnull=True, payout__isnull=False, hold__isnull=True),
                name="operation_names_its_subject",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="operation_to_try",
                condition=Q(state__in=["RESERVED", "UNKNOWN", "PENDING"]),
            ),
            models.Index(fields=["state", "id"], name="operation_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class ProviderEvent(models.Model):
    """A webhook that arrived, kept so that the same one has one effect however often it comes.

    One that had none keeps why, for a person to look at.
    """

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    type = models.CharField(max_length=60)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    problem = models.CharField(max_length=200, blank=True, help_text=_("why it had no effect"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "provider"], name="provider_event_once")]
        indexes = [models.Index(fields=["id"], name="provider_event_problem", condition=~Q(problem=""))]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
