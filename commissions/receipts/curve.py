"""What is secured for the next three years, if clients go on paying; never stored.

Schedules are summed up by their first and last month in the database, and the months
follow from these by prefix sums: as cheap for ten thousand schedules as for ten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from commissions.models import Schedule
from commissions.models.schedules import ScheduleQuerySet
from commissions.selectors.months import months_between
from commissions.selectors.schedules import reductions_of, rule_of
from deals.models import LineReduction
from program.calendar import add_months
from program.commission import capacity
from program.money import Money

MONTHS: Final = 36
WIDTH, HEIGHT = 720, 160
LABELLED: Final = 6
"""Every how many months one is named below the picture."""
ROUND: Final = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80)
"""What a scale may end with, times a power of ten; half of it is a round amount, too."""

_WHOLE, _REST = F("mrr_minor") / 10_000, F("mrr_minor") % 10_000
_SHARE: Final = _WHOLE * F("rate_bps") + (_REST * F("rate_bps") + 5_000) / 10_000
"""A month's commission, half up; in two parts, which no integer is too small for."""

Moved = dict[str, dict[date, int]]
"""Currency → month → by how much what is earned a month changes in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month ahead: what it brings by currency, and how many schedules run out after."""

    month: date
    amounts: Sequence[Money]
    ending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One month in the picture of a currency, and what it brings."""

    month: date
    amount: Money
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The months of one currency as bars, and their sum.

    `scale` has the amounts at the lines across the picture, the highest first.
    """

    currency: str
    bars: Sequence[Bar]
    highest: Money
    total: Money
    scale: Sequence[Money]

    @property
    def labelled(self) -> Sequence[Bar]:
        """The months that are named below; their bars begin where the name does."""
        return self.bars[::LABELLED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The next 36 months, the current one included."""

    months: Sequence[Month]
    pictures: Sequence[Picture]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def lines(self) -> list[int]:
        """How high the lines across the pictures stand, without the ground."""
        return [0, self.height // 2]

    @property
    def ticks(self) -> list[int]:
        """Where the months begin that are named."""
        return [place * self.width // MONTHS for place in range(0, MONTHS, LABELLED)]

    @property
    def running_out(self) -> list[Month]:
        """The months after which schedules run out."""
        return [one for one in self.months if one.ending]


def curve_of(schedules: ScheduleQuerySet, *, on: date) -> Curve:
    """Return what schedules bring from the month of a day on; three queries at most.

    Each month of a schedule is rounded by itself (rulebook 1.4), as it will be accrued.
    """
    first = on.replace(day=1)
    last = add_months(first, MONTHS - 1)
    months = months_between(first, last)
    running = schedules.filter(
        Q(last_month__gte=F("first_month")), last_month__gte=first, first_month__lte=last
    )
    reduced = LineReduction.objects.filter(line=OuterRef("line"))
    running = running.order_by()
    moved: Moved = {}
    ending: dict[date, int] = {}
    groups = (
        running.filter(~Exists(reduced))
        .values("currency", "first_month", "last_month")
        .annotate(minor=Sum(_SHARE))
        .annotate(count=Count("pk"))
    )
    for row in groups:
        _add(moved, row["currency"], row["first_month"], row["last_month"], row["minor"])
        ending[row["last_month"]] = ending.get(row["last_month"], 0) + row["count"]
    for schedule, by_month in _reduced(running.filter(Exists(reduced)), months):
        for month, minor in by_month.items():
            _add(moved, schedule.currency, month, month, minor)
        end = schedule.last_month
        ending[end] = ending.get(end, 0) + 1
    return _curve(moved, ending, months)


def _add(moved: Moved, currency: str, first: date, last: date, minor: int) -> None:
    changes = moved.setdefault(currency, {})
    changes[first] = changes.get(first, 0) + minor
    after = add_months(last, 1)
    changes[after] = changes.get(after, 0) - minor


def _reduced(
    schedules: ScheduleQuerySet, months: Sequence[date]
) -> list[tuple[Schedule, dict[date, int]]]:
    """Return the few that were downgraded, month by month."""
    rows = list(schedules)
    if not rows:
        return []
    reductions = reductions_of(one.line_id for one in rows if one.line_id)
    found = []
    for schedule in rows:
        rule = rule_of(schedule, reductions=reductions.get(schedule.line_id or 0, ()))
        if rule is None:
            continue
        found.append(
            (
                schedule,
                {
                    month: capacity(rule, month=month).share(schedule.rate_bps).minor
                    for month in months
                    if schedule.first_month <= month <= schedule.last_month
                },
            )
        )
    return found


def _curve(moved: Moved, ending: Mapping[date, int], months: Sequence[date]) -> Curve:
    rows: dict[date, list[Money]] = {month: [] for month in months}
    pictures = []
    for currency in sorted(moved):
        changes = moved[currency]
        level = sum(minor for month, minor in changes.items() if month < months[0])
        levels = []
        for month in months:
            level += changes.get(month, 0)
            levels.append(level)
            if level:
                rows[month].append(Money(level, currency))
        if any(levels):
            pictures.append(_picture(currency, months, levels))
    return Curve(
        months=[
            Month(month=month, amounts=rows[month], ending=ending.get(month, 0))
            for month in months
        ],
        pictures=pictures,
    )


def _picture(currency: str, months: Sequence[date], levels: Sequence[int]) -> Picture:
    top = scale_to(max(levels))
    step = WIDTH // len(levels)
    bars = []
    for place, (month, level) in enumerate(zip(months, levels, strict=True)):
        height = level * HEIGHT // top
        bars.append(
            Bar(
                month=month,
                amount=Money(level, currency),
                x=place * step + 2,
                y=HEIGHT - height,
                width=step - 4,
                height=height,
            )
        )
    return Picture(
        currency=currency,
        bars=bars,
        highest=Money(max(levels), currency),
        total=Money(sum(levels), currency),
        scale=[Money(minor, currency) for minor in (top, top // 2, 0)],
    )


def scale_to(highest: int) -> int:
    """Return the round number of minor units at which a scale ends, 10 at least."""
    power = 1
    while power * 100 < highest:
        power *= 10
    return next(end * power for end in (*ROUND, 100) if end * power >= highest)
