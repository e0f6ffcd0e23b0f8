"""What people and time do to the queue: dead rows are retried, done rows removed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.db.models.functions import Now

from outbox.clock import start_of
from outbox.models import Job
from outbox.registry import Lane
from outbox.services.bell import wake_after_commit

KEEP_DONE = timedelta(days=30)


@transaction.atomic
def retry(*, job_ids: Collection[int]) -> list[int]:
    """Give dead rows another five attempts, at once; return the ids of these rows.

    Rows that are not dead are left alone, so a second click does nothing.
    """
    dead = Job.objects.dead().filter(pk__in=job_ids).select_for_update()
    lanes = dict(dead.order_by("pk").values_list("pk", "lane"))
    Job.objects.filter(pk__in=lanes).update(dead_at=None, attempts=0, due_at=Now())
    for lane in sorted(set(lanes.values())):
        wake_after_commit(Lane(lane))
    return list(lanes)


def purge(*, on: date) -> int:
    """Remove what was done more than 30 days before `on`; return how many rows.

    Dead rows stay until somebody retries them. `PeriodRun` rows stay for ever, so a
    purged period is never put again.
    """
    done = Job.objects.filter(done_at__lt=start_of(on - KEEP_DONE))
    return done.delete()[0]
