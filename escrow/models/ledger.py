"""Where every cent is: accounts, append-only transfers between them, and the holds that stand for orders."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from marketplace.lib import references

OUTSIDE_KINDS = ["PROVIDER_CASH", "REFUNDS_IN_FLIGHT", "PAYOUTS_IN_FLIGHT"]


class Account(models.Model):
    """One place where money can be, in one currency. Platform accounts have no owner and no balance row."""

    class Kind(models.TextChoices):
        """What the money in it is. Debit means it grows at the provider, credit that we owe more of it."""

        PROVIDER_CASH = "PROVIDER_CASH", _("At the payment provider")
        ESCROW = "ESCROW", _("Held for orders")
        SELLER = "SELLER", _("Available to a seller")
        FEES = "FEES", _("Our commission")
        REFUNDS_IN_FLIGHT = "REFUNDS_IN_FLIGHT", _("On its way back to buyers")
        PAYOUTS_IN_FLIGHT = "PAYOUTS_IN_FLIGHT", _("On its way to sellers' banks")
        SELLER_OWES = "SELLER_OWES", _("Owed by a seller")
        OUTSIDE_CASH = "OUTSIDE_CASH", _("Paid from our own bank account")

    OWED_TO_US: ClassVar = frozenset({Kind.PROVIDER_CASH, Kind.SELLER_OWES})  # grow by debits; all others we owe
    OWNED: ClassVar = frozenset({Kind.SELLER, Kind.SELLER_OWES})
    WITHOUT_HOLDS: ClassVar = frozenset({Kind.PAYOUTS_IN_FLIGHT, Kind.SELLER_OWES, Kind.OUTSIDE_CASH})

    kind = models.CharField(max_length=20, choices=Kind)
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=20, null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="accounts")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "currency", "provider"], nulls_distinct=False, name="account_unique"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["SELLER", "SELLER_OWES"], owner__isnull=False)
                | (~Q(kind__in=["SELLER", "SELLER_OWES"]) & Q(owner__isnull=True)),
                name="account_seller_has_an_owner",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OUTSIDE_KINDS, provider__isnull=False)
                | (~Q(kind__in=OUTSIDE_KINDS) & Q(provider__isnull=True)),
                name="account_outside_names_its_provider",
            ),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="account_currency_is_iso"),
        ]

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.kind, self.provider, self.owner_id, self.currency) if part)


class SellerBalance(models.Model):
    """What a seller's account holds and what the seller owes us, never below zero. Written by the transfers' trigger.

    What is owed (a refund or a chargeback that found too little) is taken from what becomes available, before any
    payout; `owed_settlements` counts how often. No money of a hold with a smaller id than `allotted_below` is left:
    where to start looking (see `escrow_allot`), which nothing relies upon.
    """

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="balance")
    available_minor = models.BigIntegerField(default=0)
    owed_minor = models.BigIntegerField(db_default=0)
    owed_settlements = models.IntegerField(db_default=0)
    allotted_below = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(available_minor__gte=0), name="seller_balance_not_negative"),
            models.CheckConstraint(condition=Q(owed_minor__gte=0), name="seller_balance_owed_not_negative"),
        ]
        indexes = [models.Index(fields=["account"], name="seller_balance_owing", condition=Q(owed_minor__gt=0))]

    def __str__(self) -> str:
        return f"{self.available_minor} in {self.account_id}"


class Payment(models.Model):
    """What one buyer pays at once, in one currency, at a provider. It may fund several orders' holds."""

    class State(models.TextChoices):
        """How far it came. A payment that was given up may still be captured late; then it is refunded."""

        OPEN = "OPEN", _("Not paid yet")
        CAPTURED = "CAPTURED", _("Paid")

    reference = models.CharField(max_length=16, unique=True, default=references.new)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    provider_reference = models.CharField(max_length=100, null=True)
    page_url = models.URLField(max_length=500, blank=True, help_text=_("the provider's page where the buyer pays"))
    last_error = models.CharField(max_length=200, blank=True, help_text=_("why the last try was declined"))
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="CAPTURED", captured_at__isnull=False) | Q(state="OPEN", captured_at__isnull=True),
                name="payment_captured_has_a_time",
            ),
            models.UniqueConstraint(fields=["provider_reference", "provider"], name="payment_at_provider_unique"),
        ]

    def __str__(self) -> str:
        return self.reference


class Hold(models.Model):
    """Captured money kept for one order: its sub-account, its lock and its money state.

    The totals are sums of its transfers, written by their trigger and by nothing else; the state follows from them.
    """

    class State(models.TextChoices):
        """What became of the money."""

        HELD = "HELD", _("Held")
        RELEASED = "RELEASED", _("Released to the seller")
        REFUNDED = "REFUNDED", _("Refunded to the buyer")
        SPLIT = "SPLIT", _("Split between both")

    reference = models.CharField(max_length=16, unique=True, help_text=_("the order it is kept for, by its number"))
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="holds")
    seller_account = models.ForeignKey(
        Account, models.PROTECT, related_name="holds", db_constraint=False, db_index=False
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(help_text=_("the whole fee, were all of it released"))
    captured_minor = models.BigIntegerField(default=0)
    released_minor = models.BigIntegerField(default=0)
    fee_taken_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    state = models.GeneratedField(
        expression=models.Case(
            models.When(
                amount_minor__gt=F("released_minor") + F("fee_taken_minor") + F("refunded_minor"),
                then=models.Value("HELD"),
            ),
            models.When(refunded_minor=0, then=models.Value("RELEASED")),
            models.When(refunded_minor=F("amount_minor"), then=models.Value("REFUNDED")),
            default=models.Value("SPLIT"),
        ),
        output_field=models.CharField(max_length=10, choices=State),
        db_persist=True,
    )
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text=_("until when the provider lets us keep it"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, fee_minor__gte=0, fee_minor__lte=F("amount_minor")),
                name="hold_amounts_make_sense",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=0, released_minor__gte=0, fee_taken_minor__gte=0, refunded_minor__gte=0)
                & Q(captured_minor__lte=F("amount_minor"), fee_taken_minor__lte=F("fee_minor")),
                name="hold_totals_in_range",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=F("released_minor") + F("fee_taken_minor") + F("refunded_minor")),
                name="hold_never_pays_out_more_than_it_has",
            ),
        ]
        indexes = [models.Index(fields=["seller_account", "id"], name="hold_of_seller")]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount_minor} {self.currency} {self.state}"

    @property
    def net_minor(self) -> int:
        """What the seller gets when all of it is released."""
        return self.amount_minor - self.fee_minor


class Transfer(models.Model):
    """One movement of money. Never changed and never taken back: a correction is another transfer."""

    class Kind(models.TextChoices):
        """What it does, with the two accounts it does it to."""

        CAPTURE = "CAPTURE", _("Paid by the buyer")  # provider cash -> escrow
        RELEASE = "RELEASE", _("Released to the seller")  # escrow -> seller
        FEE = "FEE", _("Fee")  # escrow -> fees
        REFUND = "REFUND", _("Refunded to the buyer")  # escrow -> refunds in flight
        LATE_CAPTURE = "LATE_CAPTURE", _("Paid too late, to be returned")  # provider cash -> refunds in flight
        REFUND_PAID = "REFUND_PAID", _("Refund paid out by the provider")  # refunds in flight -> provider cash
        PAYOUT = "PAYOUT", _("Payout requested")  # seller -> payouts in flight
        PAYOUT_PAID = "PAYOUT_PAID", _("Payout paid by the provider")  # payouts in flight -> provider cash
        PAYOUT_FAILED = "PAYOUT_FAILED", _("Payout failed, money given back")  # payouts in flight -> seller
        PAYOUT_RETURNED = "PAYOUT_RETURNED", _("Payout returned by the bank")  # provider cash -> seller
        REFUND_AFTER = "REFUND_AFTER", _("Refunded after completion")  # seller -> refunds in flight
        REFUND_FEE = "REFUND_FEE", _("Our fee in a refund after completion")  # fees -> refunds in flight
        REFUND_OWED = "REFUND_OWED", _("Advanced for a refund, owed by the seller")  # seller owes -> refunds in flight
        REFUND_OUTSIDE = "REFUND_OUTSIDE", _("Refund settled another way")  # refunds in flight -> outside cash
        OWED_SETTLED = "OWED_SETTLED", _("Taken for what the seller owed")  # seller -> seller owes

    kind = models.CharField(max_length=16, choices=Kind)
    key = models.CharField(max_length=60, unique=True, help_text=_("why it can happen only once: release:<hold>"))
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    debit_account = models.ForeignKey(
        Account, models.PROTECT, related_name="debits", db_constraint=False, db_index=False
    )
    credit_account = models.ForeignKey(
        Account, models.PROTECT, related_name="credits", db_constraint=False, db_index=False
    )
    debit_hold = models.ForeignKey(
        Hold, models.PROTECT, null=True, related_name="debits", db_constraint=False, db_index=False
    )
    credit_hold = models.ForeignKey(
        Hold, models.PROTECT, null=True, related_name="credits", db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~Q(debit_account=F("credit_account")), name="transfer_between_two_accounts"
            ),
            models.CheckConstraint(
                condition=Q(kind="CAPTURE", credit_hold__isnull=False, debit_hold__isnull=True)
                | Q(kind__in=["RELEASE", "FEE", "REFUND"], debit_hold__isnull=False, credit_hold__isnull=True)
                | (
                    ~Q(kind__in=["CAPTURE", "RELEASE", "FEE", "REFUND"])
                    & Q(debit_hold__isnull=True, credit_hold__isnull=True)
                ),
                name="transfer_names_its_hold",
            ),
        ]
        indexes = [
            models.Index(fields=["debit_hold"], name="transfer_out_of_hold", condition=Q(debit_hold__isnull=False)),
            models.Index(fields=["credit_hold"], name="transfer_into_hold", condition=Q(credit_hold__isnull=False)),
            # Those without a hold are few, and found by their accounts; the others by their holds (escrow/books.py).
            models.Index(
                fields=["debit_account", "id"],
                name="transfer_out_of_account",
                condition=Q(debit_hold=None, credit_hold=None),
            ),
            models.Index(
                fields=["credit_account", "id"],
                name="transfer_into_account",
                condition=Q(debit_hold=None, credit_hold=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.amount_minor} {self.currency}"
