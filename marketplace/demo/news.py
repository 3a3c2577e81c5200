"""The demo's past as people were told of it."""

from datetime import datetime, timedelta

from marketplace import notices
from marketplace.notifications import outbox
from marketplace.notifications.models import Email, Notice

UNREAD_WINDOW = timedelta(days=2)


def tell_past(*, present: datetime) -> None:
    """Tell it in the app, most of it read long since; nobody gets e-mails about a past that never was."""
    outbox.tell(notices.compose, at=present)
    Email.objects.filter(state=Email.State.QUEUED).update(state=Email.State.POINTLESS)
    Notice.objects.unread().filter(created_at__lt=present - UNREAD_WINDOW).update(read_at=present)
