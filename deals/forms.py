"""What narrows the list of deals."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from deals.models import Deal, DealQuerySet
from ui.forms import DayField, FilterForm, TextField


class DealFilterForm(FilterForm):
    """Text, stage, motion, and since when a deal is closed."""

    q = TextField(label=_("Deal or client"), required=False)
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[("", _("All stages")), *Deal.Stage.choices],
        required=False,
    )
    motion = forms.ChoiceField(
        label=_("Motion"),
        choices=[("", _("All motions")), *Deal.Motion.choices],
        required=False,
    )

    closed_since = DayField(label=_("Closed since"), required=False)

    def narrow(self, deals: DealQuerySet) -> DealQuerySet:
        chosen = self.cleaned
        if "q" in chosen:
            deals = deals.matching(chosen["q"])
        if "stage" in chosen:
            deals = deals.filter(stage=chosen["stage"])
        if "motion" in chosen:
            deals = deals.filter(motion=chosen["motion"])
        if "closed_since" in chosen:
            deals = deals.filter(closed_on__gte=chosen["closed_since"])
        return deals
