"""What a statement takes in: everything of a partner that stands in none yet (3.7).

Under the lock of the partner's row (reliability R7). What is committed after the rows
were read waits for the next statement; the unique keys of the lines are the second wall.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Exists, OuterRef

from commissions.models import (
    Adjustment,
    Forfeiture,
    FxRate,
    Payment,
    StatementLine,
)
from commissions.selectors.unstated import months_of, unstated
from program.money import Money
from program.payout import month_end, quarter_end
from program.statements import LineKind, RateBook, Rates, converted


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line before it is stored; the amounts and what it stands for."""

    kind: LineKind
    source: Money
    rates: Rates | None
    minor: int
    schedule_id: int | None = None
    month: date | None = None
    accrual: int | None = None
    deal_id: int | None = None
    forfeiture_id: int | None = None
    adjustment_id: int | None = None
    payment_id: int | None = None


def gather(partner_id: int, *, quarter: date, currency: str) -> list[Line]:
    """Return the lines of a partner's statement, in their order.

    Commissions by month, then what of them is forfeited, adjustments, payments. Raises
    `MissingRateError` where an amount cannot be converted at the end of its month.
    """
    until = quarter_end(quarter)
    rates = rate_book(months_of(partner_id, until))
    accrued = [
        _converted_line(line, currency, rates) for line in _accruals(partner_id, until)
    ]
    lost = _lost(partner_id)
    lines = [
        *accrued,
        *_forfeited_before(partner_id, lost, currency, rates),
        *_forfeited(accrued, lost),
    ]
    # They have no month of their own: the last one of the quarter is theirs.
    lines += [
        _converted_line(line, currency, rates, on=until)
        for line in (*_adjustments(partner_id), *_payments(partner_id))
    ]
    return lines


def rate_book(months: Iterable[date]) -> RateBook:
    """Return the rates of the ends of months."""
    rows = FxRate.objects.filter(day__in=[month_end(month) for month in months])
    return RateBook(
        {
            (day, currency): usd
            for day, currency, usd in rows.values_list("day", "currency", "usd_e10")
        }
    )


def _accruals(partner_id: int, until: date) -> Iterator[Line]:
    rows = (
        unstated(partner_id, until)
        .select_related("schedule")
        .order_by(
            *("month", "schedule__deal_ref", "schedule__product_line"),
            *("schedule_id", "number"),
        )
    )
    for row in rows.iterator(chunk_size=2_000):
        yield Line(
            kind=LineKind.ACCRUAL,
            source=Money(row.commission_minor, row.currency),
            rates=None,
            minor=0,
            schedule_id=row.schedule_id,
            month=row.month,
            accrual=row.number,
            deal_id=row.schedule.deal_id,
        )


def forfeited_unstated(partner_id: int, *, until: date, currency: str) -> int:
    """Return what the next statement takes back of earlier ones, in minor units.

    It is lost already: nobody is paid it meanwhile. Zero or more, unless corrections of
    lost months were stated. Raises `MissingRateError` as `gather` does.
    """
    lost = _lost(partner_id)
    if not lost:
        return 0
    rates = rate_book(months_of(partner_id, until))
    lines = _forfeited_before(partner_id, lost, currency, rates)
    return -sum(line.minor for line in lines)


def _lost(partner_id: int) -> dict[int, Forfeiture]:
    """Return deal id → what it lost, unless that was waived."""
    rows = Forfeiture.objects.standing().filter(partner=partner_id)
    return {row.deal_id: row for row in rows.order_by("pk")}


def _forfeited(accrued: list[Line], lost: dict[int, Forfeiture]) -> Iterator[Line]:
    """Yield what takes lines of this statement back, with their own rates."""
    for line in accrued:
        forfeiture = lost.get(line.deal_id or 0)
        if forfeiture and line.month and line.month <= forfeiture.through_month:
            yield _taken_back(line, forfeiture.pk)


def _forfeited_before(
    partner_id: int, lost: dict[int, Forfeiture], currency: str, rates: RateBook
) -> Iterator[Line]:
    """Yield what takes lines of earlier statements back.

    With their own rates; where the partner is paid in another currency since, converted
    into that at the end of their month.
    """
    if not lost:
        return
    again = StatementLine.objects.filter(
        schedule=OuterRef("schedule_id"),
        month=OuterRef("month"),
        accrual=OuterRef("accrual"),
        kind=StatementLine.Kind.FORFEITURE,
    )
    rows = StatementLine.objects.filter(
        ~Exists(again),
        kind=StatementLine.Kind.ACCRUAL,
        statement__partner=partner_id,
        schedule__deal__in=list(lost),
    )
    for row in rows.select_related("schedule", "statement").order_by(
        "statement__number", "number"
    ):
        assert row.schedule_id
        assert row.month
        assert row.schedule
        forfeiture = lost[row.schedule.deal_id]
        if row.month <= forfeiture.through_month:
            line = Line(
                kind=LineKind.ACCRUAL,
                source=Money(row.source_minor, row.source_currency),
                rates=rates_of(row),
                minor=row.minor,
                schedule_id=row.schedule_id,
                month=row.month,
                accrual=row.accrual,
            )
            if row.statement.currency != currency:
                bare = replace(line, rates=None, minor=0)
                line = _converted_line(bare, currency, rates)
            yield _taken_back(line, forfeiture.pk)


def rates_of(row: StatementLine) -> Rates | None:
    """Return the rates that a stored line was converted with."""
    if row.rate_e10 is None or row.into_e10 is None or row.rate_on is None:
        return None
    return Rates(row.rate_e10, row.into_e10, row.rate_on)


def _taken_back(line: Line, forfeiture_id: int) -> Line:
    return replace(
        line,
        kind=LineKind.FORFEITURE,
        source=-line.source,
        minor=-line.minor,
        forfeiture_id=forfeiture_id,
    )


def _adjustments(partner_id: int) -> Iterator[Line]:
    approved = Adjustment.objects.filter(
        partner=partner_id,
        state=Adjustment.State.APPROVED,
        statement_line=None,
    )
    for row in approved.order_by("decided_at", "pk"):
        yield Line(
            kind=LineKind.ADJUSTMENT,
            source=Money(row.amount_minor, row.currency),
            rates=None,
            minor=0,
            adjustment_id=row.pk,
        )


def _payments(partner_id: int) -> Iterator[Line]:
    paid = Payment.objects.filter(
        partner=partner_id, state=Payment.State.PAID, statement_line=None
    )
    for row in paid.order_by("paid_on", "pk"):
        yield Line(
            kind=LineKind.PAYMENT,
            source=Money(-row.amount_minor, row.currency),
            rates=None,
            minor=0,
            payment_id=row.pk,
        )


def _converted_line(
    line: Line, currency: str, book: RateBook, *, on: date | None = None
) -> Line:
    if not line.source.minor:
        return line
    day = month_end(line.month) if line.month else on
    assert day
    rates = book.between(line.source.currency, currency, day)
    return replace(line, rates=rates, minor=converted(line.source, currency, rates))
