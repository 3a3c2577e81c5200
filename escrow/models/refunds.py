"""Money that goes back outside an order's own steps, each decided by the staff: by one of them, or by two."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from escrow.models.ledger import Hold
from escrow.models.provider import ProviderOperation
from marketplace.lib import references
from marketplace.lib.money import Money


class Decision(models.Model):
    """Something that a person of the staff proposes, and that counts once it is decided: above a sum by another one."""

    class State(models.TextChoices):
        """What became of the proposal."""

        PROPOSED = "PROPOSED", _("Waits for a second person")
        DONE = "DONE", _("Done")
        DECLINED = "DECLINED", _("Declined")

    reference = models.CharField(max_length=16, unique=True, default=references.new)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    why = models.CharField(max_length=500)
    needs_two = models.BooleanField(help_text=_("whether somebody else has to decide"))
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="%(class)s_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="PROPOSED", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="PROPOSED") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="%(class)s_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="DONE") | Q(needs_two=False) | ~Q(decided_by=F("proposed_by")),
                name="%(class)s_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def amount(self) -> Money:
        """What it is about."""
        return Money(self.amount_minor, self.currency)


class Refund(Decision):
    """Money that goes back to the buyer of an order that is over, out of what its seller has or will have.

    Of the amount `fee_minor` comes out of our fee, where we give that back; `owed_minor` is what was not available,
    where we advance it and the seller owes it. The hold stays as it is.
    """

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="refunds")
    returns_fee = models.BooleanField(default=False)
    may_owe = models.BooleanField(default=False, help_text=_("whether the seller owes what is not available"))
    fee_minor = models.BigIntegerField(default=0)
    owed_minor = models.BigIntegerField(default=0)

    class Meta(Decision.Meta):
        abstract = False
        constraints = [
            *Decision.Meta.constraints,
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0, owed_minor__gte=0)
                & Q(amount_minor__gte=F("fee_minor") + F("owed_minor")),
                name="refund_parts_within_amount",
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="refund_to_decide", condition=Q(state="PROPOSED"))]

    @property
    def operation_key(self) -> str:
        """What the provider is asked under."""
        return f"refund_after:{self.pk}"


class OutsideSettlement(Decision):
    """A refund that the provider rejected, and that reached the buyer another way: from our own bank account."""

    operation = models.ForeignKey(ProviderOperation, models.PROTECT, related_name="settlements")
    how = models.CharField(max_length=200, help_text=_("the way it went, and its reference there"))

    class Meta(Decision.Meta):
        abstract = False
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["operation"], name="outside_settlement_once", condition=~Q(state="DECLINED")
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="settlement_to_decide", condition=Q(state="PROPOSED"))]
