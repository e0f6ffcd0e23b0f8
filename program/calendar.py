"""Days of the programme: whose midnight counts, months, checks and evaluations.

Rulebook 1.5 (days and months) and 1.6 (the calendar). Nothing here knows what day it is.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

_MONTHS = 12
_LAST_DAY_OF_EVERY_MONTH = 28


def program_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the programme's day of a moment. ValueError if `at` has no time zone."""
    if at.utcoffset() is None:
        raise ValueError("a moment without a time zone belongs to no day")
    return at.astimezone(zone).date()


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later (or earlier), clamped to the month's end.

    31 January + 1 is 28 or 29 February; 29 February + 12 is 28 February (rulebook 1.5).
    ValueError where no year 1 to 9999 holds the result.
    """
    year, month0 = divmod(_index(day) + months, _MONTHS)
    return date(year, month0 + 1, min(day.day, _days_in_month(year, month0 + 1)))


def _index(day: date) -> int:
    """Count months from year 0, so that months can be added as numbers."""
    return day.year * _MONTHS + day.month - 1


def _days_in_month(year: int, month: int) -> int:
    if month == _MONTHS:
        return 31
    return (date(year, month + 1, 1) - date(year, month, 1)).days


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationCalendar:
    """When tiers are checked and when they may fall (rulebook 1.6, 3.4).

    A check is made on `snapshot_day` of every month. In `evaluation_months` that same
    check is also the evaluation: it closes a period of the last `period_checks` checks.
    """

    snapshot_day: int = 15
    evaluation_months: tuple[int, ...] = (1, 7)
    period_checks: int = 6

    def __post_init__(self) -> None:
        if not 1 <= self.snapshot_day <= _LAST_DAY_OF_EVERY_MONTH:
            raise ValueError("the snapshot day must exist in every month: 1 to 28")
        months = self.evaluation_months
        if not months or list(months) != sorted(set(months)):
            raise ValueError("the evaluation months must be distinct and in order")
        if not (months[0] >= 1 and months[-1] <= _MONTHS):
            raise ValueError("the evaluation months must lie between 1 and 12")
        if not 1 <= self.period_checks <= self._months_between_evaluations():
            raise ValueError("two evaluation periods may not share a check")

    def is_snapshot_day(self, day: date) -> bool:
        return day.day == self.snapshot_day

    def is_evaluation_day(self, day: date) -> bool:
        return self.is_snapshot_day(day) and day.month in self.evaluation_months

    def snapshot_days(self, first: date, last: date) -> tuple[date, ...]:
        """Return the check days from `first` to `last`, both included, oldest first."""
        months = range(_index(first), _index(last) + 1)
        days = (self._check_in(*divmod(month, _MONTHS)) for month in months)
        return tuple(day for day in days if first <= day <= last)

    def evaluation_days(self, first: date, last: date) -> tuple[date, ...]:
        """Return the evaluation days from `first` to `last`, both included."""
        return tuple(
            day for day in self.snapshot_days(first, last) if self.is_evaluation_day(day)
        )

    def next_evaluation(self, day: date) -> date:
        """Return the first evaluation day that is not before `day`."""
        days = (
            self._check_in(year, month - 1)
            for year in (day.year, day.year + 1)
            for month in self.evaluation_months
        )
        return next(check for check in days if check >= day)

    def period(self, evaluation_on: date) -> tuple[date, ...]:
        """Return the check days an evaluation looks at, oldest first.

        The last one is `evaluation_on` itself; ValueError if it is no evaluation day.
        """
        if not self.is_evaluation_day(evaluation_on):
            raise ValueError(f"{evaluation_on} is not an evaluation day")
        return tuple(
            add_months(evaluation_on, -back)
            for back in range(self.period_checks - 1, -1, -1)
        )

    def _check_in(self, year: int, month0: int) -> date:
        return date(year, month0 + 1, self.snapshot_day)

    def _months_between_evaluations(self) -> int:
        following = (*self.evaluation_months[1:], self.evaluation_months[0] + _MONTHS)
        return min(
            later - month
            for month, later in zip(self.evaluation_months, following, strict=True)
        )
