"""The project's addresses, one line an app."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from marketplace import help_pages, styleguide, views, webhooks
from marketplace.operations import health, metrics

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("orders.urls")),
    path("", include("marketplace.accounts.urls")),
    path("", include("marketplace.catalog.urls")),
    path("", include("marketplace.media.urls")),
    path("", include("marketplace.notifications.urls")),
    path("help/buyers/", help_pages.buyers, name="help_buyers"),
    path("help/sellers/", help_pages.sellers, name="help_sellers"),
    path("webhooks/provider/<slug:name>/", webhooks.provider, name="provider_webhook"),
    path("webhooks/carrier/<slug:name>/", webhooks.carrier, name="carrier_webhook"),
    path("operations/", include("marketplace.operations.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns += styleguide.urlpatterns
