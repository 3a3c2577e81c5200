"""The provider's addresses: its API, the control of the sandbox, and the pages people see."""

from django.urls import path

from marketplace.sandbox import api, control, pages
from marketplace.sandbox.models import Chargeback, Parcel, Payment, Payout, Refund

urlpatterns = [
    path("", pages.home, name="home"),
    path("healthz", pages.healthz),
    path("pay/<slug:token>/", pages.pay, name="pay"),
    path("pay/<slug:token>/confirm/", pages.confirm, name="confirm"),
    path("parcels/", pages.find_parcel, name="find_parcel"),
    path("parcels/<path:tracking_number>/", pages.parcel, name="parcel"),
    path("v1/payments", api.payments),
    path("v1/payments/<slug:pk>", api.show, {"kind": Payment}),
    path("v1/payments/<slug:pk>/pay", control.pay),
    path("v1/payments/<slug:pk>/charge-back", control.charge_back),
    path("v1/chargebacks/<slug:pk>", api.show, {"kind": Chargeback}),
    path("v1/chargebacks/<slug:pk>/evidence", api.evidence),
    path("v1/chargebacks/<slug:pk>/decide", control.decide),
    path("v1/refunds", api.refunds),
    path("v1/refunds/<slug:pk>", api.show, {"kind": Refund}),
    path("v1/payouts", api.payouts),
    path("v1/payouts/<slug:pk>", api.show, {"kind": Payout}),
    path("v1/parcels", api.parcels_),
    path("v1/parcels/<slug:pk>", api.show, {"kind": Parcel}),
    path("v1/find", api.find),
    path("v1/events", api.events),
    path("v1/report", api.report),
    path("v1/chaos", control.chaos),
    path("v1/endpoints", control.endpoints),
    path("v1/status", control.status),
    path("v1/reset", control.reset),
]
