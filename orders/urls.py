"""The addresses of cart, checkout, paying, orders and selling."""

from django.urls import path

from orders.views import cart, checkout, pay

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
]
