"""All months of one schedule: expected, earned, and paid at which rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commissions.models import FxRate, Schedule, ScheduleStep, StatementLine
from commissions.receipts.ribbon import STATES, Cell, Ribbon, State
from commissions.selectors.months import AccruedLine, accrued_lines
from commissions.selectors.schedules import reductions_of, rule_of
from program.commission import capacity
from program.money import Money, divide_half_up
from program.payout import exchanged, month_end
from program.points import UnknownUnitError, unit_of
from program.rulebook import Rulebook
from ui import formats
from ui.tones import Tone

TONES: Mapping[State, Tone] = {
    State.PAID: Tone.GOOD,
    State.DUE: Tone.BRAND,
    State.RISK: Tone.WARN,
    State.NOTHING: Tone.NEUTRAL,
    State.REVERSED: Tone.BAD,
    State.LOST: Tone.BAD,
    State.AHEAD: Tone.NEUTRAL,
    State.ENDED: Tone.NEUTRAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One month.

    `expected` is what it earns if the client pays for all of it. `by_scale` is what was
    earned (or is expected) in the payout currency at the fixed scale of the points,
    `by_rate` at the market's rate of its last day; None where nothing converts it.
    """

    month: date
    state: State
    expected: Money
    earned: Money | None
    lines: Sequence[AccruedLine]
    statement: StatementLine | None
    by_scale: Money | None
    by_rate: Money | None

    @property
    def word(self) -> str:
        return str(STATES[self.state])

    @property
    def tone(self) -> Tone:
        return TONES[self.state]

    @property
    def corrections(self) -> list[Money]:
        return [
            Money(line.commission, self.expected.currency)
            for line in self.lines
            if line.number
        ]


def rows_of(
    schedule: Schedule,
    ribbon: Ribbon,
    *,
    on: date,
    into: str,
    rulebook: Rulebook,
) -> list[Row]:
    """Return the months of a schedule; `into` is the currency of the payout."""
    reductions = reductions_of([schedule.line_id] if schedule.line_id else [])
    rule = rule_of(schedule, reductions=reductions.get(schedule.line_id or 0, ()))
    if rule is None:
        return []
    lines = accrued_lines([schedule], until=on)
    standing: dict[date, StatementLine] = {}
    own = StatementLine.objects.filter(
        schedule=schedule, statement__partner=schedule.partner_id
    )
    for line in own.select_related("statement"):
        assert line.month
        standing.setdefault(line.month, line)
    rates = _month_ends(schedule, ribbon.cells, into)
    found = []
    for cell in ribbon.cells:
        month = cell.month
        runs = month <= schedule.last_month
        most = capacity(rule, month=month) if runs else Money(0, schedule.currency)
        of_month = lines.get((schedule.pk, month), [])
        earned = Money(cell.commission, schedule.currency) if of_month else None
        expected = most.share(schedule.rate_bps)
        found.append(
            Row(
                month=month,
                state=cell.state,
                expected=expected,
                earned=earned,
                lines=of_month,
                statement=standing.get(month),
                by_scale=_by_scale(earned or expected, into, rulebook),
                by_rate=_by_rate(earned, into, month, rates),
            )
        )
    return found


def _month_ends(
    schedule: Schedule, cells: Sequence[Cell], into: str
) -> dict[tuple[date, str], int]:
    if schedule.currency == into:
        return {}
    rates = FxRate.objects.filter(
        day__in=[month_end(cell.month) for cell in cells],
        currency__in=(schedule.currency, into),
    )
    return {
        (day, currency): usd
        for day, currency, usd in rates.values_list("day", "currency", "usd_e10")
    }


def _by_scale(amount: Money, into: str, rulebook: Rulebook) -> Money | None:
    """Return an amount in another currency by what a unit is worth in both (R24)."""
    if amount.currency == into:
        return None
    try:
        source = unit_of(amount.currency, rulebook=rulebook)
        target = unit_of(into, rulebook=rulebook)
    except UnknownUnitError:
        return None
    return Money(divide_half_up(amount.minor * target.minor, source.minor), into)


def _by_rate(
    amount: Money | None, into: str, month: date, rates: Mapping[tuple[date, str], int]
) -> Money | None:
    if amount is None or amount.currency == into:
        return None
    day = month_end(month)
    rate, target = rates.get((day, amount.currency)), rates.get((day, into))
    if rate is None or target is None:
        return None
    return exchanged(amount, into, rate=rate, into=target)


# --- Its history ----------------------------------------------------------------------

_COLUMNS: Mapping[str, str | Promise] = {
    "plan": _("Plan"),
    "refused": _("Why it earns nothing"),
    "rate_bps": _("Rate"),
    "months": _("Months"),
    "mrr_minor": _("Most per month"),
    "currency": _("Currency"),
    "begins_on": _("Begins on"),
    "first_month": _("First month"),
    "last_month": _("Last month"),
    "ended": _("Why it ends early"),
    "closed_on": _("Closed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One column that changed, in words."""

    label: str
    before: str
    after: str


def changes_of(step: ScheduleStep, schedule: Schedule) -> list[Change]:
    """Return what a step changed; what has no words for a reader is left out."""
    return [
        Change(
            label=str(label),
            before=_value(name, step.before.get(name), schedule),
            after=_value(name, step.after.get(name), schedule),
        )
        for name, label in _COLUMNS.items()
        if name in step.after and step.before.get(name) != step.after[name]
    ]


def _value(name: str, value: object, schedule: Schedule) -> str:
    if value in (None, ""):
        return ""
    if name == "rate_bps":
        return formats.percent(int(str(value)))
    if name == "mrr_minor":
        return formats.money(int(str(value)), schedule.currency)
    if name in {"first_month", "last_month"}:
        return formats.month(date.fromisoformat(str(value)))
    if name in {"begins_on", "closed_on"}:
        return formats.day(date.fromisoformat(str(value)))
    choices = {
        "plan": Schedule.PlanChoice.choices,
        "refused": Schedule.Refused.choices,
        "ended": Schedule.Ended.choices,
    }
    labels = {str(key): str(label) for key, label in choices.get(name, ())}
    return labels.get(str(value), str(value))
