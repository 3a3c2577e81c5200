"""What of the figures needs somebody, said in words: nothing, on a good day."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from escrow.models import ProviderOperation
from marketplace.operations.figures import TOLERANCE, Figures

State = ProviderOperation.State


@dataclass(frozen=True)
class Alarm:
    """One thing that is not as it should be, and where to look."""

    text: str
    url: str


def raised(now: Figures) -> list[Alarm]:
    """Everything that needs somebody, the most urgent first."""
    return [alarm for alarms in (_money(now), _clocks(now), _asked(now), _left_over(now)) for alarm in alarms]


def _money(now: Figures) -> list[Alarm]:
    return [
        Alarm(_("The books are out of balance by %(amount)s.") % {"amount": imbalance}, "#money")
        for imbalance in now.imbalances
        if imbalance
    ]


def _clocks(now: Figures) -> list[Alarm]:
    alarms = []
    if now.swept is None:
        alarms.append(Alarm(_("Nobody has swept yet: is a worker running?"), "#clocks"))
    elif now.swept.is_late:
        alarms.append(Alarm(_("The last sweep was %(ago)s.") % {"ago": now.swept.words}, "#clocks"))
    if now.overdue.is_late:
        text = ngettext(
            "%(number)s order is overdue: it was due %(ago)s.",
            "%(number)s orders are overdue: the oldest was due %(ago)s.",
            now.overdue.orders,
        )
        alarms.append(Alarm(text % {"number": now.overdue.orders, "ago": now.overdue.words}, "#clocks"))
    if now.waiting.messages is None:
        alarms.append(Alarm(_("Redis does not answer. Nothing is lost; hints and the cache are missing."), "#waiting"))
    return alarms


def _asked(now: Figures) -> list[Alarm]:
    words = {
        State.UNKNOWN: (
            "%(number)s call to a provider has had no answer for a while.",
            "%(number)s calls to a provider have had no answer for a while.",
        ),
        State.FAILED: (
            "A provider refused %(number)s refund or payout.",
            "A provider refused %(number)s refunds or payouts.",
        ),
    }
    lasting = [one for one in now.asked if one.state in words and one.oldest_at]
    return [
        Alarm(ngettext(*words[one.state], one.count) % {"number": one.number}, _list_of(one.state))
        for one in lasting
        if one.state == State.FAILED or (one.oldest_at and now.at - one.oldest_at > TOLERANCE)
    ]


def _left_over(now: Figures) -> list[Alarm]:
    waiting = now.waiting
    found = (
        (
            now.set_aside_for_good,
            ngettext(
                "%(number)s order is set aside until somebody removes the cause.",
                "%(number)s orders are set aside until somebody removes the cause.",
                now.set_aside_for_good,
            ),
            "#set-aside",
        ),
        (
            waiting.outbox_set_aside,
            ngettext(
                "%(number)s event could not be told.", "%(number)s events could not be told.", waiting.outbox_set_aside
            ),
            reverse("admin:notifications_outboxentry_changelist"),
        ),
        (
            waiting.emails_dead,
            ngettext("%(number)s e-mail was given up.", "%(number)s e-mails were given up.", waiting.emails_dead),
            reverse("admin:notifications_email_changelist") + "?state__exact=DEAD",
        ),
    )
    return [Alarm(text % {"number": number}, url) for number, text, url in found if number]


def _list_of(state: str) -> str:
    return f"{reverse('operations_provider')}?state={state}"
