"""Taking a step: one view each, named and addressed as the step is. Confirming has a module of its own."""

from django.utils.translation import gettext_lazy as _

from orders import actions
from orders.forms import (
    AddParcelForm,
    ChangeAddressForm,
    CorrectTrackingForm,
    GrantExtensionForm,
    ParcelForm,
    ReasonForm,
)
from orders.views.step_page import Click, step_page

# --- The buyer's ---


@step_page("cancel", danger=True, lead=_("You have not paid, so nothing is charged. The goods go back on sale."))
def cancel(click: Click) -> None:
    """Give up an order that is not paid."""
    actions.cancel(orders=[click.order.pk], by=click.by, at=click.at)


@step_page("change_address", form=ChangeAddressForm, lead=_("%(seller)s sends the goods there."))
def change_address(click: Click) -> None:
    """Have the goods sent elsewhere, as long as they are not shipped."""
    address = click.form.cleaned_data["address"]
    actions.change_address(orders=[click.order.pk], by=click.by, at=click.at, address=address)


@step_page(
    "request_cancellation",
    form=ReasonForm,
    lead=_(
        "%(seller)s can agree, decline, or ship what is packed already. Without an answer in time the order is"
        " cancelled and you get %(total)s back. You can ask once."
    ),
)
def request_cancellation(click: Click) -> None:
    """Ask the seller to cancel."""
    reason = click.form.cleaned_data["reason"]
    actions.request_cancellation(orders=[click.order.pk], by=click.by, at=click.at, reason=reason)


@step_page(
    "withdraw_cancellation",
    lead=_("Your request is taken back and %(seller)s ships the order. You cannot ask again."),
)
def withdraw_cancellation(click: Click) -> None:
    """Keep the order after all."""
    actions.withdraw_cancellation(orders=[click.order.pk], by=click.by, at=click.at)


@step_page(
    "extend_protection",
    lead=_("You get %(days)s days more to look at the goods, once. Meanwhile the money stays held."),
)
def extend_protection(click: Click) -> None:
    """Take a few days more."""
    actions.extend_protection(orders=[click.order.pk], by=click.by, at=click.at)


# --- The seller's ---


@step_page(
    "ship",
    form=ParcelForm,
    lead=_("Say so when the parcel is with the carrier. %(buyer)s is told, and their protection starts to run."),
)
def ship(click: Click) -> None:
    """Say with which carrier the goods travel."""
    actions.ship(by=click.by, at=click.at, parcels={click.order.pk: click.form.parcel})


@step_page(
    "add_parcel",
    form=AddParcelForm,
    lead=_("For goods that travel in several parcels. The order counts as delivered when all have arrived."),
)
def add_parcel(click: Click) -> None:
    """Send another parcel."""
    actions.add_parcel(order=click.order.pk, by=click.by, at=click.at, parcel=click.form.parcel)


@step_page(
    "correct_tracking",
    form=CorrectTrackingForm,
    lead=_("%(buyer)s sees the new number and the old one. No deadline moves."),
)
def correct_tracking(click: Click) -> None:
    """Correct a parcel's carrier or number."""
    shipment = click.form.cleaned_data["shipment"]
    actions.correct_tracking(shipment=shipment, by=click.by, at=click.at, parcel=click.form.parcel)


@step_page(
    "cancel_sale",
    danger=True,
    lead=_("%(buyer)s gets %(total)s back, all of it. The goods go back into your stock. This is final."),
)
def cancel_sale(click: Click) -> None:
    """Cancel and refund in full."""
    actions.cancel_sale(orders=[click.order.pk], by=click.by, at=click.at)


@step_page(
    "accept_cancellation",
    danger=True,
    lead=_("%(buyer)s gets %(total)s back, all of it. The goods go back into your stock. This is final."),
)
def accept_cancellation(click: Click) -> None:
    """Agree to cancel."""
    actions.accept_cancellation(orders=[click.order.pk], by=click.by, at=click.at)


@step_page(
    "decline_cancellation",
    lead=_("You ship the order after all; your time to do so goes on, with a day left at least."),
)
def decline_cancellation(click: Click) -> None:
    """Decline to cancel."""
    actions.decline_cancellation(orders=[click.order.pk], by=click.by, at=click.at)


@step_page(
    "grant_extension",
    form=GrantExtensionForm,
    lead=_("%(buyer)s gets more time to look at the goods. Should they stay silent, you are paid that much later."),
)
def grant_extension(click: Click) -> None:
    """Give the buyer more time."""
    days = click.form.cleaned_data["days"]
    actions.grant_extension(orders=[click.order.pk], by=click.by, at=click.at, days=days)
