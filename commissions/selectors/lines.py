"""Lines of statements as values: before they are stored, and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from commissions.models import FxRate, StatementLine
from program.money import Money
from program.payout import month_end
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


def rate_book(months: Iterable[date]) -> RateBook:
    """Return the rates of the ends of months."""
    rows = FxRate.objects.filter(day__in=[month_end(month) for month in months])
    return RateBook(
        {
            (day, currency): usd
            for day, currency, usd in rows.values_list("day", "currency", "usd_e10")
        }
    )


def rates_of(row: StatementLine) -> Rates | None:
    """Return the rates that a stored line was converted with."""
    if row.rate_e10 is None or row.into_e10 is None or row.rate_on is None:
        return None
    return Rates(row.rate_e10, row.into_e10, row.rate_on)


def converted_line(
    line: Line, currency: str, book: RateBook, *, on: date | None = None
) -> Line:
    """Return a line in a currency, at the end of its month, or of `on` if it has none.

    Raises `MissingRateError`.
    """
    if not line.source.minor:
        return line
    day = month_end(line.month) if line.month else on
    assert day
    rates = book.between(line.source.currency, currency, day)
    return replace(line, rates=rates, minor=converted(line.source, currency, rates))


def taken_back(line: Line, forfeiture_id: int) -> Line:
    """Return what takes a line back, at its own rates."""
    return replace(
        line,
        kind=LineKind.FORFEITURE,
        source=-line.source,
        minor=-line.minor,
        forfeiture_id=forfeiture_id,
    )
