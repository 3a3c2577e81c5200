"""Sums of the ledger that were made earlier, so that reading them takes a time that does not grow with it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escrow.models.ledger import Account


class AccountTotal(models.Model):
    """What an account without a balance row had moved, up to the transfer that `Folding` names: a sum made earlier."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="total")
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.account_id}: {self.debit_minor} / {self.credit_minor}"


class Folding(models.Model):
    """How far the account totals have come: one row, whose `id` is 1 (see escrow/books.py)."""

    id = models.SmallIntegerField(primary_key=True)
    through_id = models.BigIntegerField(default=0, help_text=_("every transfer up to this one is in the totals"))
    next_id = models.BigIntegerField(default=0, help_text=_("how far to go once nobody can write a lower one any more"))
    next_xid = models.BigIntegerField(default=0, help_text=_("every transaction before it has to be over by then"))
    noted_at = models.DateTimeField(null=True, help_text=_("when `next_id` was noted"))

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="folding_is_one")]

    def __str__(self) -> str:
        return f"through {self.through_id}"
