"""What a day owes to deals: expiry, reminders, and another try to assign somebody."""

from __future__ import annotations

from datetime import date, datetime

from deals.services.life.validity import expire_and_remind
from deals.services.specialists.assigning import assign_waiting


def run_deal_day(*, on: date, today: date, at: datetime, first: int, last: int) -> None:
    """Do what a day owes for the deals of a range of partners; twice is harmless.

    A day that is made up for expires what was over on it. Nobody is assigned for a day
    that has passed: absences and loads are those of today.
    """
    expire_and_remind(on=on, at=at, first=first, last=last)
    if on == today:
        assign_waiting(today=today, at=at, first=first, last=last)
