"""The addresses of cart, checkout, paying, orders and selling."""

from django.urls import path

from orders.views import cart, checkout, confirm_receipt, my_orders, order, pay, selling, steps

app_name = "orders"

urlpatterns = [
    path("cart/", cart.show, name="cart"),
    path("cart/add/", cart.add_to_cart, name="add_to_cart"),
    path("cart/<int:variant_id>/change/", cart.change_cart, name="change_cart"),
    path("cart/<int:variant_id>/remove/", cart.remove_from_cart, name="remove_from_cart"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("checkout/<slug:reference>/", checkout.placed, name="placed"),
    path("pay/<slug:reference>/", pay.pay, name="pay"),
    path("pay/<slug:reference>/return/", pay.pay_return, name="pay_return"),
    path("pay/<slug:reference>/status/", pay.pay_status, name="pay_status"),
    path("orders/", my_orders.my_orders, name="my_orders"),
    path("orders/<slug:number>/", order.order, name="order"),
    path("orders/<slug:number>/confirmed/", order.confirmed, name="confirmed"),
    path("orders/<slug:number>/receipt/", order.receipt, name="receipt"),
    path("orders/<slug:number>/packing-slip/", order.packing_slip, name="packing_slip"),
    path("selling/", selling.selling, name="selling"),
    path("selling/sales/", selling.sales, name="sales"),
    path("selling/money/", selling.money, name="money"),
    # Steps of the buyer
    path("orders/<slug:number>/cancel/", steps.cancel, name="cancel"),
    path("orders/<slug:number>/change-address/", steps.change_address, name="change_address"),
    path("orders/<slug:number>/request-cancellation/", steps.request_cancellation, name="request_cancellation"),
    path("orders/<slug:number>/withdraw-cancellation/", steps.withdraw_cancellation, name="withdraw_cancellation"),
    path("orders/<slug:number>/extend-protection/", steps.extend_protection, name="extend_protection"),
    path("orders/<slug:number>/confirm-receipt/", confirm_receipt.confirm_receipt, name="confirm_receipt"),
    # Steps of the seller
    path("orders/<slug:number>/ship/", steps.ship, name="ship"),
    path("orders/<slug:number>/add-parcel/", steps.add_parcel, name="add_parcel"),
    path("orders/<slug:number>/correct-tracking/", steps.correct_tracking, name="correct_tracking"),
    path("orders/<slug:number>/cancel-sale/", steps.cancel_sale, name="cancel_sale"),
    path("orders/<slug:number>/accept-cancellation/", steps.accept_cancellation, name="accept_cancellation"),
    path("orders/<slug:number>/decline-cancellation/", steps.decline_cancellation, name="decline_cancellation"),
    path("orders/<slug:number>/grant-extension/", steps.grant_extension, name="grant_extension"),
]
