"""What actions about overrides, appeals and reviews for Elite ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from partners.models import EliteReview, Partner, TierAppeal, TierOverride
from partners.portfolio import PortfolioForm
from partners.services.tiers.overrides import STATE
from ui.forms import LongTextField, TextField

MAX_REASON = 2_000


class OverrideForm(PortfolioForm[TierOverride]):
    """A tier to propose; the service says who proposed it and when."""

    reason = LongTextField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON,
        help_text=gettext_lazy("The partner reads this."),
    )

    def clean_partner(self) -> Partner:
        partner: Partner = self.cleaned_data["partner"]
        if partner.tier_overrides.filter(state=STATE.PROPOSED).exists():
            raise forms.ValidationError(
                gettext_lazy("Another proposal waits for its decision.")
            )
        return partner


class EliteReviewForm(PortfolioForm[EliteReview]):
    """The partner whose review begins."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.state = EliteReview.State.CANDIDATE


class ReasonForm(forms.Form):
    """Why; the partner reads it."""

    reason = LongTextField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON,
        help_text=gettext_lazy("The partner reads this."),
    )


class NoteForm(forms.Form):
    note = LongTextField(
        label=gettext_lazy("What was said"), max_length=MAX_REASON, required=False
    )


class DecisionForm(ReasonForm):
    """Uphold or reject an appeal, and why the partner is told so."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=TierAppeal.Proposal.choices
    )
    field_order = ("decision", "reason")


class ConclusionForm(ReasonForm):
    """Whether a partner stays Elite."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("keep", gettext_lazy("Elite is kept")),
            ("end", gettext_lazy("Elite ends")),
        ],
    )
    field_order = ("decision", "reason")


class PercentField(forms.DecimalField):
    """A percentage, given in basis points."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            min_value=Decimal(0),
            max_value=Decimal(1000),
            max_digits=6,
            decimal_places=2,
            **options,
        )

    def clean(self, value: Any) -> int | None:
        percent: Decimal | None = super().clean(value)
        return None if percent is None else int(percent * 100)


class FindingsForm(forms.Form):
    """Retention as found out by hand, each with its source."""

    customer_retention = PercentField(
        label=gettext_lazy("Customer retention, %"), required=False
    )
    customer_retention_source = TextField(
        label=gettext_lazy("Its source"), max_length=200, required=False
    )
    revenue_retention = PercentField(
        label=gettext_lazy("Revenue retention, %"), required=False
    )
    revenue_retention_source = TextField(
        label=gettext_lazy("Its source"), max_length=200, required=False
    )
