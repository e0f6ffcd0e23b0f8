"""What the actions on a deal ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Deal, DealFile, DealLine
from outbox import clock
from partners.models import OwnEdition
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
    """The proof that came after the win, or the right day of one.

    Of one deal at a time a file can be named that is on it already.
    """

    poi_on = DayField(
        label=gettext_lazy("Proof of involvement on"),
        help_text=gettext_lazy(
            "The day of the client's proof. Out of time, the deal earns no points."
        ),
    )
    file = forms.ModelChoiceField(
        DealFile.objects.none(),
        label=gettext_lazy("File"),
        required=False,
        empty_label=gettext_lazy("None: our own statement"),
        help_text=gettext_lazy("Files are added on the page that both sides share."),
    )
    note = TextField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=500,
        help_text=_READ_BY_PARTNER,
    )

    def __init__(
        self, *args: Any, today: date, deals: Sequence[Deal], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if len(deals) != 1:
            del self.fields["file"]
            return
        field = self.fields["file"]
        assert isinstance(field, forms.ModelChoiceField)
        # Of this deal alone: the id of another deal's file is no choice.
        field.queryset = deals[0].files.filter(removed_at=None).order_by("pk")

    def clean_poi_on(self) -> date:
        day: date = self.cleaned_data["poi_on"]
        return _not_after(self.today, day)


class LossForm(ClosingForm):
    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=Deal.LostReason)
    note = TextField(
        label=gettext_lazy("Note"), required=False, help_text=_READ_BY_PARTNER
    )


class CancellationForm(forms.Form):
    on = DayField(
        label=gettext_lazy("Ends on"),
        initial=clock.today,
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
    on = DayField(label=gettext_lazy("From"), initial=clock.today)
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
        return _with_minor(super().clean() or {}, "remaining")


def _with_minor(cleaned: dict[str, Any], name: str) -> dict[str, Any]:
    """Add an amount of a line in minor units of its currency, or refuse it."""
    line, amount = cleaned.get("line"), cleaned.get(name)
    if line is None or amount is None:
        return cleaned
    try:
        return {**cleaned, "mrr_minor": Money.of(amount, line.currency).minor}
    except InvalidMoneyError as error:
        words = _("This is no amount in %(currency)s.") % {"currency": line.currency}
        raise ValidationError({name: words}) from error


class UpgradeForm(forms.Form):
    """What one line of one deal grew by: a line of its own."""

    line = LineField(DealLine.objects.none(), label=gettext_lazy("Product line"))
    edition = forms.ChoiceField(
        label=gettext_lazy("Edition after the upgrade"), choices=OwnEdition
    )
    on = DayField(label=gettext_lazy("From"), initial=clock.today)
    added = forms.DecimalField(
        label=gettext_lazy("Monthly recurring revenue that comes on top"),
        min_value=Decimal(0),
        max_digits=18,
        help_text=gettext_lazy("In the currency of the line."),
    )
    credits = forms.IntegerField(
        label=gettext_lazy("Credits"), min_value=0, max_value=10**9, required=False
    )

    def __init__(self, *args: Any, deal: Deal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        assert isinstance(field, LineField)
        # What was sold first: an upgrade of an upgrade is one of the same line.
        field.queryset = deal.lines.filter(upgrade_of=None).order_by("product_line")

    def clean(self) -> dict[str, Any]:
        return _with_minor(super().clean() or {}, "added")


class IntroductionForm(forms.Form):
    """How the sale began: since when it is ours, and when we brought the partner in.

    One of the two at least; neither lies in the future.
    """

    works_since = DayField(
        label=gettext_lazy("Our sale with this client is open since"),
        required=False,
        help_text=gettext_lazy(
            "The day on which one of our sellers began it, as the CRM has it. The "
            "partner reads it as evidence of the motion."
        ),
    )
    on = DayField(
        label=gettext_lazy("Introduced on"),
        required=False,
        help_text=gettext_lazy(
            "The day on which we brought the partner into it, with the client’s consent."
        ),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_works_since(self) -> date | None:
        return self._known(self.cleaned_data["works_since"])

    def clean_on(self) -> date | None:
        return self._known(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.values()):
            raise ValidationError(_("Fill in one of the two days."))
        return cleaned

    def _known(self, day: date | None) -> date | None:
        return _not_after(self.today, day) if day else None
