"""The addresses of profile, addresses and shop settings; signing in and out is allauth's."""

from django.urls import path

from marketplace.accounts import views

app_name = "accounts"

urlpatterns = [
    path("account/profile/", views.profile, name="profile"),
    path("account/addresses/", views.addresses, name="addresses"),
    path("account/addresses/add/", views.add_address, name="add_address"),
    path("account/addresses/<int:address_id>/edit/", views.change_address, name="change_address"),
    path("account/addresses/<int:address_id>/delete/", views.delete_address, name="delete_address"),
    path("account/addresses/<int:address_id>/make-default/", views.make_default_address, name="make_default_address"),
    path("selling/shop/", views.shop, name="shop"),
    path("selling/shop/open/", views.open_shop, name="open_shop"),
    path("selling/shop/edit/", views.change_shop, name="change_shop"),
    path("selling/shop/start-holiday/", views.start_holiday, name="start_holiday"),
    path("selling/shop/end-holiday/", views.end_holiday, name="end_holiday"),
]
