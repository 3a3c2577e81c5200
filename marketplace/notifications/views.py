"""What a person was told: the list, opening one, marking all as read."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.requests import SignedInRequest
from marketplace.lib import clock
from marketplace.notifications import reading
from marketplace.notifications.models import Notice


@login_required
@require_safe
def notices(request: SignedInRequest) -> HttpResponse:
    """The reader's notices, newest first, page by page."""
    page = reading.page_of(request.user, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    return render(request, "notifications/notices.html", {"page": page, "at": clock.now()})


@login_required
@require_safe
def open_notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go to where the notice leads; it counts as read from now on."""
    notice = get_object_or_404(Notice, pk=pk, user=request.user)
    reading.mark_read(Notice.objects.filter(pk=notice.pk), at=clock.now())
    return redirect(notice.url)


@login_required
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark as read all that the reader saw listed; what has come since stays unread."""
    latest = request.POST.get("latest", "")
    if latest.isdecimal() and len(latest) < 19:
        reading.mark_read(Notice.objects.filter(user=request.user, pk__lte=int(latest)), at=clock.now())
    return redirect("notifications:notices")
