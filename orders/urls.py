"""The addresses of cart, checkout, paying, orders and selling."""

from django.urls import URLPattern

app_name = "orders"

urlpatterns: list[URLPattern] = []
