"""What people fill in about a contested month."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from program.money import InvalidMoneyError, Money
from ui.forms import LongTextField, TextField


class MinorField(TextField):
    """An amount of one currency, as people write it; becomes its minor units.

    A comma is taken for the decimal point; spaces between digits are left out.
    """

    currency = ""

    def clean(self, value: Any) -> Any:
        text = "".join(str(super().clean(value)).split()).replace(",", ".")
        text = text.replace("\N{MINUS SIGN}", "-")
        if not text:
            return None
        try:
            return Money.of(text, self.currency).minor
        except InvalidMoneyError:
            raise ValidationError(
                _("Write an amount in %(currency)s, like 1234.50.")
                % {"currency": self.currency}
            ) from None


class ContestForm(forms.Form):
    """What is wrong about a month, and what is expected instead."""

    expected = MinorField(label="", required=False, max_length=30)
    text = LongTextField(
        label=gettext_lazy("What is wrong, and why"),
        help_text=gettext_lazy(
            "Finance reads it beside the line as it stands now; name what you rest on."
        ),
        max_length=4_000,
    )

    def __init__(self, data: Any = None, *, currency: str, **options: Any) -> None:
        super().__init__(data, use_required_attribute=False, **options)
        expected = self.fields["expected"]
        assert isinstance(expected, MinorField)
        expected.currency = currency
        expected.label = _("What you expect, in %(currency)s") % {"currency": currency}
        expected.help_text = _("Leave it empty if you do not know.")


class MessageForm(forms.Form):
    """A message to the other side; staff may keep it among themselves."""

    text = LongTextField(label=gettext_lazy("Message"), max_length=4_000)
    internal = forms.BooleanField(
        label=gettext_lazy("Internal note: the partner never sees it"), required=False
    )

    def __init__(self, data: Any = None, *, staff: bool, **options: Any) -> None:
        super().__init__(data, use_required_attribute=False, **options)
        if not staff:
            del self.fields["internal"]


class CorrectForm(forms.Form):
    """The correction that finance proposes."""

    amount = MinorField(label="", max_length=30)
    answer = LongTextField(
        label=gettext_lazy("In a sentence"),
        help_text=gettext_lazy("The partner reads it."),
        max_length=1_000,
    )

    def __init__(self, data: Any = None, *, currency: str, **options: Any) -> None:
        super().__init__(data, **options)
        amount = self.fields["amount"]
        assert isinstance(amount, MinorField)
        amount.currency = currency
        amount.label = _("Difference in %(currency)s") % {"currency": currency}
        amount.help_text = _(
            "More for the partner, or less with a minus. A second person approves it."
        )


class RefuseForm(forms.Form):
    """Why a contested line stays as it is."""

    answer = LongTextField(
        label=gettext_lazy("In a sentence"),
        help_text=gettext_lazy("The partner reads it."),
        max_length=1_000,
    )
