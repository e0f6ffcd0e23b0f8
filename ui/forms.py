"""Forms that look and refuse alike: one renderer, fields that clean their text, filters.

`{{ form }}` writes the error summary, whose lines lead to the fields, and then each field
with its label, hint and error. Nothing is tweaked in templates.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import QueryDict
from django.utils.translation import gettext as _

from ui import formats
from ui.query import FIRST_DAY, LAST_DAY, BadQueryError
from ui.text import MAX_LENGTH, clean_text

_CSS: dict[type[forms.Widget], str] = {
    forms.CheckboxInput: "check",
    forms.RadioSelect: "options",
    forms.CheckboxSelectMultiple: "options",
    forms.Select: "form-select",
    forms.HiddenInput: "",
    forms.Widget: "form-control",
}
"""The class of each kind of widget; the first kind it is one of counts."""


class PortalBoundField(BoundField):
    """A field whose widget has the class of its kind, unless it brings one of its own."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if "class" not in attrs and "class" not in widget.attrs:
            css = next(name for kind, name in _CSS.items() if isinstance(widget, kind))
            if css and self.errors:
                css += " is-invalid"
            if css:
                attrs["class"] = css
        return attrs

    @property
    def is_check(self) -> bool:
        """Whether the label stands behind the box."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def anchor(self) -> str:
        """The id that a link in the error summary leads to."""
        if isinstance(
            self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple
        ):
            return f"{self.auto_id}_0"
        return self.id_for_label


class FormRenderer(TemplatesSetting):
    """Renders every form of the portal; FORM_RENDERER names it."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
    bound_field_class = PortalBoundField


class TextField(forms.CharField):
    """One line of clean text (`ui.text`): NFC, no control characters."""

    def __init__(self, *, max_length: int = MAX_LENGTH, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    multiline = False

    def to_python(self, value: Any) -> str:
        # Before CharField's own validators, whose sentences are less exact.
        if value in self.empty_values:
            return ""
        limit = self.max_length or MAX_LENGTH
        return clean_text(str(value), max_length=limit, multiline=self.multiline)


class LongTextField(TextField):
    """Several lines of clean text."""

    widget = forms.Textarea
    multiline = True

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "rows": 4}


class DayField(forms.DateField):
    """A day, picked in the browser's calendar and sent as YYYY-MM-DD."""

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )
        super().__init__(input_formats=["%Y-%m-%d"], **options)

    def to_python(self, value: Any) -> Any:
        day = super().to_python(value)
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class Chip(NamedTuple):
    """One filter that is on: what it says, and the list without it."""

    label: str
    value: str
    url: str


class FilterForm(forms.Form):
    """Narrows a list by what stands in the address.

    A subclass has fields that are not required and `narrow(queryset)`, which reads
    `cleaned`. A value that does not validate does not filter; its error stands at the
    field. A parameter nobody knows is refused by
    `PortalTable.configure(request, known=form.names)`.
    """

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.full_clean()

    @property
    def names(self) -> frozenset[str]:
        """The parameters the form knows."""
        return frozenset(self.fields)

    @property
    def cleaned(self) -> Mapping[str, Any]:
        """The values that filter: valid and not empty."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def is_active(self) -> bool:
        """Whether anything is filtered out."""
        return bool(self.cleaned)

    def insist(self, *, repeatable: Collection[str] = ()) -> None:
        """Refuse (400) a value that cannot be read, or that stands there twice.

        A page shows such a value with its error and filters nothing; a file would hold
        the whole list and look like the part that was asked for.
        """
        assert isinstance(self.data, QueryDict)
        reasons = {name: errors[0] for name, errors in self.errors.items()}
        several = {
            name
            for name, field in self.fields.items()
            if isinstance(field, forms.MultipleChoiceField)
        }
        for name, values in self.data.lists():
            if len(values) > 1 and name not in {*several, *repeatable}:
                reasons[name] = _("It stands there more than once.")
        for name, reason in reasons.items():
            raise BadQueryError(
                _("The parameter “%(name)s” cannot be read. %(reason)s")
                % {"name": name, "reason": reason}
            )

    def chips(self) -> list[Chip]:
        """Return each filter that is on, with the address of the list without it."""
        return [
            Chip(str(self[name].label), self._shown(name, value), self._url_without(name))
            for name, value in self.cleaned.items()
        ]

    def _shown(self, name: str, value: Any) -> str:
        """Return a value as the form's own choices word it."""
        field = self.fields[name]
        if isinstance(value, date):
            return formats.day(value)
        if not isinstance(field, forms.ChoiceField):
            return str(value)
        labels = {str(key): str(label) for key, label in _flat(field.choices)}
        values = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(str(one), str(one)) for one in values)

    def _url_without(self, name: str) -> str:
        assert isinstance(self.data, QueryDict)
        params = self.data.copy()
        params.pop(name, None)
        params.pop("page", None)
        return f"?{params.urlencode()}"


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    """Return choices without their groups."""
    return [
        pair
        for key, label in choices
        for pair in (label if isinstance(label, list | tuple) else [(key, label)])
    ]
