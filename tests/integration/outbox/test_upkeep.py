"""Dead rows get another chance; done rows go after thirty days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db.models.functions import Now
from pytest_django import DjangoCaptureOnCommitCallbacks

from outbox import services
from outbox.clock import start_of
from outbox.models import Job, PeriodRun
from outbox.registry import Lane
from outbox.services import bell

pytestmark = pytest.mark.django_db

ON = date(2025, 7, 15)


def die(*jobs: Job) -> None:
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
        dead_at=Now(), attempts=5, last_error="ValueError: no"
    )


def test_retries_dead_rows_at_once_and_rings(
    put: Callable[[int], Job],
    ran: list[int],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    dead, also_dead = put(1), put(2)
    die(dead, also_dead)
    rung: list[Lane] = []
    monkeypatch.setattr(bell.Bell, "ring", lambda _, lane: rung.append(lane))

    with django_capture_on_commit_callbacks(execute=True):
        assert services.retry(job_ids=[dead.pk]) == [dead.pk]

    assert rung == [Lane.POINTS]
    dead.refresh_from_db()
    # The error stays readable until the work is done, and after.
    assert (dead.attempts, dead.dead_at, dead.last_error) == (0, None, "ValueError: no")
    assert services.run_due() == 1
    assert ran == [1]
    assert services.dead_count() == 1


def test_retries_nothing_that_is_not_dead(put: Callable[[int], Job]) -> None:
    waiting, done = put(1), put(2)
    services.run_due(limit=1)

    assert services.retry(job_ids=[waiting.pk, done.pk, 10**9]) == []


def test_purges_what_was_done_more_than_thirty_days_ago(
    put: Callable[[int], Job],
) -> None:
    jobs = {
        name: put(number) for number, name in enumerate(["old", "new", "dead", "due"])
    }
    limit = start_of(ON - timedelta(days=30))
    for name, done_at in [("old", limit - timedelta(seconds=1)), ("new", limit)]:
        Job.objects.filter(pk=jobs[name].pk).update(done_at=done_at)
    die(jobs["dead"])
    Job.objects.update(created_at=limit - timedelta(days=300))
    PeriodRun.objects.create(job="test.daily", period=date(2024, 1, 15))

    assert services.purge(on=ON) == 1

    assert not Job.objects.filter(pk=jobs["old"].pk).exists()
    assert Job.objects.count() == 3
    assert PeriodRun.objects.count() == 1
