"""Where uploads are served from."""

from django.urls import path

from marketplace.media import views

app_name = "media"

urlpatterns = [
    path("media/<slug:public_name>/photo.jpg", views.photo, name="photo"),
    path("media/<slug:public_name>/thumbnail.webp", views.thumbnail, name="thumbnail"),
]
