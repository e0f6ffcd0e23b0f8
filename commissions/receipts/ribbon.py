"""The months of a schedule one beside the other: paid, due, at risk, reversed, ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from commissions.models import Accrual, Schedule, StatementLine
from commissions.selectors.months import (
    AccruedLine,
    Claim,
    Key,
    Settled,
    accrued_lines,
    claims_of,
    lost_through,
    months_between,
    settled_statements,
)
from commissions.selectors.papers import missing_papers
from partners.models import Partner
from partners.selectors import Editions
from program.calendar import add_months
from program.commission import forfeited_on
from ui import formats

CELL: Final = 10
"""How wide a month is drawn, in units of the picture."""
HEIGHT: Final = 16


class State(StrEnum):
    """What became of a month, or will."""

    PAID = "paid"
    DUE = "due"
    RISK = "risk"
    NOTHING = "nothing"
    REVERSED = "reversed"
    LOST = "lost"
    AHEAD = "ahead"
    ENDED = "ended"


STATES: Final[Mapping[State, str | Promise]] = {
    State.PAID: pgettext_lazy("month of a commission", "paid"),
    State.DUE: pgettext_lazy("month of a commission", "due"),
    State.RISK: pgettext_lazy("month of a commission", "at risk"),
    State.NOTHING: pgettext_lazy("month of a commission", "earned nothing"),
    State.REVERSED: pgettext_lazy("month of a commission", "reversed"),
    State.LOST: pgettext_lazy("month of a commission", "lost for want of papers"),
    State.AHEAD: pgettext_lazy("month of a commission", "to come"),
    State.ENDED: pgettext_lazy("month of a commission", "ended"),
}

EXPLAINED: Final[Mapping[State, str | Promise]] = {
    State.PAID: gettext_lazy("In a statement that was paid, or that made a debt good."),
    State.DUE: gettext_lazy("Earned, and not paid yet."),
    State.RISK: gettext_lazy(
        "The client has not paid for it, or papers that are missing can make it lost."
    ),
    State.NOTHING: gettext_lazy("Nothing was earned; its receipt says why."),
    State.REVERSED: gettext_lazy("A later line took it back, all or in part."),
    State.LOST: gettext_lazy("The papers did not come within the time of clause 3.8."),
    State.AHEAD: gettext_lazy("Earned as soon as the client pays for it."),
    State.ENDED: gettext_lazy("Within the term, but the schedule ended before."),
}

UNPAID: Final = frozenset({Accrual.Why.NOT_PAID, Accrual.Why.OTHER_CURRENCY})
"""Reasons that go away when the client pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One month: its state, and what it earned so far, in minor units."""

    month: date
    state: State
    commission: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Months of one state beside each other, as they are drawn."""

    state: State
    x: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """The months of one schedule; `earned` is their sum so far, in minor units."""

    cells: Sequence[Cell]
    earned: int

    @property
    def width(self) -> int:
        return max(len(self.cells), 1) * CELL

    @property
    def runs(self) -> list[Run]:
        runs, place = [], 0
        for state, cells in groupby(self.cells, key=lambda cell: cell.state):
            length = len(list(cells))
            runs.append(Run(state=state, x=place * CELL, width=length * CELL))
            place += length
        return runs

    @property
    def words(self) -> str:
        """What the picture shows: 36 months: 5 paid, 2 due, 29 to come."""
        if not self.cells:
            return _("no months")
        counts = Counter(cell.state for cell in self.cells)
        parts = [
            f"{formats.number(counts[state])} {STATES[state]}"
            for state in State
            if counts[state]
        ]
        return formats.listing(parts)

    def left(self, on: date) -> int:
        """Return how many months may still earn, the month of a day included."""
        month = on.replace(day=1)
        ahead = (cell for cell in self.cells if cell.month >= month)
        return sum(1 for cell in ahead if cell.state is not State.ENDED)


def ribbons_of(
    schedules: Collection[Schedule], *, partner: Partner, on: date, editions: Editions
) -> dict[int, Ribbon]:
    """Return schedule id → ribbon, of schedules of one partner.

    The same queries whether there is one schedule or there are fifty.
    """
    if not schedules:
        return {}
    lines = accrued_lines(schedules, until=on)
    claims = claims_of(schedules)
    settled = settled_statements(partner.pk)
    lost = lost_through(schedules)
    # With papers missing, what a deal accrues until its day of forfeiture is at risk.
    papers = missing_papers(
        partner_id=partner.pk, country=partner.country, on=on, quarter=None
    )
    earned: Counter[int] = Counter()
    for (pk, _month), of_month in lines.items():
        earned[pk] += sum(line.commission for line in of_month)
    first = editions.first_day
    found = {}
    for schedule in schedules:
        rulebook = editions.on(max(schedule.closed_on, first)).rulebook
        ends_on = forfeited_on(schedule.closed_on, rulebook=rulebook)
        endangered = ends_on if papers and ends_on > on else None
        found[schedule.pk] = Ribbon(
            cells=_cells(
                schedule,
                lines=lines,
                claims=claims,
                settled=settled,
                lost=lost.get(schedule.deal_id),
                endangered=endangered,
                on=on,
            ),
            earned=earned[schedule.pk],
        )
    return found


def _cells(
    schedule: Schedule,
    *,
    lines: Mapping[Key, Sequence[AccruedLine]],
    claims: Mapping[Key, Sequence[Claim]],
    settled: Settled,
    lost: date | None,
    endangered: date | None,
    on: date,
) -> list[Cell]:
    last = add_months(schedule.first_month, schedule.months - 1)
    cells = []
    for month in months_between(schedule.first_month, last):
        key = (schedule.pk, month)
        of_month = lines.get(key, ())
        state = _state(
            schedule,
            month,
            of_month,
            claims.get(key, ()),
            settled=settled,
            lost=lost,
            endangered=endangered,
            on=on,
        )
        commission = sum(line.commission for line in of_month)
        cells.append(Cell(month=month, state=state, commission=commission))
    return cells


def _state(  # noqa: PLR0911 (one answer per state)
    schedule: Schedule,
    month: date,
    lines: Sequence[AccruedLine],
    claims: Sequence[Claim],
    *,
    settled: Settled,
    lost: date | None,
    endangered: date | None,
    on: date,
) -> State:
    """Return what became of a month, the worst news first."""
    forfeited = any(claim.kind == StatementLine.Kind.FORFEITURE for claim in claims)
    if forfeited or (lost is not None and month <= lost and lines):
        return State.LOST
    commission = sum(line.commission for line in lines)
    if any(line.number and line.commission < 0 for line in lines):
        return State.REVERSED
    if not lines:
        if month > schedule.last_month:
            return State.ENDED
        return State.AHEAD if month >= on.replace(day=1) else State.RISK
    if not commission:
        unpaid = lines[0].why in UNPAID and month <= schedule.last_month
        if month > schedule.last_month:
            return State.ENDED
        return State.RISK if unpaid else State.NOTHING
    claimed = {claim.accrual: claim.statement_id for claim in claims}
    settles = [
        line.number in claimed and settled.is_settled(claimed[line.number])
        for line in lines
    ]
    if all(settles):
        return State.PAID
    if endangered is not None and month < endangered.replace(day=1):
        return State.RISK
    return State.DUE
