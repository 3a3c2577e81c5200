"""The parts of pages: what the tags write, how forms name their errors, what error pages say, what is served."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.views.defaults import page_not_found, server_error

from marketplace.context import site
from marketplace.lib.money import Money
from marketplace.lib.states import FACES, HasFace
from orders.lifecycle import STATUSES

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "static"
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TONES = {"neutral", "turn", "moving", "good", "bad"}


def render(source: str, **context: object) -> str:
    """A template with our tags, its white space made single."""
    return " ".join(Template("{% load holdfast %}" + source).render(Context(context)).split())


def icons() -> set[str]:
    """The names in the sprite."""
    return set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))


def test_money_is_written_from_minor_units_or_from_money() -> None:
    assert render("{% money 4018 'USD' %}") == '<span class="money">$40.18</span>'
    assert render("{% money amount %}", amount=Money(1500, "JPY")) == '<span class="money">¥1,500</span>'
    assert render("{{ 4018|money:'USD' }} {{ amount|money }}", amount=Money(5, "EUR")) == "$40.18 €0.05"


def test_a_moment_is_a_time_that_machines_read_too() -> None:
    assert render("{% moment at at %}", at=AT).replace("\xa0", " ") == (
        '<time datetime="2026-11-22T12:00:00+00:00">Sun, Nov 22, 12:00 PM</time>'
    )
    assert render("{% day at at %}", at=AT) == '<time datetime="2026-11-22T12:00:00+00:00">Sun, Nov 22</time>'


def test_a_deadline_says_when_how_long_and_in_which_zone() -> None:
    html = render("{% deadline due_at at 'Ship it' %}", due_at=AT + timedelta(days=12), at=AT).replace("\xa0", " ")
    assert "deadline-far" in html
    assert ">in 12 days<" in html
    assert "Fri, Dec 4, 12:00 PM UTC" in html
    assert 'data-what="Ship it"' in html


def test_the_deadline_box_says_what_silence_does() -> None:
    html = render(
        "{% include 'components/_deadline_box.html' %}", due_at=AT, at=AT, turn="Your turn", outcome="it is <cancelled>"
    )
    assert "Your turn" in html
    assert "If nobody acts:</span> it is &lt;cancelled&gt;" in html
    assert "deadline-past" in html


def test_a_state_is_told_in_words_and_an_icon_never_by_colour_alone() -> None:
    for state in [*FACES, *STATUSES.values()]:
        html = render("{% state_badge state %}", state=state)
        assert "<use href=" in html
        assert re.search(r"</svg>\s*\w+", html)
    assert "Sold" in render("{% state_badge 'PAUSED' 'Sold' %}")


def test_every_face_has_an_icon_of_the_sprite_and_a_known_tone() -> None:
    faces: list[HasFace] = [*FACES.values(), *STATUSES.values()]
    for face in faces:
        assert face.icon in icons()
        assert face.tone in TONES


def test_a_state_without_a_face_is_a_mistake_that_is_found() -> None:
    with pytest.raises(LookupError, match="LOST"):
        render("{% state_badge 'LOST' %}")


def test_every_icon_that_templates_name_is_in_the_sprite() -> None:
    pattern = re.compile(r"""{% icon "([^"]+)"|icon_name="([^"]+)\"""")
    named = {found[0] or found[1] for path in TEMPLATES.rglob("*.html") for found in pattern.findall(path.read_text())}
    assert named - icons() == set()


def test_an_icon_is_hidden_from_screen_readers_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in render("{% icon 'truck' %}")
    named = render("{% icon 'truck' label %}", label="In <transit>")
    assert 'role="img" aria-label="In &lt;transit&gt;"' in named


def test_templates_carry_no_inline_style_or_script() -> None:
    for path in TEMPLATES.rglob("*.html"):
        if "notices" in path.parts:  # e-mails, which no policy guards
            continue
        text = path.read_text()
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|<script(?![^>]*\ssrc=)", text), path


def test_every_stylesheet_is_used_and_every_one_used_exists() -> None:
    linked = set()
    for path in TEMPLATES.rglob("*.html"):
        linked |= set(re.findall(r"{% static '([^']+\.(?:css|js|svg))'", path.read_text()))
    assert {name for name in linked if finders.find(name) is None} == set()
    ours = {str(path.relative_to(STATIC)) for kind in ("css", "js") for path in (STATIC / kind).glob(f"*.{kind}")}
    assert ours - linked == set()


def test_nothing_vendored_points_to_a_source_map() -> None:
    for path in (STATIC / "vendor").iterdir():
        assert "sourceMappingURL" not in path.read_text()


class ParcelForm(forms.Form):
    """One field of each kind the templates treat differently."""

    tracking = forms.CharField(help_text="On the receipt.")
    note = forms.CharField(required=False)
    carrier = forms.ChoiceField(choices=[("a", "DHL"), ("b", "UPS")], widget=forms.RadioSelect)
    insured = forms.BooleanField()
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_field_is_linked_to_its_label_its_help_and_its_error() -> None:
    html = str(ParcelForm({}))
    assert '<label class="field-label" for="id_tracking">' in html
    control = re.search(r'<input[^>]*name="tracking"[^>]*>', html)
    assert control is not None
    assert 'aria-describedby="id_tracking_helptext id_tracking_error"' in control[0]
    assert 'aria-invalid="true"' in control[0]
    assert 'class="form-control"' in control[0]
    assert 'id="id_tracking_helptext"' in html
    assert 'id="id_tracking_error"' in html


def test_what_is_wrong_is_listed_first_with_links_to_the_fields() -> None:
    html = str(ParcelForm({}))
    summary = html[: html.index('class="field"')]
    assert 'role="alert"' in summary
    assert "autofocus" in summary
    for field in ("id_tracking", "id_carrier_0", "id_insured"):
        assert f'href="#{field}"' in summary
        assert f'id="{field}"' in html
    assert "error-summary" not in str(ParcelForm())


def test_optional_fields_say_so_and_choices_stand_in_a_fieldset() -> None:
    html = str(ParcelForm())
    assert "(optional)" in html
    assert html.count("(optional)") == 1
    assert re.search(r"<fieldset.*<legend>\s*Carrier\s*</legend>.*</fieldset>", html, re.DOTALL)
    assert html.count('class="choice"') == 3
    assert 'type="hidden"' in html


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("<script>", ""), ("", "")])
def test_only_a_known_look_is_taken_from_the_cookie(rf: RequestFactory, cookie: str, theme: str) -> None:
    request = rf.get("/")
    request.COOKIES["theme"] = cookie
    assert site(request)["theme"] == theme


@pytest.mark.django_db
def test_an_unknown_address_says_what_to_do_next(client: Client) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Go to the front page" in answer.content.decode()


def test_the_page_for_a_crash_asks_nothing_of_the_database_or_the_session(rf: RequestFactory) -> None:
    answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "look at your order before you try again" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_plain_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a@example.com"})
    assert answer.status_code == 403
    assert "This form was open too long." in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/account/login/", "/account/signup/", "/nowhere/"])
def test_pages_are_served_under_a_policy_that_allows_no_inline_code(client: Client, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_conflict_leads_to_the_thing_as_it_now_is() -> None:
    html = render(
        "{% include '409.html' %}", title="It is completed.", text="It was just confirmed.", url="/x/", action="See it"
    )
    assert "It is completed." in html
    assert 'href="/x/"' in html


def test_a_missing_page_is_shown_to_those_not_signed_in(rf: RequestFactory) -> None:
    answer = page_not_found(rf.get("/"), Exception("no"))
    assert "Sign in" in answer.content.decode()
