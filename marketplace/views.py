"""Pages that compose several apps."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """The front page: what Holdfast promises."""
    return render(request, "home.html")
