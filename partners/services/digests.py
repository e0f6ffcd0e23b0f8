"""When somebody's next digest goes out, and the row of the outbox that sends it.

A digest is a job per person and day, due at seven in the morning of the person's time
zone; on Mondays it tells what is wanted weekly as well. The key makes it one, however
often it is planned. What it tells is decided when it runs: everything that still waits.
So after weeks without a worker the first job tells all, and the others find nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db import transaction

from outbox import services as outbox
from partners.models import Notification
from partners.notifications import Mail
from ui.middleware import zone_of

DIGEST_TIME: Final = time(7)
MONDAY: Final = 0
DAYS_A_WEEK: Final = 7


def next_digest(*, at: datetime, time_zone: str, mail: str) -> tuple[date, datetime]:
    """Return the person's day of the next digest after a moment, and when it is due."""
    zone = zone_of(time_zone) or UTC
    local = at.astimezone(zone)
    day = local.date()
    if local.time() >= DIGEST_TIME:
        day += timedelta(days=1)
    if mail == Mail.WEEKLY:
        day += timedelta(days=(MONDAY - day.weekday()) % DAYS_A_WEEK)
    return day, datetime.combine(day, DIGEST_TIME, zone).astimezone(UTC)


def plan_digest(*, user_id: int, time_zone: str, mail: str, at: datetime) -> None:
    """Put a person's next digest into the outbox, in this transaction; once per day."""
    day, due_at = next_digest(at=at, time_zone=time_zone, mail=mail)
    outbox.put(
        "partners.mail_digest",
        key=f"digest:{user_id}:{day}",
        due_at=due_at,
        user_id=user_id,
        day=day.isoformat(),
    )


@transaction.atomic
def plan_digests(*, at: datetime) -> int:
    """Plan the digests of everybody for whom something waits; return how many.

    For what was told while its digest was going out, and for digests given up in time
    of trouble: nothing waits for ever.
    """
    waiting = (
        Notification.objects.waiting_for_digest()
        .filter(user__is_active=True)
        .order_by("user_id", "mail")
        .values_list("user_id", "user__time_zone", "mail")
        .distinct()
    )
    people = list(waiting)
    for user_id, time_zone, mail in people:
        plan_digest(user_id=user_id, time_zone=time_zone, mail=mail, at=at)
    return len(people)


def takes_weekly(day: date) -> bool:
    """Say whether the digest of a day also tells what is wanted weekly."""
    return day.weekday() == MONDAY
