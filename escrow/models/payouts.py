"""Payouts: where a seller's money is sent, when, and which sales it came from."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escrow.models.ledger import Account, Hold, Transfer
from marketplace.lib import references, sealed
from marketplace.lib.money import Money


class PayoutMethodQuerySet(models.QuerySet["PayoutMethod"]):
    """Questions about payout methods that read aloud."""

    def in_use(self) -> "PayoutMethodQuerySet":
        """Those that money can be sent to, the usual one first."""
        return self.filter(removed_at__isnull=True).order_by("-is_default", "pk")


class PayoutMethod(models.Model):
    """A bank account of a seller's. Only its mask is ever shown; another number is another method.

    One that was taken away stays, for the payouts that went to it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payout_methods")
    reference = models.CharField(max_length=16, unique=True, default=references.new)
    holder = models.CharField(_("account holder"), max_length=100)
    destination_sealed = models.TextField(help_text=_("the account's number, readable with our key alone"))
    mask = models.CharField(max_length=40, help_text=_("what of it may be shown: PT50 •••• 0154"))
    is_default = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects: ClassVar[PayoutMethodQuerySet] = PayoutMethodQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner"], name="payout_method_one_default", condition=Q(is_default=True)),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(removed_at__isnull=True), name="payout_method_default_is_in_use"
            ),
        ]

    def __str__(self) -> str:
        return self.mask

    @property
    def destination(self) -> str:
        """The account's number itself, for the provider alone. Raises `sealed.BrokenSealError`."""
        return sealed.unseal(self.destination_sealed)


class PayoutSchedule(models.Model):
    """A seller who is paid out every week by itself; who has none asks for each payout."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="payout_schedule"
    )
    next_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.owner_id} at {self.next_at}"


class Payout(models.Model):
    """A part of a seller's balance on its way to their bank.

    The money states (paid, failed, returned) are written by the transfers' trigger alone: none without its transfer.
    """

    class State(models.TextChoices):
        """How far it came. A paid one may still be returned by the bank, days later."""

        REQUESTED = "REQUESTED", _("Requested")
        SUBMITTED = "SUBMITTED", _("On its way")
        PAID = "PAID", _("Paid")
        FAILED = "FAILED", _("Failed")
        RETURNED = "RETURNED", _("Returned")

    ON_ITS_WAY: ClassVar[tuple[str, ...]] = (State.REQUESTED, State.SUBMITTED)
    GIVEN_BACK: ClassVar[tuple[str, ...]] = (State.FAILED, State.RETURNED)

    reference = models.CharField(max_length=16, unique=True, default=references.new)
    account = models.ForeignKey(Account, models.PROTECT, related_name="payouts", db_constraint=False, db_index=False)
    method = models.ForeignKey(PayoutMethod, models.PROTECT, related_name="payouts")
    provider = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, db_default=State.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    week = models.DateField(null=True, help_text=_("the Monday of the week it was made for by schedule"))
    requested_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    given_back_at = models.DateTimeField(null=True, help_text=_("when it failed or was returned"))
    provider_reference = models.CharField(max_length=100, db_default="", blank=True)
    failure_code = models.CharField(max_length=100, db_default="", blank=True, help_text=_("the provider's word"))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_amount_positive"),
            models.UniqueConstraint(fields=["account", "week"], name="payout_once_a_week_by_schedule"),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=False, week__isnull=True)
                | Q(requested_by__isnull=True, week__isnull=False),
                name="payout_by_a_person_or_the_week",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["REQUESTED", "SUBMITTED"], paid_at__isnull=True, given_back_at__isnull=True)
                | Q(state="PAID", paid_at__isnull=False, given_back_at__isnull=True)
                | Q(state="FAILED", paid_at__isnull=True, given_back_at__isnull=False)
                | Q(state="RETURNED", paid_at__isnull=False, given_back_at__isnull=False),
                name="payout_state_has_its_times",
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="payout_of_account")]

    def __str__(self) -> str:
        return self.reference

    @property
    def amount(self) -> Money:
        """What the seller gets."""
        return Money(self.amount_minor, self.currency)

    @property
    def is_given_back(self) -> bool:
        """Whether the money came back to the seller's balance."""
        return self.state in self.GIVEN_BACK


class Allotment(models.Model):
    """Which sale's money a debit of a seller's balance took: oldest sale first, each cent once.

    Written with the debit (`escrow_allot`). Where a payout fails or is returned the money is free to be taken again.
    """

    pk = models.CompositePrimaryKey("transfer_id", "hold_id")
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="allotments", db_index=False)
    hold = models.ForeignKey(Hold, models.PROTECT, related_name="allotments")
    amount_minor = models.BigIntegerField()
    given_back = models.BooleanField(db_default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="allotment_amount_positive")]

    def __str__(self) -> str:
        return f"{self.amount_minor} of hold {self.hold_id} for transfer {self.transfer_id}"
