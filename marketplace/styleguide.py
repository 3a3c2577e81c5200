"""Every component in every variant on one page, to look at while working on them; served where DEBUG is on."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path

from marketplace.lib import clock
from marketplace.lib.money import Money
from marketplace.lib.states import FACES
from orders.lifecycle import STATUSES, State

ERROR_PAGES = {"400": 400, "403": 403, "403_csrf": 403, "404": 404, "409": 409, "500": 500, "503": 503}


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(help_text="What a buyer reads first.", max_length=80)
    description = forms.CharField(widget=forms.Textarea, required=False)
    price = forms.DecimalField(min_value=0)
    category = forms.ChoiceField(choices=[("", "Choose one"), ("a", "Ceramics"), ("b", "Books")])
    parcel = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("s", "Letter"), ("m", "Parcel"), ("l", "Freight")], label="How it ships"
    )
    photo = forms.FileField(required=False, help_text="JPEG, PNG or WebP, 10 MB at most.")
    agree = forms.BooleanField(label="I have the right to sell this")


def _photos() -> list[dict[str, object]]:
    url = static("img/hero.svg")
    return [{"url": url, "thumbnail_url": url, "alt": f"Sample {n}", "width": 448, "height": 336} for n in range(1, 4)]


def _steps() -> list[tuple[str, str]]:
    return [
        ("Paid", "credit-card"),
        ("Shipped", "truck"),
        ("Delivered", "box-seam"),
        ("Confirmed", "check-lg"),
        ("Paid out", "cash-coin"),
    ]


def _stepper(reached: int, at: datetime, now: str = "now") -> list[dict[str, object]]:
    return [
        {
            "label": label,
            "icon": icon,
            "status": "done" if place < reached else now if place == reached else "later",
            "at": at - timedelta(days=9 - 2 * place) if place < reached else None,
        }
        for place, (label, icon) in enumerate(_steps())
    ]


def _orders(at: datetime) -> list[dict[str, object]]:
    photo = {"url": static("img/hero.svg"), "alt": "A sample"}
    common = {"url": "#", "party": "Ceramica Lopes", "party_label": "from", "thumbs": [photo, photo]}
    return [
        common
        | {
            "number": "HF-7KQ2-M4XD",
            "title": "Stoneware dinner plates, set of four, speckled white",
            "detail": "Glaze white, Size 27 cm",
            "more": 2,
            "total": Money(4018, "USD"),
            "state": STATUSES[State.SHIPPED],
            "turn": "Your turn to confirm receipt",
            "due_at": at + timedelta(hours=31),
            "outcome": "receipt is confirmed and $38.22 goes to Ceramica Lopes.",
            "actions": [
                {"label": "Confirm receipt", "url": "#", "primary": True},
                {"label": "Extend protection", "url": "#"},
            ],
        },
        common
        | {
            "number": "HF-22B8-Q9TC",
            "title": "Linen apron",
            "thumbs": [],
            "total": Money(1500, "JPY"),
            "state": STATUSES[State.AWAITING_PAYMENT],
            "turn": "Your turn to pay",
            "due_at": at + timedelta(days=12),
            "outcome": "the order is cancelled and nothing is charged.",
            "actions": [{"label": "Pay", "url": "#", "primary": True}, {"label": "Cancel", "url": "#"}],
        },
        common
        | {
            "number": "HF-3F0G-77YA",
            "party": "Nordschleswigsche Landmaschinenersatzteilhandelsgesellschaft",
            "title": "Donaudampfschifffahrtsgesellschaftskapitänsmütze aus Schurwolle mit handgesticktem Emblem",
            "detail": "Colour midnight blue with silver thread, Size 62, Lining silk, Initials on the inside band",
            "more": 11,
            "total": Money(98765432100, "JPY"),
            "state": STATUSES[State.CANCELLATION_REQUESTED],
            "turn": "The seller's turn to answer",
            "due_at": at + timedelta(minutes=20),
            "outcome": "the order is cancelled and you get everything back.",
            "actions": [{"label": "Keep the order", "url": "#", "primary": True}],
        },
        common
        | {
            "number": "HF-9XW1-PL0A",
            "title": "Oak stool",
            "total": Money(12900, "EUR"),
            "state": STATUSES[State.COMPLETED],
        },
    ]


def _listings() -> list[dict[str, object]]:
    photo = {"url": static("img/hero.svg"), "alt": "A sample"}
    return [
        {"url": "#", "title": "Stoneware dinner plates, set of four", "photo": photo, "amount": Money(4018, "USD")}
        | {"shipping": Money(650, "USD"), "shop": "Ceramica Lopes"},
        {"url": "#", "title": "Oak stool with a very long name that goes on and on, hand-turned in Minho, oiled"}
        | {"photo": photo, "amount": Money(12900, "EUR"), "varies": True, "shop": "Marcenaria do Norte"},
        {
            "url": "#",
            "title": "Linen apron",
            "photo": None,
            "amount": Money(1500, "JPY"),
            "shop": "Aoi",
            "sold_out": True,
        },
        {
            "url": "#",
            "title": "Brass desk lamp",
            "photo": photo,
            "amount": Money(8900, "GBP"),
            "shop": "Hartley & Daughters",
        },
    ]


def _events(at: datetime) -> list[dict[str, object]]:
    return [
        {"icon": "credit-card", "title": "Paid", "actor": "Ana Souza", "at": at - timedelta(days=400)},
        {
            "icon": "truck",
            "title": "Shipped",
            "actor": "Ceramica Lopes",
            "at": at - timedelta(days=7),
            "note": "DHL 00340434292135100186",
        },
        {"icon": "box-seam", "title": "Delivered", "actor": "System", "at": at - timedelta(hours=5)},
    ]


def components(request: HttpRequest) -> HttpResponse:
    """The page of all components. `?errors` shows the form refused, `?messages` one message of each level."""
    if "messages" in request.GET:
        for level in (messages.SUCCESS, messages.INFO, messages.WARNING, messages.ERROR):
            messages.add_message(request, level, f"This is a message of the level {messages.DEFAULT_TAGS[level]}.")
    at = clock.now()
    context = {
        "at": at,
        "form": SampleForm({"price": "-1"} if "errors" in request.GET else None),
        "states": [*STATUSES.values(), *FACES],
        "photos": _photos(),
        "steppers": [_stepper(2, at), _stepper(5, at), _stepper(1, at, "stopped")],
        "deadlines": [at + timedelta(days=12), at + timedelta(hours=31), at - timedelta(hours=3)],
        "orders": _orders(at),
        "listings": _listings(),
        "events": _events(at),
        "lines": [
            {"label": "You paid", "amount": Money(4018, "USD"), "kind": "strong"},
            {"label": "On hold", "amount": Money(4018, "USD"), "hint": "until you confirm or Tue, Nov 25"},
            {"label": "Fee (4.5 %)", "amount": Money(-180, "USD")},
            {"label": "Goes to Ceramica Lopes", "amount": Money(3838, "USD"), "kind": "total"},
        ],
        "held": Money(428150, "USD"),
        "available": Money(91820, "USD"),
        "tabs": [
            {"label": "All", "url": "#", "count": 12, "current": True},
            {"label": "To pay", "url": "#", "count": 1},
            {"label": "To ship", "url": "#", "count": 3},
            {"label": "Shipped", "url": "#", "count": 2},
            {"label": "Disputes", "url": "#", "count": 0},
            {"label": "Closed", "url": "#", "count": 6},
        ],
        "trail": [{"label": "My Orders", "url": "#"}, {"label": "HF-7KQ2-M4XD", "url": "#"}],
        "error_pages": ERROR_PAGES,
        "tones": [
            ("neutral", "info-circle"),
            ("turn", "exclamation-triangle"),
            ("moving", "truck"),
            ("good", "check-circle"),
            ("bad", "exclamation-circle"),
        ],
    }
    return render(request, "styleguide.html", context)


def error_page(request: HttpRequest, name: str) -> HttpResponse:
    """One of the error pages, as a visitor of a production site sees it."""
    if name not in ERROR_PAGES:
        raise Http404
    return render(request, f"{name}.html", status=ERROR_PAGES[name])


urlpatterns = [
    path("styleguide/", components, name="styleguide"),
    path("styleguide/errors/<name>/", error_page, name="styleguide_error"),
]
