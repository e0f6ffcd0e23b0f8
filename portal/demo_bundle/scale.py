"""Points to money and back, and the days that matter, by the shipped rulebook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from program.calendar import add_months
from program.money import divide_half_up, exponent
from program.rulebook import Kind, Rulebook, parse_rulebook, shipped_documents

MICRO = 1_000_000
HISTORY_DAYS = 1_096
"""How far back deals go: three years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The rules of `today`, and the first day of the bundle's history."""

    today: date
    rulebook: Rulebook
    begin: date

    def money(self, micro: int, kind: Kind, currency: str, territory: str) -> int:
        """Return the minor units of MRR that earn so many micro-points."""
        points = self.rulebook.points
        growth = points.growth_multiplier if self.rulebook.is_growth(territory) else 1
        return divide_half_up(
            micro * points.units[currency], points.rates[kind] * growth * MICRO
        )

    def points(self, minor: int, kind: Kind, currency: str, territory: str) -> int:
        """Return the micro-points that so many minor units of MRR earn; 0 if pending."""
        points = self.rulebook.points
        unit = points.units.get(currency)
        if unit is None:
            return 0
        growth = points.growth_multiplier if self.rulebook.is_growth(territory) else 1
        return divide_half_up(minor * points.rates[kind] * growth * MICRO, unit)

    def units_of(self, minor: int, currency: str) -> float:
        """Return how many units of the scale (about USD 100) an amount is worth."""
        unit = self.rulebook.points.units.get(currency)
        return minor / unit if unit else minor / 30_000

    def ago(self, days: int) -> date:
        """Return the day so many days back, but none before the history begins."""
        return max(self.today - timedelta(days=days), self.begin)

    def check_day(self, months_ago: int) -> date:
        """Return a past check day: the last one is `months_ago` 0."""
        day = self.rulebook.calendar.snapshot_day
        last = self.today.replace(day=day)
        if last >= self.today:
            last = add_months(last, -1)
        return max(
            add_months(last, -months_ago), add_months(self.begin.replace(day=day), 1)
        )

    @property
    def last_evaluation(self) -> date:
        """The last evaluation day before today."""
        calendar = self.rulebook.calendar
        yesterday = self.today - timedelta(days=1)
        return calendar.evaluation_days(add_months(yesterday, -12), yesterday)[-1]


def scale_on(today: date) -> Scale:
    """Return the scale of a day. ValueError if it lies before the shipped rulebook."""
    editions = [parse_rulebook(text) for text in shipped_documents()]
    held = [edition for edition in editions if edition.effective_on <= today]
    if not held or (today - editions[0].effective_on).days < HISTORY_DAYS // 2:
        raise ValueError(
            f"the rulebook begins on {editions[0].effective_on}: choose a later day"
        )
    begin = max(editions[0].effective_on, today - timedelta(days=HISTORY_DAYS))
    return Scale(today=today, rulebook=held[-1], begin=begin)


def maybe(rng: Random, probability: float) -> bool:
    """Return yes with that probability, 0 to 1."""
    return rng.random() < probability


def amount_text(minor: int, currency: str) -> str:
    """Return minor units as a decimal number with all decimals of the currency."""
    places = exponent(currency)
    if not places:
        return str(minor)
    whole, rest = divmod(abs(minor), 10**places)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:0{places}d}"
