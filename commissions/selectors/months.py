"""The months of schedules: what was accrued for them, and in which statements it stands.

The accruals have one index, (month, schedule, number), so every question names its months
one by one: then it is a few look-ups a schedule, whatever has been written before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, F, Min, OuterRef, Sum

from commissions.models import (
    Accrual,
    Forfeiture,
    Payment,
    Schedule,
    Statement,
    StatementLine,
)
from commissions.models.schedules import ScheduleQuerySet
from program.calendar import add_months
from program.payout_life import PaymentState

Key = tuple[int, date]
"""A schedule's id and the first day of a month."""


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of the months from `first` to `last`, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(first, number) for number in range(max(count, 0))]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccruedLine:
    """One line of a month; amounts in minor units of the schedule's currency."""

    number: int
    base: int
    commission: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Which statements of a partner are settled: by a payment, or against a debt.

    A payment is made of a whole balance, so it settles all statements up to its own.
    """

    paid_through: int = 0
    """The number of the youngest statement with a payment that was paid."""
    numbers: Mapping[int, int] = field(default_factory=dict)
    """Statement id → its number."""
    set_off: frozenset[int] = frozenset()
    """Ids of those that came to nothing or less: their lines made a debt good."""

    def is_settled(self, statement_id: int) -> bool:
        paid = self.numbers.get(statement_id, 0) <= self.paid_through
        return paid or statement_id in self.set_off


def settled_statements(partner_id: int) -> Settled:
    """Return which statements of a partner are settled; one query."""
    paid = Payment.objects.filter(statement=OuterRef("pk"), state=PaymentState.PAID)
    rows = list(
        Statement.objects.filter(partner_id=partner_id)
        .annotate(is_paid=Exists(paid))
        .values_list("pk", "number", "closing_minor", "is_paid")
    )
    return Settled(
        paid_through=max(
            (number for _pk, number, _closing, yes in rows if yes), default=0
        ),
        numbers={pk: number for pk, number, _closing, _yes in rows},
        set_off=frozenset(pk for pk, _number, closing, _yes in rows if closing <= 0),
    )


def accrued_lines(
    schedules: Collection[Schedule], *, until: date
) -> dict[Key, list[AccruedLine]]:
    """Return the lines of schedules for months up to that of a day; one query."""
    if not schedules:
        return {}
    first = min(one.first_month for one in schedules)
    rows = (
        Accrual.objects.filter(
            month__in=months_between(first, until.replace(day=1)),
            schedule_id__in=[one.pk for one in schedules],
        )
        .order_by("month", "schedule_id", "number")
        .values_list(
            "schedule_id", "month", "number", "base_minor", "commission_minor", "why"
        )
    )
    found: dict[Key, list[AccruedLine]] = {}
    for pk, month, number, base, commission, why in rows:
        found.setdefault((pk, month), []).append(
            AccruedLine(number=number, base=base, commission=commission, why=why)
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A line of a statement that stands for a line of a month."""

    statement_id: int
    kind: str
    accrual: int


def claims_of(schedules: Iterable[Schedule]) -> dict[Key, list[Claim]]:
    """Return in which statements of their partner the months of schedules stand.

    One query. A deal may have changed hands: what others were stated is not theirs.
    """
    rows = StatementLine.objects.filter(
        schedule_id__in=[one.pk for one in schedules],
        statement__partner=F("schedule__partner"),
    ).values_list("schedule_id", "month", "statement_id", "kind", "accrual")
    found: dict[Key, list[Claim]] = {}
    for pk, month, statement_id, kind, accrual in rows:
        # A line of a schedule has both: the table's own constraint says so.
        assert month is not None
        assert accrual is not None
        found.setdefault((pk, month), []).append(
            Claim(statement_id=statement_id, kind=kind, accrual=accrual)
        )
    return found


def lost_through(schedules: Iterable[Schedule]) -> dict[int, date]:
    """Return deal id → the last month that is lost for want of papers; one query."""
    deals = {one.deal_id for one in schedules}
    rows = Forfeiture.objects.standing().filter(deal_id__in=deals)
    return dict(rows.values_list("deal_id", "through_month"))


def earned_by_currency(schedules: ScheduleQuerySet, *, until: date) -> dict[str, int]:
    """Return currency → what schedules earned up to the month of a day, minor units."""
    bounds = schedules.aggregate(first=Min("first_month"))
    if bounds["first"] is None:
        return {}
    rows = (
        Accrual.objects.filter(
            month__in=months_between(bounds["first"], until.replace(day=1)),
            schedule_id__in=schedules.order_by().values("pk"),
        )
        .values("currency")
        .annotate(minor=Sum("commission_minor"))
        .order_by("currency")
    )
    return {row["currency"]: row["minor"] for row in rows}
