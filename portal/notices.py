"""What the programme's own staff is told: refused rows, work that was given up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.db.models.functions import TruncDate
from django.urls import reverse

from interchange.models import ImportRun
from outbox import clock
from outbox.models import Job
from partners.models import Notification, StaffRole, User
from partners.services.notifications import notify, settle_notifications


def managers() -> list[int]:
    """Return the accounts of the programme managers."""
    staff = User.objects.filter(
        staff_role=StaffRole.PROGRAMME_MANAGER, is_staff=True, is_active=True
    )
    return list(staff.values_list("pk", flat=True))


def tell_refused_rows(run: ImportRun, *, at: datetime) -> None:
    """Tell programme managers that an import refused rows, in its transaction."""
    if run.refused_count:
        notify(
            "portal.import_refused",
            key=f"import-refused:{run.pk}",
            user_ids=managers(),
            at=at,
            facts={"folder": run.folder, "refused": run.refused_count},
            path=reverse("admin:interchange_importrun_change", args=[run.pk]),
        )


def dead_jobs_are_news() -> bool:
    """Say whether given up work has not been told yet, or what was told is mended."""
    if not managers():
        return False
    dead, told, open_keys = _dead_jobs(), _told_keys(), set(_open_notices())
    return bool(dead.keys() - told or open_keys - dead.keys())


@transaction.atomic
def tell_dead_jobs(*, at: datetime) -> None:
    """Tell programme managers of given up work, once per kind and day.

    A fault that kills one job of a kind often kills hundreds. What was told is settled
    when none of its rows is dead any more.
    """
    dead = _dead_jobs()
    for key, job in dead.items():
        notify(
            "portal.job_dead",
            key=key,
            user_ids=managers(),
            at=at,
            facts={"kind": job["kind"]},
            path=reverse("admin:outbox_job_change", args=[job["first"]]),
        )
    for key in set(_open_notices()) - dead.keys():
        settle_notifications(key=key, at=at)


def _dead_jobs() -> dict[str, dict[str, Any]]:
    """Return the key of each kind and day of given up work → kind and first row."""
    days = (
        Job.objects.dead()
        .annotate(day=TruncDate("dead_at", tzinfo=clock.program_zone()))
        .values("kind", "day")
        .annotate(first=Min("pk"))
        .order_by("kind", "day")
    )
    return {f"dead:{row['kind']}:{row['day']}": dict(row) for row in days}


def _told_keys() -> set[str]:
    told = Notification.objects.filter(kind="portal.job_dead", user__in=managers())
    return set(told.values_list("key", flat=True).distinct())


def _open_notices() -> Iterable[str]:
    told = Notification.objects.filter(kind="portal.job_dead", done_at=None)
    return told.values_list("key", flat=True).distinct()
