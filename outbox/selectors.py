"""What can be asked about the queue: for the supervisor, the health page, the admin."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Max, QuerySet
from django.db.models.functions import Now

from outbox.models import Job, PeriodRun
from outbox.registry import GO_LIVE


def oldest_due_age(*, lane: str | None = None) -> timedelta | None:
    """Return for how long the oldest due row has waited; None if nothing is due.

    The watchdog's question: a worker may answer a ping and take no work. Rows that are
    being run do not count, nor do rows that wait behind a dead one: those need a person,
    and restarting workers does not help them.
    """
    waited = ExpressionWrapper(Now() - F("due_at"), output_field=DurationField())
    oldest = Job.objects.due(lane).order_by("due_at").annotate(waited=waited)
    return oldest.values_list("waited", flat=True).first()


def dead_count() -> int:
    """Return how many rows were given up and wait for a person."""
    return Job.objects.dead().count()


def newest_day_put() -> date | None:
    """Return the newest day the calendar has put work for; None before the first."""
    runs = PeriodRun.objects.exclude(job=GO_LIVE)
    newest: date | None = runs.aggregate(newest=Max("period"))["newest"]
    return newest


def live_days() -> QuerySet[PeriodRun, date]:
    """Return the day the portal went live, as a query of no or one row."""
    return PeriodRun.objects.filter(job=GO_LIVE).values_list("period", flat=True)
