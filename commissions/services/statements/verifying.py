"""Recomputing statements from their sources: "reproduced to the cent", or where not.

Nothing of how a statement was closed is believed: each line is compared with the row it
stands for, converted again, summed up again, and the seal computed again over what is
stored. Reads only; one statement and one batch of lines in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Max

from commissions.models import Accrual, FxRate, Payment, Statement, StatementLine
from commissions.selectors.lines import rates_of
from commissions.selectors.unstated import unstated
from commissions.services.statements.chain import digest_of
from commissions.services.statements.closing import controls_of
from partners.selectors import Editions, published_editions
from program.calendar import add_months
from program.commission import pay_on
from program.money import Money
from program.payout import month_end, quarter_end
from program.statements import DOLLAR, LineKind, Rates, Summed, converted, sum_up

BATCH = 2_000
GRACE = timedelta(days=1)
"""What was accrued shortly before a closing may have been committed after it."""


@dataclass(slots=True)
class Tally:
    """What was recomputed, and rates that were corrected since: no fault, but news."""

    partners: int = 0
    statements: int = 0
    lines: int = 0
    rates_corrected: set[tuple[date, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a statement, for people."""

    statement: Statement
    what: str

    def __str__(self) -> str:
        one = self.statement
        return f"{one.partner.ref} statement {one.number} ({one.quarter}): {self.what}"


def statement_faults(
    *, partner_id: int | None = None, tally: Tally | None = None
) -> Iterator[Fault]:
    """Yield what cannot be reproduced of one partner, or of all, in order."""
    tally = tally if tally is not None else Tally()
    statements = Statement.objects.select_related("partner", "edition")
    if partner_id is not None:
        statements = statements.filter(partner=partner_id)
    editions = published_editions()
    before: Statement | None = None
    for statement in statements.order_by("partner", "number").iterator(chunk_size=200):
        if before is None or before.partner_id != statement.partner_id:
            if before is not None:
                yield from _left_out(before)
            before = None
            tally.partners += 1
        tally.statements += 1
        yield from _chain_faults(statement, before)
        yield from _faults(statement, before, editions, tally)
        before = statement
    if before is not None:
        yield from _left_out(before)


def _chain_faults(statement: Statement, before: Statement | None) -> Iterator[Fault]:
    """Yield what is wrong about its place in the partner's row of statements."""
    if statement.number != (before.number + 1 if before else 1):
        yield Fault(statement, "its number does not follow the one before")
    if before and statement.quarter != add_months(before.quarter, 3):
        yield Fault(statement, "its quarter does not follow the one before")
    if statement.previous != (before.digest if before else ""):
        yield Fault(statement, "its chain does not lead to the one before")
    opening = _opening(statement, before)
    if opening is None or statement.opening_minor != opening[0]:
        yield Fault(statement, "its opening balance is not the closing one before")


def _opening(
    statement: Statement, before: Statement | None
) -> tuple[int, Money | None, Rates | None] | None:
    """Return the opening balance recomputed, with what it was converted from."""
    if before is None:
        return 0, None, None
    source = Money(before.closing_minor, before.currency)
    if before.currency == statement.currency or not source.minor:
        return source.minor, None, None
    kept = statement.controls.get("opening")
    if kept is None:
        return None
    rates = Rates(kept["rate_e10"], kept["into_e10"], date.fromisoformat(kept["rate_on"]))
    return converted(source, statement.currency, rates), source, rates


def _faults(
    statement: Statement, before: Statement | None, editions: Editions, tally: Tally
) -> Iterator[Fault]:
    """Yield what is wrong inside a statement: lines, sums, days, seal."""
    wrong: list[str] = []
    summed = _summed(statement, editions, wrong, tally)
    for what in wrong:
        yield Fault(statement, what)
    for name, value in _expected(summed).items():
        if getattr(statement, name) != value:
            yield Fault(statement, f"{name} is not what its lines come to")
    opening = _opening(statement, before) or (0, None, None)
    if statement.controls != controls_of(summed, opening[1], opening[2]):
        yield Fault(statement, "its control totals are not those of its lines")
    rulebook = editions.by_id(statement.edition_id).rulebook
    if statement.pay_on != pay_on(quarter_end(statement.quarter), rulebook=rulebook):
        yield Fault(statement, "its day of payment is another one")
    stored = StatementLine.objects.filter(statement=statement).order_by("number")
    if digest_of(statement, stored.iterator(chunk_size=BATCH)) != statement.digest:
        yield Fault(statement, "its seal is broken")


def _expected(summed: Summed) -> dict[str, int]:
    moved, owed = summed.moved, summed.balance
    return {
        "accrued_minor": moved.accrued,
        "adjusted_minor": moved.adjusted,
        "forfeited_minor": moved.forfeited,
        "paid_minor": moved.paid,
        "closing_minor": owed.closing,
        "recovered_minor": owed.recovered,
        "withheld_minor": owed.withheld,
        "payable_minor": owed.payable,
        "line_count": summed.lines,
    }


def _summed(
    statement: Statement, editions: Editions, wrong: list[str], tally: Tally
) -> Summed:
    def lines() -> Iterator[tuple[LineKind, Money, int]]:
        for line, source in _with_sources(statement):
            tally.lines += 1
            wrong.extend(f"line {line.number}: {w}" for w in _wrong(line, source, tally))
            minor = line.minor
            amount = Money(line.source_minor, line.source_currency)
            yield LineKind(line.kind), amount, minor

    edition = editions.by_id(statement.edition_id)
    return sum_up(
        statement.opening_minor,
        lines(),
        papers_missing=bool(statement.missing),
        minimum=edition.rulebook.payout.minimum_minor,
    )


def _with_sources(
    statement: Statement,
) -> Iterator[tuple[StatementLine, Money | None]]:
    """Yield the lines with the amount of what they stand for; None if that is gone."""
    lines = (
        StatementLine.objects.filter(statement=statement)
        .select_related("adjustment", "payment", "forfeiture", "statement")
        .order_by("number")
    )
    batch: list[StatementLine] = []
    for line in lines.iterator(chunk_size=BATCH):
        batch.append(line)
        if len(batch) == BATCH:
            yield from _sources(batch)
            batch = []
    yield from _sources(batch)


def _sources(
    lines: list[StatementLine],
) -> Iterator[tuple[StatementLine, Money | None]]:
    months = {line.month for line in lines if line.month}
    schedules = {line.schedule_id for line in lines if line.schedule_id}
    accruals = {
        (schedule, month, number): Money(minor, currency)
        for schedule, month, number, minor, currency in Accrual.objects.filter(
            month__in=months, schedule_id__any_of=schedules
        ).values_list("schedule_id", "month", "number", "commission_minor", "currency")
    }
    for line in lines:
        yield line, _source(line, accruals)


def _source(
    line: StatementLine, accruals: dict[tuple[int, date, int], Money]
) -> Money | None:
    if line.adjustment:
        if line.adjustment.state != line.adjustment.State.APPROVED:
            return None
        return Money(line.adjustment.amount_minor, line.adjustment.currency)
    if line.payment:
        if line.payment.state != Payment.State.PAID:
            return None
        return Money(-line.payment.amount_minor, line.payment.currency)
    assert line.schedule_id
    assert line.month
    assert line.accrual is not None
    found = accruals.get((line.schedule_id, line.month, line.accrual))
    return -found if found and line.kind == LineKind.FORFEITURE else found


def _wrong(line: StatementLine, source: Money | None, tally: Tally) -> Iterator[str]:
    """Yield what is wrong with one line."""
    if source is None:
        yield "what it stands for is not there"
        return
    kept = Money(line.source_minor, line.source_currency)
    if source != kept:
        yield f"it stands for {source}, not for {kept}"
    rates = rates_of(line)
    currency = line.statement.currency
    if rates is None and kept.minor and kept.currency != currency:
        yield "it was converted without rates"
        return
    if line.minor != converted(kept, currency, rates):
        yield f"{kept} does not come to {line.minor} at its rates"
    if rates is None:
        return
    if line.month and rates.on != month_end(line.month):
        yield f"its rates are of {rates.on}, not of its month's end"
    for code, rate in ((kept.currency, rates.rate), (currency, rates.into)):
        if code != DOLLAR and _known_rate(code, rates.on) != rate:
            tally.rates_corrected.add((rates.on, code))


def _known_rate(currency: str, day: date) -> int | None:
    return (
        FxRate.objects.filter(day=day, currency=currency)
        .values_list("usd_e10", flat=True)
        .first()
    )


def _left_out(last: Statement) -> Iterator[Fault]:
    """Yield a fault if what was accrued in time for the last statement is in none."""
    until = quarter_end(last.quarter)
    in_time = last.closed_at - GRACE
    missed = unstated(last.partner_id, until).filter(recorded_at__lt=in_time).count()
    if missed:
        yield Fault(last, f"{missed} accruals of its time stand in no statement")


def doubles() -> int:
    """Return how many accruals stand in more than one line of the same kind."""
    return (
        StatementLine.objects.exclude(schedule=None)
        .values("schedule", "month", "accrual", "kind")
        .annotate(lines=Count("pk"), last=Max("pk"))
        .filter(lines__gt=1)
        .count()
    )
