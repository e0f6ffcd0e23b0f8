"""What is filled in about specialists: areas, absences, and who takes a task."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from deals.forms.checks import TerritoryField
from deals.models import Specialist, SpecialistAbsence, SpecialistArea
from outbox import clock
from partners.portfolio import PortfolioForm
from partners.selectors import published_editions
from ui.forms import DayField, LongTextField


def _products() -> list[tuple[str, str]]:
    """Return "" and the product lines of the edition of today, by their names."""
    products = published_editions().on(clock.today()).rulebook.products
    named = [(code, str(product.name)) for code, product in products.items()]
    return [("", "–"), *sorted(named, key=lambda pair: pair[1])]


class AreaForm(PortfolioForm[SpecialistArea]):
    """Where a specialist works; what is left open is everything."""

    territory = TerritoryField(
        label=gettext_lazy("Country or territory"),
        required=False,
        help_text=gettext_lazy(
            "Left open, everywhere: a growth specialist then sees the deals of all "
            "territories."
        ),
    )
    product_line = forms.ChoiceField(
        label=gettext_lazy("Product line"), choices=_products, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("product_line")
        stored = self.instance.product_line
        if isinstance(field, forms.ChoiceField) and stored:
            # One that the edition does not sell any more stays as it is.
            known = [*_products()]
            if stored not in dict(known):
                field.choices = [*known, (stored, stored)]


class AbsenceForm(PortfolioForm[SpecialistAbsence]):
    from_on = DayField(label=gettext_lazy("From"))
    until_on = DayField(
        label=gettext_lazy("Until (excluded)"),
        help_text=gettext_lazy("The first day back."),
    )


class SpecialistField(forms.ModelChoiceField[Specialist]):
    def label_from_instance(self, obj: Specialist) -> str:
        return f"{obj.name} ({obj.get_kind_display()})"


class ReassignForm(forms.Form):
    """Who takes a task, and why; the partner sees the reason."""

    specialist = SpecialistField(
        Specialist.objects.none(), label=gettext_lazy("Specialist")
    )
    note = LongTextField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("The partner reads this."),
    )

    def __init__(self, *args: Any, kinds: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["specialist"]
        assert isinstance(field, SpecialistField)
        field.queryset = Specialist.objects.filter(active=True, kind__in=kinds).order_by(
            "kind", "name", "pk"
        )
