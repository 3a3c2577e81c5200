"""The catalog's addresses: search, listings and shops for everybody, and the listings of a seller."""

from django.urls import path

from marketplace.catalog.views import public

app_name = "catalog"

urlpatterns = [
    path("listings/", public.search, name="search"),
    path("listings/<str:reference>/", public.listing, name="listing"),
    path("shops/<slug:slug>/", public.shop, name="shop"),
]
