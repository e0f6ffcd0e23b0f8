"""What narrows the list of points entries."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import KindChoice, PointsEntry, User
from partners.models.ledger import PointsEntryQuerySet
from partners.receipts import sources
from partners.receipts.timeline import EventKind
from ui.forms import DayField, FilterForm, LongTextField, TextField

EXPIRING_SOON = timedelta(days=90)
EVERYTHING = "all"


class EntryState(models.TextChoices):
    """Where an entry stands on a day."""

    COUNTING = "counting", _("Counting today")
    EXPIRING = "expiring", _("Expiring in 90 days")
    EXPIRED = "expired", _("Expired")
    TAKEN_BACK = "taken_back", _("Taken back")
    UPCOMING = "upcoming", _("Not yet counting")


class PointsFilterForm(FilterForm):
    """Text on the source, kind, reason, state, and a period of first days."""

    q = TextField(label=_("Deal, client or reference"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", _("All kinds")), *KindChoice.choices],
        required=False,
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("All reasons")), *PointsEntry.Reason.choices],
        required=False,
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All states")), *EntryState.choices],
        required=False,
    )
    since = DayField(label=_("From day"), required=False)
    until = DayField(label=_("To day"), required=False)

    def narrow(
        self, entries: PointsEntryQuerySet, *, user: User, on: date
    ) -> PointsEntryQuerySet:
        """Narrow the entries; states are of day `on`, both ends of the period count."""
        chosen = self.cleaned
        if "q" in chosen:
            entries = entries.filter(sources.matching(chosen["q"], user=user))
        if "kind" in chosen:
            entries = entries.filter(kind=chosen["kind"])
        if "reason" in chosen:
            entries = entries.filter(reason=chosen["reason"])
        if "since" in chosen:
            entries = entries.filter(effective_on__gte=chosen["since"])
        if "until" in chosen:
            entries = entries.filter(effective_on__lte=chosen["until"])
        return _in_state(entries, chosen.get("state", ""), on)


def _in_state(entries: PointsEntryQuerySet, state: str, on: date) -> PointsEntryQuerySet:
    if state == EntryState.COUNTING:
        return entries.counting_on(on)
    if state == EntryState.EXPIRING:
        return entries.expiring(on, on + EXPIRING_SOON)
    if state == EntryState.EXPIRED:
        return entries.filter(expires_on__lte=on)
    if state == EntryState.TAKEN_BACK:
        return entries.filter(points__lt=0)
    if state == EntryState.UPCOMING:
        return entries.filter(effective_on__gt=on)
    return entries


# --- The page of the tier -------------------------------------------------------------


class TimelineFilterForm(FilterForm):
    """What kind of event, and how far back; without a choice a year."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=[("", _("Everything that happened")), *EventKind.choices],
        required=False,
    )
    period = forms.ChoiceField(
        label=_("Period"),
        choices=[("", _("The last 12 months")), (EVERYTHING, _("The whole history"))],
        required=False,
    )

    @property
    def reaches_back(self) -> bool:
        """Whether everything is asked for, however old."""
        return self.cleaned.get("period") == EVERYTHING


class AppealForm(forms.Form):
    """Why a tier should stay."""

    text = LongTextField(
        label=_("Why should the tier stay?"),
        help_text=_("What the numbers do not show, with what proves it."),
        max_length=4_000,
    )


class AnswerForm(forms.Form):
    """The answer to an invitation."""

    answer = forms.ChoiceField(choices=[("accept", ""), ("decline", "")])
