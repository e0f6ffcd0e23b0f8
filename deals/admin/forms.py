"""What the actions on a deal ask for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Deal, DealLine
from partners.portfolio.display import money
from program.money import InvalidMoneyError, Money
from ui.forms import DayField, TextField

_READ_BY_PARTNER = gettext_lazy("The partner reads this.")


def _not_after(today: date, day: date) -> date:
    if day > today:
        raise ValidationError(_("The day lies in the future."))
    return day


class ClosingForm(forms.Form):
    """The day a deal ended well or badly: today or before."""

    closed_on = DayField(label=gettext_lazy("Closed on"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["closed_on"].initial = today

    def clean_closed_on(self) -> date:
        day: date = self.cleaned_data["closed_on"]
        return _not_after(self.today, day)


class WinForm(ClosingForm):
    poi_on = DayField(
        label=gettext_lazy("Proof of involvement on"),
        required=False,
        help_text=gettext_lazy(
            "The day of the client's proof. Without a valid one the deal earns no points."
        ),
    )

    def clean_poi_on(self) -> date | None:
        day: date | None = self.cleaned_data["poi_on"]
        return day and _not_after(self.today, day)


class ProofForm(forms.Form):
    """The proof that came after the win, or the right day of one."""

    poi_on = DayField(
        label=gettext_lazy("Proof of involvement on"),
        help_text=gettext_lazy(
            "The day of the client's proof. Out of time, the deal earns no points."
        ),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_poi_on(self) -> date:
        day: date = self.cleaned_data["poi_on"]
        return _not_after(self.today, day)


class LossForm(ClosingForm):
    note = TextField(
        label=gettext_lazy("Note"), required=False, help_text=_READ_BY_PARTNER
    )


class CancellationForm(forms.Form):
    on = DayField(
        label=gettext_lazy("Ends on"),
        help_text=gettext_lazy("The first day on which the points no longer count."),
    )
    note = TextField(
        label=gettext_lazy("Note"),
        required=False,
        help_text=gettext_lazy(
            "The partner reads this. For example: cancelled by the client, not paid."
        ),
    )


class LineField(forms.ModelChoiceField[DealLine]):
    """A choice among lines, each with what it was won for."""

    def label_from_instance(self, obj: DealLine) -> str:
        return f"{obj}, {money(obj.mrr_minor, obj.currency)}"


class DowngradeForm(forms.Form):
    """What is left of one line of one deal."""

    line = LineField(DealLine.objects.none(), label=gettext_lazy("Product line"))
    on = DayField(label=gettext_lazy("From"))
    remaining = forms.DecimalField(
        label=gettext_lazy("Remaining monthly recurring revenue"),
        min_value=Decimal(0),
        max_digits=18,
        help_text=gettext_lazy("In the currency of the line."),
    )

    def __init__(self, *args: Any, deal: Deal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        assert isinstance(field, LineField)
        # Of this deal alone: the id of another deal's line is no choice.
        field.queryset = deal.lines.order_by("product_line")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        line, remaining = cleaned.get("line"), cleaned.get("remaining")
        if line is not None and remaining is not None:
            try:
                cleaned["mrr_minor"] = Money.of(remaining, line.currency).minor
            except InvalidMoneyError as error:
                raise ValidationError(
                    {
                        "remaining": _("This is no amount in %(currency)s.")
                        % {"currency": line.currency}
                    }
                ) from error
        return cleaned
