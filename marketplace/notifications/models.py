"""What people are told: the outbox that every event enters, and the notices and e-mails that come of it."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxQuerySet(models.QuerySet["OutboxEntry"]):
    """Questions about entries that read aloud."""

    def to_tell(self, at: datetime) -> "OutboxQuerySet":
        """Entries to be told at this moment, oldest first: a walk along the primary key, where few rows ever stay."""
        waited = Q(next_try_at__isnull=True) | Q(next_try_at__lte=at)
        return self.filter(waited, tries__lt=OutboxEntry.MOST_TRIES).order_by("pk")

    def set_aside(self) -> "OutboxQuerySet":
        """Entries that failed too often and wait for an operator."""
        return self.filter(tries__gte=OutboxEntry.MOST_TRIES)


class OutboxEntry(models.Model):
    """Something happened that people may have to be told. Written in the transaction in which it happened.

    `topic` is the app and the event ("orders.ship"), `subject_id` what it happened to, `seq` which of the subject's
    events it is: together they make each notice unique. Plain SQL writes these and `created_at`, the database the rest.
    """

    MOST_TRIES: ClassVar[int] = 5

    topic = models.TextField()
    subject_id = models.BigIntegerField()
    seq = models.IntegerField()
    created_at = models.DateTimeField(help_text=_("when it happened"))
    tries = models.SmallIntegerField(db_default=0)
    next_try_at = models.DateTimeField(null=True, help_text=_("none: at once"))
    last_error = models.TextField(db_default="", blank=True)

    objects: ClassVar[OutboxQuerySet] = OutboxQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = _("outbox entries")

    def __str__(self) -> str:
        return f"{self.topic} {self.subject_id}.{self.seq}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Questions about notices that read aloud."""

    def unread(self) -> "NoticeQuerySet":
        """Notices nobody has opened yet."""
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One thing that one person was told inside the marketplace, in the words they read."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False)
    topic = models.TextField()
    subject_id = models.BigIntegerField()
    seq = models.IntegerField()
    title = models.TextField()
    body = models.TextField(blank=True)
    url = models.TextField(help_text=_("the path of the one page where to act"))
    created_at = models.DateTimeField(help_text=_("when it happened"))
    read_at = models.DateTimeField(null=True)

    objects: ClassVar[NoticeQuerySet] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notice_of_user"),
            models.Index(fields=["user"], name="notice_unread", condition=Q(read_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "topic", "subject_id", "seq"], name="notice_once_per_event"),
        ]

    def __str__(self) -> str:
        return self.title


class EmailQuerySet(models.QuerySet["Email"]):
    """Questions about e-mails that read aloud."""

    def to_send(self, at: datetime) -> "EmailQuerySet":
        """E-mails to be sent now, and those whose sender was lost with them; who waited longest first."""
        return self.filter(state__in=Email.OPEN_STATES, next_try_at__lte=at).order_by("next_try_at", "pk")


class Email(models.Model):
    """One e-mail about one event to one person, as it goes to the mail server."""

    class State(models.TextChoices):
        """How far it came."""

        QUEUED = "QUEUED", _("Waiting")
        SENDING = "SENDING", _("Being sent")
        SENT = "SENT", _("Sent")
        POINTLESS = "POINTLESS", _("Not sent: it no longer mattered")
        DEAD = "DEAD", _("Given up")

    OPEN_STATES: ClassVar[tuple[str, ...]] = (State.QUEUED, State.SENDING)
    MOST_TRIES: ClassVar[int] = 8
    MOST_DELIVERIES: ClassVar[int] = 2

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="emails", db_index=False)
    topic = models.TextField()
    subject_id = models.BigIntegerField()
    seq = models.IntegerField()
    address = models.EmailField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField()
    headers = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    tries = models.SmallIntegerField(default=0)
    deliveries = models.SmallIntegerField(default=0, help_text=_("how often the mail server has it, or may have it"))
    possibly_repeated = models.GeneratedField(
        expression=models.ExpressionWrapper(Q(deliveries__gt=1), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(help_text=_("when it was written"))
    next_try_at = models.DateTimeField(help_text=_("while being sent: when its sender counts as lost"))
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    objects: ClassVar[EmailQuerySet] = EmailQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(
                fields=["next_try_at", "id"], name="email_to_send", condition=Q(state__in=["QUEUED", "SENDING"])
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "topic", "subject_id", "seq"], name="email_once_per_event"),
            models.CheckConstraint(condition=Q(deliveries__gte=0, deliveries__lte=2), name="email_at_most_twice"),
            models.CheckConstraint(
                condition=Q(state="SENT", sent_at__isnull=False) | (~Q(state="SENT") & Q(sent_at__isnull=True)),
                name="email_sent_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.address})"
