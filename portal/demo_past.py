"""The monthly checks of the demo's past, and the rehearsal that rests on them.

A real portal takes a snapshot each month from its first day on. The demo is a day old,
and shows what it would look like after a year.
"""

from __future__ import annotations

from datetime import date, datetime

from partners.selectors import published_editions
from partners.services import take_snapshots
from partners.standing_sql import NO_LAST_ID
from portal.rehearsals import rehearse
from program.calendar import add_months


def look_back(*, today: date, at: datetime) -> None:
    """Take the snapshots of the last twelve months, and rehearse the next evaluation."""
    calendar = published_editions().on(today).rulebook.calendar
    for day in calendar.snapshot_days(add_months(today, -12), today):
        take_snapshots(on=day, at=at, first=0, last=NO_LAST_ID)
    rehearse(on=today, at=at, first=0, last=NO_LAST_ID)
