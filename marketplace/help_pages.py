"""The help pages. Every number in them comes from the settings and the table of states, so none is told wrong."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from email.utils import parseaddr

from babel.dates import format_timedelta
from babel.lists import format_list
from babel.numbers import format_percent
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from marketplace.catalog.models import Category
from marketplace.lib.money import Money, reader_locale
from orders.lifecycle import OPEN_STATES, STATUSES, STEPS, Party, Reminder, State, Status, Step, steps_for

POLICY = {name: rule for name, rule in settings.POLICY.items() if isinstance(rule, timedelta)}
EXAMPLE = Money(4198, "USD")  # a sum to show the fee by
WHOLE = 10**6  # so many that Babel never rounds up to the next larger unit


@dataclass(frozen=True)
class Row:
    """One state in the table of deadlines: who acts, what they can do, until when, and what silence does."""

    status: Status
    window: str
    steps: list[str]
    reminder: str


def length(span: timedelta) -> str:
    """A window in words: whole days from three days on, hours below."""
    if span >= timedelta(days=3):
        return format_timedelta(span, granularity="day", threshold=WHOLE, locale=reader_locale())
    return format_timedelta(span, granularity="hour", threshold=WHOLE, locale=reader_locale())


def percent(bps: int) -> str:
    """Basis points as a percentage, exactly: 450 are "4.5%"."""
    return format_percent(Decimal(bps) / 10_000, format="#,##0.##%", locale=reader_locale())


def _awaiting_payment() -> str:
    return _("%(window)s from the order") % {"window": length(POLICY["payment_window"])}


def _awaiting_shipment() -> str:
    return _("the time that the listing says, %(least)d to %(most)d days from payment, usually %(usual)d") % (
        settings.HANDLING_DAYS
    )


def _cancellation_requested() -> str:
    return _("%(window)s from the request") % {"window": length(POLICY["cancellation_window"])}


def _shipped() -> str:
    return _(
        "the protection that the listing says, %(least)d to %(most)d days from shipping, usually %(usual)d. Where the "
        "carrier reports that everything arrived, %(delivered)s after that, if it is sooner; but never less than "
        "%(report)s after the report"
    ) % {
        **settings.PROTECTION_DAYS,
        "delivered": length(POLICY["delivered_window"]),
        "report": length(POLICY["delivery_report_window"]),
    }


WINDOWS = {
    State.AWAITING_PAYMENT: _awaiting_payment,
    State.AWAITING_SHIPMENT: _awaiting_shipment,
    State.CANCELLATION_REQUESTED: _cancellation_requested,
    State.SHIPPED: _shipped,
}


def _reminder(reminder: Reminder | None, party: Party) -> str:
    """When this party is written to before the deadline, because it loses by silence; empty where it is not."""
    if reminder is None or reminder.to != party:
        return ""
    if reminder.half_way:
        return _("We remind you when half of the time is over.")
    days = [before.days for before in reminder.before]
    listed = format_list([str(day) for day in days], locale=reader_locale())
    return ngettext("We remind you %(days)s day before.", "We remind you %(days)s days before.", max(days)) % {
        "days": listed
    }


def _steps(party: Party, state: State) -> list[Step]:
    """What the party can do: paying is reported by the provider, but done by the buyer."""
    pays = party == Party.BUYER and state in STEPS["pay"].sources
    return [*([STEPS["pay"]] if pays else []), *steps_for(party, state)]


def rows_for(party: Party) -> list[Row]:
    """The table of deadlines, with what this party can do in each state."""
    return [
        Row(
            status=STATUSES[state],
            window=WINDOWS[state](),
            steps=[str(step.label) for step in _steps(party, state)],
            reminder=_reminder(STATUSES[state].reminder, party),
        )
        for state in OPEN_STATES
    ]


def _numbers() -> dict[str, object]:
    fee_minor = EXAMPLE.amount_minor * settings.FEE_BPS // 10_000
    return {
        "payment_window": length(POLICY["payment_window"]),
        "cancellation_window": length(POLICY["cancellation_window"]),
        "least_shipping_window": length(POLICY["least_shipping_window"]),
        "delivered_window": length(POLICY["delivered_window"]),
        "buyer_extension": length(POLICY["buyer_extension"]),
        "buyer_extension_opens": length(POLICY["buyer_extension_opens"]),
        "extension_cap": length(POLICY["extension_cap"]),
        "unpaid_orders": settings.UNPAID_ORDERS_PER_BUYER,
        "handling": settings.HANDLING_DAYS,
        "protection": settings.PROTECTION_DAYS,
        "fee": percent(settings.FEE_BPS),
        "example": EXAMPLE,
        "example_fee": Money(fee_minor, EXAMPLE.currency),
        "example_net": Money(EXAMPLE.amount_minor - fee_minor, EXAMPLE.currency),
        "write_to": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }


@require_safe
def buyers(request: HttpRequest) -> HttpResponse:
    """How buying works, and what to do when something is wrong."""
    return render(request, "help/buyers.html", {"rows": rows_for(Party.BUYER), **_numbers()})


@require_safe
def sellers(request: HttpRequest) -> HttpResponse:
    """How selling works, and when the money comes."""
    fees = [(category, percent(category.effective_fee_bps)) for category in Category.objects.all()]
    return render(request, "help/sellers.html", {"rows": rows_for(Party.SELLER), "fees": fees, **_numbers()})
