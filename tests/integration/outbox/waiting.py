"""Let time pass for the queue: its clock is the database's, which no test can turn."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from outbox.models import Job


def make_due() -> None:
    """Let the time pass for which failed or later work waits."""
    Job.objects.open().update(due_at=Now() - timedelta(seconds=1))


def end_leases() -> None:
    """Let the time pass after which a lost worker's rows are free again."""
    Job.objects.filter(lease_until__isnull=False).update(
        lease_until=Now() - timedelta(seconds=1)
    )
