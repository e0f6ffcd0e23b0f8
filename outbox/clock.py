"""What time it is, and which day of the programme that is.

`now()` and `today()` belong to the edge: views, admin actions, tasks and commands. What
lies below is told the moment (`at`) or the day (`on`). Due times and leases of the outbox
use neither: they follow the database's clock, because hosts disagree about the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from program import calendar


def now() -> datetime:
    """Return this host's moment, in UTC. For the edge only."""
    return datetime.now(tz=UTC)


def today() -> date:
    """Return the programme's day at this host's moment. For the edge only."""
    return program_day(now())


def program_zone() -> ZoneInfo:
    """Return the programme's time zone, in which its days begin and end."""
    return ZoneInfo(settings.PROGRAM_TIME_ZONE)


def program_day(at: datetime) -> date:
    """Return the programme's day at an aware moment."""
    return calendar.program_day(at, program_zone())


def start_of(day: date) -> datetime:
    """Return the moment at which a day of the programme begins, in UTC."""
    return datetime.combine(day, time.min, program_zone()).astimezone(UTC)


def every_day(first: date, last: date) -> Sequence[date]:
    """Return all days from `first` to `last`, both included: for daily jobs."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def first_days(first: date, last: date) -> Sequence[date]:
    """Return the first days of months from `first` to `last`: for monthly jobs."""
    return [day for day in every_day(first, last) if day.day == 1]


def database_now() -> datetime:
    """Return the database's moment, in UTC: the clock all hosts share."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT statement_timestamp()")
            moment = cursor.fetchone()[0]
            assert isinstance(moment, datetime)
            return moment.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
