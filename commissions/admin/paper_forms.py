"""What decisions about papers ask for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import PaperDemand, PayoutDocument
from commissions.services.papers import PaperError
from partners.portfolio import PortfolioForm
from program.payout import demandable, quarter_of
from ui.forms import LongTextField

MAX_REASON = 500


class SeenForm(forms.Form):
    """Keeps what was looked at: a paper that is filed anew meanwhile is not decided."""

    seen = forms.CharField(
        label="", widget=forms.HiddenInput(), required=False, max_length=10_000
    )

    def __init__(
        self, *args: Any, papers: Iterable[PayoutDocument], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = " ".join(
            f"{paper.pk}={paper.filed_at.isoformat()}" for paper in papers
        )


class RejectionForm(SeenForm):
    reason = LongTextField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON,
        help_text=gettext_lazy("The partner reads this."),
        widget=forms.Textarea(attrs={"autofocus": True}),
    )


def filed_when_seen(seen: str, paper: PayoutDocument) -> datetime:
    """Return when a paper had been filed as somebody looked at it.

    Raises `PaperError` for one that was not on the page.
    """
    for entry in seen.split():
        pk, _equals, moment = entry.partition("=")
        if pk == str(paper.pk):
            try:
                return datetime.fromisoformat(moment)
            except ValueError:
                break
    raise PaperError(_("Look at the paper first."))


class PaperDemandForm(PortfolioForm[PaperDemand]):
    """A paper that applies to a partner, or does no more, from a quarter on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if paper := self.fields.get("paper"):
            assert isinstance(paper, forms.ChoiceField)
            known = {each.value for each in demandable("CO")}
            paper.choices = [
                choice for choice in PayoutDocument.Kind.choices if choice[0] in known
            ]

    def clean_from_quarter(self) -> date:
        return quarter_of(self.cleaned_data["from_quarter"])
