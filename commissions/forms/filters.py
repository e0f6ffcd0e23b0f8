"""What narrows the list of schedules and the lines of a statement."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commissions.models import Schedule, StatementLine
from deals.models import client_matches
from ui.forms import DayField, FilterForm, TextField

if TYPE_CHECKING:
    from commissions.models.schedules import ScheduleQuerySet

RUNNING: Final = "running"
ENDED: Final = "ended"
NEVER: Final = "never"
ALL: Final = "all"


class ScheduleFilterForm(FilterForm):
    """Text, where the schedule stands, its plan, its currency, when it runs out.

    Those that never earn are shown only if they are asked for.
    """

    q = TextField(label=_("Deal, client or product line"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("", _("All that earn")),
            (RUNNING, pgettext_lazy("commission schedule", "Running")),
            (ENDED, pgettext_lazy("commission schedule", "Ended")),
            (NEVER, _("Never earns")),
            (ALL, _("All schedules")),
        ],
        required=False,
    )
    plan = forms.ChoiceField(
        label=_("Plan"),
        choices=[("", _("All plans")), *Schedule.PlanChoice.choices],
        required=False,
    )
    currency = TextField(label=_("Currency"), required=False, max_length=3)
    ends_until = DayField(label=_("Runs out by"), required=False)

    def narrow(self, schedules: ScheduleQuerySet, *, on: date) -> ScheduleQuerySet:
        """Return the schedules that have what was chosen; `on` says what runs."""
        chosen = self.cleaned
        month = on.replace(day=1)
        if "q" in chosen:
            text = chosen["q"]
            schedules = schedules.filter(
                Q(deal__name__icontains=text)
                | Q(deal_ref__icontains=text)
                | client_matches(text, "deal__")
                | Q(client__ref__iexact=text)
                | Q(product_line__icontains=text)
            )
        never = Q(last_month__lt=F("first_month"))
        conditions = {
            "": ~never,
            RUNNING: Q(last_month__gte=month) & ~never,
            ENDED: Q(last_month__lt=month) & ~never,
            NEVER: never,
            ALL: Q(),
        }
        schedules = schedules.filter(conditions[chosen.get("state", "")])
        if "plan" in chosen:
            schedules = schedules.filter(plan=chosen["plan"])
        if "currency" in chosen:
            schedules = schedules.filter(currency=chosen["currency"].upper())
        if "ends_until" in chosen:
            schedules = schedules.filter(last_month__lte=chosen["ends_until"])
        return schedules


class LineFilterForm(FilterForm):
    """What kind of line, and whose."""

    q = TextField(label=_("Deal or client"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", _("All lines")), *StatementLine.Kind.choices],
        required=False,
    )

    def narrow(self, lines: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
        chosen = self.cleaned
        if "q" in chosen:
            text = chosen["q"]
            lines = lines.filter(
                Q(schedule__deal__name__icontains=text)
                | Q(schedule__deal_ref__icontains=text)
                | client_matches(text, "schedule__deal__")
            )
        if "kind" in chosen:
            lines = lines.filter(kind=chosen["kind"])
        return lines
