"""What narrows the list of deals, and the board."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deals.models import Deal
from program.pipeline import STALLED_DAYS
from ui.forms import DayField, FilterForm, TextField

if TYPE_CHECKING:
    from typing import Any

    from deals.models import DealQuerySet


_OPEN = Q(stage=Deal.Stage.REGISTERED)

MISSING: Final[Mapping[str, Q]] = {
    "motion": _OPEN & Q(motion_state=Deal.MotionState.PROPOSED),
    "proof": (_OPEN | Q(stage=Deal.Stage.WON, cancelled_on=None)) & Q(poi_on=None),
    "day": _OPEN & Q(expected_close_on=None),
}
"""What a deal lacks → the condition of those that lack it."""


def is_stalled(on: date) -> Q:
    """Return the condition of open deals that stand still, as `program.pipeline` says."""
    since = on - timedelta(days=STALLED_DAYS)
    untouched = Q(active_on=None) | Q(active_on__lte=since)
    return untouched & Q(stage=Deal.Stage.REGISTERED, registered_on__lte=since)


def narrowed(deals: DealQuerySet, chosen: Mapping[str, Any], *, on: date) -> DealQuerySet:
    """Return the deals that have what was chosen of the fields both forms have."""
    if "q" in chosen:
        deals = deals.matching(chosen["q"])
    if "motion" in chosen:
        deals = deals.filter(motion=chosen["motion"])
    if "owner" in chosen:
        named = (
            Q(owner__first_name__icontains=chosen["owner"])
            | Q(owner__last_name__icontains=chosen["owner"])
            | Q(owner__email__icontains=chosen["owner"])
        )
        deals = deals.filter(named)
    if "expected_until" in chosen:
        deals = deals.filter(expected_close_on__lte=chosen["expected_until"])
    if "stalled" in chosen:
        deals = deals.filter(is_stalled(on))
    return deals


class _SaleFilterForm(FilterForm):
    """What narrows deals wherever they are shown; see `narrowed`."""

    q = TextField(label=_("Deal or client"), required=False)
    motion = forms.ChoiceField(
        label=_("Motion"),
        choices=[("", _("All motions")), *Deal.Motion.choices],
        required=False,
    )
    owner = TextField(label=_("Deal owner"), required=False)
    expected_until = DayField(label=_("Expected by"), required=False)
    stalled = forms.ChoiceField(
        label=_("Activity"),
        choices=[("", _("All deals")), ("yes", _("Standing still"))],
        required=False,
    )


class DealFilterForm(_SaleFilterForm):
    """Text, stage, pipeline, motion, owner, days, what stands still, what is missing."""

    field_order = (
        *("q", "stage", "pipeline", "motion", "owner", "expected_since"),
        *("expected_until", "closed_since", "stalled", "missing"),
    )

    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=[("", _("All stages")), *Deal.Stage.choices],
        required=False,
    )
    pipeline = forms.ChoiceField(
        label=_("Pipeline stage"),
        choices=[("", _("All stages")), *Deal.Pipeline.choices],
        required=False,
    )
    expected_since = DayField(label=_("Expected from"), required=False)
    closed_since = DayField(label=_("Closed since"), required=False)

    missing = forms.ChoiceField(
        label=_("What is missing"),
        choices=[
            ("", _("All deals")),
            ("motion", _("Motion to confirm")),
            ("proof", _("No proof")),
            ("day", _("No expected close")),
        ],
        required=False,
    )

    def narrow(self, deals: DealQuerySet, *, on: date) -> DealQuerySet:
        chosen = self.cleaned
        deals = narrowed(deals, chosen, on=on)
        if "missing" in chosen:
            deals = deals.filter(MISSING[chosen["missing"]])
        if "expected_since" in chosen:
            deals = deals.filter(expected_close_on__gte=chosen["expected_since"])
        if "stage" in chosen:
            deals = deals.filter(stage=chosen["stage"])
        if "pipeline" in chosen:
            # A closed deal keeps the stage it had; it is in no pipeline any more.
            deals = deals.filter(stage=Deal.Stage.REGISTERED, pipeline=chosen["pipeline"])
        if "closed_since" in chosen:
            deals = deals.filter(closed_on__gte=chosen["closed_since"])
        return deals


class BoardFilterForm(_SaleFilterForm):
    """What narrows the board and the forecast: their deals are all open."""

    def narrow(self, deals: DealQuerySet, *, on: date) -> DealQuerySet:
        return narrowed(deals.filter(stage=Deal.Stage.REGISTERED), self.cleaned, on=on)
