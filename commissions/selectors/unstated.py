"""What was accrued and stands in no statement yet."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform

from commissions.models import Accrual, Schedule, StatementLine
from program.calendar import add_months


def first_quarter() -> date | None:
    """Return the first quarter that the portal pays; None: from the first month on."""
    first: date | None = settings.STATEMENTS_FROM
    return first


def earliest_month(schedules: QuerySet[Schedule]) -> date | None:
    """Return the first month in which schedules run, or ran before they were changed.

    A close that is corrected to a later day leaves lines before the new first month.
    """
    months = schedules.aggregate(
        first=Min("first_month"),
        before=Min(KeyTextTransform("first_month", "steps__before")),
    )
    first: date | None = months["first"]
    if first is None or not months["before"]:
        return first
    return min(first, date.fromisoformat(months["before"]))


def months_of(partner_id: int, until: date) -> list[date]:
    """Return the months in which a partner may have earned, up to that of a day."""
    month = earliest_month(Schedule.objects.filter(partner=partner_id)) or until
    month = max(month, first_quarter() or month).replace(day=1)
    months = []
    while month <= until:
        months.append(month)
        month = add_months(month, 1)
    return months


def unstated(
    partner_id: int, until: date, months: list[date] | None = None
) -> QuerySet[Accrual]:
    """Return the lines of accruals up to a day's month that no statement has claimed.

    The months are named one by one, because the key begins with them: old months cost a
    look at their keys and no more. `months` is what `months_of` said, if it was asked.
    """
    claimed = StatementLine.objects.filter(
        schedule__isnull=False,
        schedule=OuterRef("schedule_id"),
        month=OuterRef("month"),
        accrual=OuterRef("number"),
        kind=StatementLine.Kind.ACCRUAL,
    )
    return Accrual.objects.filter(
        ~Exists(claimed),
        month__in=months_of(partner_id, until) if months is None else months,
        schedule__in=Schedule.objects.filter(partner=partner_id),
    )
