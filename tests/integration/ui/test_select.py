"""Our template of choices says what Django's says."""

from __future__ import annotations

from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from ui.forms import FormRenderer

CHOICES = [
    ("", "---"),
    ("a", "A & <b>"),
    ("Group", [(1, "One"), (2, "Two")]),
    (True, "Yes"),
]


def test_it_is_djangos() -> None:
    for widget, value in (
        (forms.Select(attrs={"id": "x", "required": True}, choices=CHOICES), "2"),
        (forms.SelectMultiple(choices=CHOICES), ["a", "1"]),
        (forms.Select(), None),
    ):
        ours, djangos = (
            widget.render("name", value, renderer=renderer)
            for renderer in (FormRenderer(), DjangoTemplates())
        )

        assert "<select" in ours
        assert parse_html(ours) == parse_html(djangos)
