"""The addresses of what a person was told."""

from django.urls import path

from marketplace.notifications import views

app_name = "notifications"

urlpatterns = [
    path("notifications/", views.notices, name="notices"),
    path("notifications/read-all/", views.read_all, name="read_all"),
    path("notifications/<int:pk>/", views.open_notice, name="open_notice"),
]
