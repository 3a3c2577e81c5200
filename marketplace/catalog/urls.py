"""The catalog's addresses: search, listings and shops for everybody, and the listings of a seller."""

from django.urls import path

from marketplace.catalog.views import public, selling

app_name = "catalog"

urlpatterns = [
    path("listings/", public.search, name="search"),
    path("listings/<slug:reference>/", public.listing, name="listing"),
    path("shops/<slug:slug>/", public.shop, name="shop"),
    path("selling/listings/", selling.own_listings, name="own_listings"),
    path("selling/listings/create/", selling.create_listing, name="create_listing"),
    path("selling/listings/<slug:reference>/change/", selling.change_listing, name="change_listing"),
    path("selling/listings/<slug:reference>/publish/", selling.publish_listing, name="publish_listing"),
    path("selling/listings/<slug:reference>/pause/", selling.pause_listing, name="pause_listing"),
]
