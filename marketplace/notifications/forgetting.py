"""Forgets what nobody needs any more: the texts of old e-mails and old notices are people's private affairs."""

from datetime import datetime, timedelta

from marketplace.notifications.models import Email, Notice

EMAIL_WINDOW = timedelta(days=90)
NOTICE_WINDOW = timedelta(days=365)
BATCH = 500


def forget_old(*, at: datetime, batch: int = BATCH) -> int:
    """Delete e-mails (unless they still wait) and notices that are past their windows; return how many.

    Looks at the oldest few of each alone, so that it needs no index of its own and costs every sweep the same.
    """
    emails = Email.objects.filter(pk__in=list(Email.objects.order_by("pk").values_list("pk", flat=True)[:batch]))
    notices = Notice.objects.filter(pk__in=list(Notice.objects.order_by("pk").values_list("pk", flat=True)[:batch]))
    old_emails = emails.filter(created_at__lt=at - EMAIL_WINDOW).exclude(state__in=Email.OPEN_STATES)
    old_notices = notices.filter(created_at__lt=at - NOTICE_WINDOW)
    return old_emails.delete()[0] + old_notices.delete()[0]
