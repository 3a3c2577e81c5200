"""What the pages of all steps share: GET shows what the step will do, POST does it, a refusal says why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeAlias

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from marketplace.accounts.models import User
from marketplace.accounts.requests import SignedInRequest
from marketplace.lib import clock
from marketplace.lib.contention import patiently
from orders import rules
from orders.forms import StepForm
from orders.lifecycle import STEPS, Party, Step
from orders.models import Order
from orders.moves import StepRefused
from orders.pages.glance import glance
from orders.pages.money import money_box
from orders.pages.trail import trail_through
from orders.views.found import own_order


@dataclass(frozen=True)
class Click:
    """Somebody takes a step with an order, now, having filled in its form rightly."""

    order: Order
    by: User
    at: datetime
    form: Any


# Where the help pages say more about a step.
HELP = {
    "request_cancellation": ("help_buyers", "cancel"),
    "withdraw_cancellation": ("help_buyers", "cancel"),
    "extend_protection": ("help_buyers", "deadlines"),
    "ship": ("help_sellers", "shipping"),
    "add_parcel": ("help_sellers", "shipping"),
    "cancel_sale": ("help_sellers", "cannot-ship"),
    "accept_cancellation": ("help_sellers", "cancellation"),
    "decline_cancellation": ("help_sellers", "cancellation"),
    "grant_extension": ("help_sellers", "deadlines"),
}

Act: TypeAlias = Callable[[Click], object]
View: TypeAlias = Callable[..., HttpResponse]


def step_page(
    name: str, *, lead: str | Promise, form: type[StepForm] = StepForm, danger: bool = False
) -> Callable[[Act], View]:
    """Make the view of a step out of the act that takes it. `lead` tells, before it is done, what it will do."""
    step = STEPS[name]

    def view_of(act: Act) -> View:
        @login_required
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(act)
        def view(request: SignedInRequest, number: str) -> HttpResponse:
            order, at = own_order(request.user, number, step.party), clock.now()
            bound = form(request.POST if request.method == "POST" else None, order=order)
            try:
                if bound.is_valid():
                    click = Click(order, request.user, at, bound)
                    patiently(lambda: _take(act, step, click))
                    messages.success(request, str(step.done))
                    return redirect(order)
                if not bound.is_bound:
                    check(order, step, at)
            except StepRefused as refusal:
                return refused(request, refusal)
            context = {"order": order, "step": step, "form": bound, "at": at, "danger": danger}
            context["trail"] = trail_through(order, step.party)
            return render(request, "orders/step.html", context | _words(order, step, lead))

        return view

    return view_of


def refused(request: SignedInRequest, refusal: StepRefused) -> HttpResponse:
    """The page that says why a step is not possible, in which state the order is now, and what is possible."""
    order, at = own_order(request.user, refusal.order.number), clock.now()
    seen = glance(order, request.user, at)
    context = {
        "order": order,
        "refusal": refusal,
        "seen": seen,
        "bought": seen.party == Party.BUYER,
        "trail": trail_through(order, seen.party),
        "at": at,
    }
    return render(request, "orders/refused.html", context, status=409)


def check(order: Order, step: Step, at: datetime) -> None:
    """Raise `StepRefused` where the step would be refused now, so that nobody fills in a form for nothing."""
    if order.state not in step.sources:
        raise StepRefused(order, step)
    if reason := rules.why_not(order, step, at):
        raise StepRefused(order, step, reason)


def _take(act: Act, step: Step, click: Click) -> None:
    """Take the step; where it leaves the state as it is, only if the order is as the page showed it.

    Such a step would otherwise be taken twice by a second click: a repetition has no effect, and an order that has
    changed in another way is looked at again first.
    """
    if step.target is not None:
        act(click)
        return
    seen = click.form.cleaned_data["seen"]
    with transaction.atomic():
        (locked,) = Order.objects.filter(pk=click.order.pk).lock()
        last = locked.events.latest("seq")
        if seen is None or seen == locked.event_count:
            act(click)
        elif (last.step, last.actor_id, last.seq) != (step.name, click.by.pk, seen + 1):
            raise StepRefused(locked, step, _("The order has changed since you opened that page. Look at it first."))


def _words(order: Order, step: Step, lead: str | Promise) -> dict[str, object]:
    names = {
        "buyer": order.buyer,
        "seller": order.seller.shop,
        "total": order.total.format(),
        "days": order.policy.buyer_extension.days,
    }
    page, anchor = HELP.get(step.name, ("", ""))
    return {
        "lead": str(lead) % names,
        "lines": money_box(order, step.party) if step.settlement else [],
        "help_url": f"{reverse(page)}#{anchor}" if page else "",
    }
