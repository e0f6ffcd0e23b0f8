"""What the calendar owes, and what is needed, asked of the database at each tick.

No timer is trusted to fire: a tick lists the periods that exist since the portal went
live, takes away those that were put, and puts the rest. A tick that is missed, doubled,
late or early therefore leads to the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from django.db import transaction

from outbox import registry
from outbox.clock import database_now, program_day, start_of
from outbox.models import Job, PeriodRun
from outbox.registry import GO_LIVE, Errand, Periodic
from outbox.services.bell import wake_after_commit
from outbox.services.putting import put
from outbox.services.transient import persistently


class AlreadyLiveError(ValueError):
    """The portal went live on another day, and what it owes was counted from there."""


def tick(*, at: datetime) -> int:
    """Put every period that is owed at this moment, and the errands that are needed.

    Returns how many were put.

    The day is the programme's day of `at` or of the database, whichever is earlier: a
    host whose clock runs ahead puts nothing early. The first tick ever stores the go-live
    day; days up to and including it are never owed.
    """
    today = min(program_day(at), program_day(database_now()))
    first = _went_live_on(today) + timedelta(days=1)
    put_count = 0
    for periodic in registry.periodics():
        # Asked without a lock first: nearly always nothing is owed.
        if _owed(periodic, first=first, today=today):
            put_count += persistently(
                partial(_put_owed, periodic, first=first, today=today)
            )
    for errand in registry.errands():
        # One that waits or runs will do; a dead one does not, and holds up nothing.
        open_rows = Job.objects.open().filter(kind=errand.kind)
        if errand.needed() and not open_rows.exists():
            persistently(partial(_put_errand, errand, at=at))
            put_count += 1
    return put_count


@transaction.atomic
def go_live(*, on: date) -> None:
    """Say on which day the portal went live, before the first tick does.

    The first period that is owed is the first one after this day. A second call with the
    same day changes nothing; with another day it raises `AlreadyLiveError`.
    """
    if (stored := _went_live_on(on)) != on:
        raise AlreadyLiveError(f"The portal went live on {stored}, not on {on}.")


def _went_live_on(day: date) -> date:
    """Return the go-live day, which is `day` if none was stored before."""
    stored = PeriodRun.objects.filter(job=GO_LIVE)
    if not stored.exists():
        PeriodRun.objects.bulk_create(
            [PeriodRun(job=GO_LIVE, period=day)], ignore_conflicts=True
        )
    return stored.get().period


def _owed(periodic: Periodic, *, first: date, today: date) -> list[date]:
    """Return the days of a job that exist and were not put, oldest first."""
    first = max(first, periodic.first or first)
    if first > today:
        return []
    put = PeriodRun.objects.filter(job=periodic.job).values_list("period", flat=True)
    days = set(periodic.days(first, today)) - set(put)
    return sorted(day for day in days if first <= day <= today)


@transaction.atomic
def _put_owed(periodic: Periodic, *, first: date, today: date) -> int:
    # One tick at a time: without this lock, a row of a later day could be committed
    # before one of an earlier day, and be claimed out of order.
    PeriodRun.objects.select_for_update().get(job=GO_LIVE)
    owed = _owed(periodic, first=first, today=today)
    PeriodRun.objects.bulk_create(
        [PeriodRun(job=periodic.job, period=day) for day in owed]
    )
    Job.objects.bulk_create(_jobs(periodic, owed), ignore_conflicts=True)
    wake_after_commit(registry.handler_of(periodic.job).lane)
    return len(owed)


@transaction.atomic
def _put_errand(errand: Errand, *, at: datetime) -> None:
    minute = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    put(errand.kind, key=f"{errand.kind}:{minute}")


def _jobs(periodic: Periodic, days: Sequence[date]) -> list[Job]:
    return [
        Job(
            kind=periodic.job,
            key=f"{periodic.job}:{day}",
            lane=registry.handler_of(periodic.job).lane,
            payload={"day": day.isoformat()},
            series=periodic.job if periodic.ordered else "",
            period=day if periodic.ordered else None,
            due_at=start_of(day),
        )
        for day in days
    ]
