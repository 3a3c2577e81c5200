"""The tags that templates share: money, moments, deadlines, states, icons and form controls.

They only put into HTML what `marketplace.lib` says.
"""

from datetime import datetime

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.forms.boundfield import BoundWidget
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.lib import deadlines, states
from marketplace.lib.money import Money

register = template.Library()


def _money(amount: Money | int, currency: str) -> Money:
    return amount if isinstance(amount, Money) else Money(amount, currency)


@register.simple_tag(name="money")
def money_tag(amount: Money | int, currency: str = "") -> SafeString:
    """An amount as the reader writes it: `{% money order.total_minor order.currency %}` or `{% money a_money %}`."""
    return format_html('<span class="money">{}</span>', _money(amount, currency).format())


@register.filter(name="money")
def money_filter(amount: Money | int, currency: str = "") -> str:
    """The same without markup, for titles, e-mails and `blocktranslate with`: `{{ minor|money:currency }}`."""
    return _money(amount, currency).format()


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of `static/icons.svg`; without a label it is decoration and hidden from screen readers."""
    arrow = " icon-arrow" if name.startswith(("arrow-", "chevron-")) else ""
    spoken = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="icon{}{}" {} focusable="false"><use href="{}#{}"></use></svg>',
        arrow,
        f" {css}" if css else "",
        SafeString(spoken),
        static("icons.svg"),
        name,
    )


@register.simple_tag
def moment(value: datetime, at: datetime) -> SafeString:
    """A time as `<time>`, to the minute, in the reader's zone; the year shows where it is not that of `at`."""
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), deadlines.moment_words(value, at)
    )


@register.simple_tag
def day(value: datetime, at: datetime) -> SafeString:
    """Like `moment`, for where only the day matters."""
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), deadlines.date_words(value, at)
    )


@register.simple_tag
def stamp(value: datetime) -> SafeString:
    """A time as `<time>` for what is printed: with its year and its zone."""
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), deadlines.stamp_words(value)
    )


@register.inclusion_tag("components/_deadline.html")
def deadline(due_at: datetime, at: datetime, what: str = "") -> dict[str, object]:
    """A deadline: absolute in the reader's zone and how long; `what` names it to screen readers when it comes near."""
    left = deadlines.time_left(due_at, at)
    return {
        "due_at": due_at.isoformat(timespec="seconds"),
        "at": at.isoformat(timespec="seconds"),
        "nearness": left.nearness,
        "left": left.words,
        "words": deadlines.moment_words(due_at, at),
        "zone": deadlines.zone_words(due_at),
        "what": what,
    }


@register.inclusion_tag("components/_state.html")
def state_badge(state: str | states.HasFace, label: str = "") -> dict[str, object]:
    """A state as words and an icon in its tone; a label of one's own may replace the words.

    `{% state_badge order.status %}`, or by a name in `marketplace.lib.states`: `{% state_badge shop.state %}`.
    """
    face = states.face(state)
    return {"label": label or face.label, "icon_name": face.icon, "tone": face.tone}


@register.filter
def control(field: BoundField) -> SafeString:
    """A form field's control with Bootstrap's class for its kind; ids and aria attributes are Django's own."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, Select):
        css = "form-select"
    else:
        css = "form-control"
    given = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{css} {given}".strip()})


@register.filter
def choices(field: BoundField) -> list[BoundWidget]:
    """The options of a radio or checkbox list, each with `tag`, `id_for_label` and `choice_label`."""
    widget = field.field.widget
    attrs = field.build_widget_attrs({"id": field.auto_id, "class": "form-check-input"})
    options = widget.subwidgets(field.html_name, field.value(), attrs=attrs)
    return [BoundWidget(widget, option, field.form.renderer) for option in options]


@register.filter
def focus_id(field: BoundField) -> str:
    """The id of the element that takes the focus when somebody follows an error to its field."""
    return f"{field.auto_id}_0" if is_choices(field) else field.id_for_label or field.auto_id


@register.filter
def is_choices(field: BoundField) -> bool:
    """Whether the field is a list of radio buttons or boxes, which a fieldset holds together."""
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is a single box, whose label stands beside it."""
    return isinstance(field.field.widget, CheckboxInput)
