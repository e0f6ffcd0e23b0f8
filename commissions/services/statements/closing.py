"""Closing a quarter: one statement per partner, whatever runs at once or again (3.7).

Order of locks: partner, then what hangs on it (reliability R7). A partner whose quarter
cannot be closed keeps its lines: the blocker is named, the clock tries again every day.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial

from django.db import transaction
from django.db.models import Exists, Min, OuterRef

from commissions.models import (
    Accrual,
    Adjustment,
    Schedule,
    Statement,
    StatementLine,
)
from commissions.notifications.statements import tell_closed
from commissions.selectors.lines import Line, rate_book
from commissions.selectors.papers import missing_papers
from commissions.selectors.unstated import first_quarter
from commissions.services.statements.chain import digest_of
from commissions.services.statements.gathering import gather
from outbox import clock
from outbox.services.transient import persistently
from partners.models import Partner
from partners.selectors import published_editions
from partners.services import audit
from program.calendar import add_months
from program.commission import pay_on
from program.money import Money
from program.payout import closes_on, last_closed_quarter, quarter_end, quarter_of
from program.statements import MissingRateError, Rates, Summed, converted, sum_up

logger = logging.getLogger(__name__)

BATCH = 1_000
MAX_ID = 2**63 - 1


class Blocker(StrEnum):
    """What keeps a quarter from being closed.

    `NOTHING`: there was nothing to state yet, nor is there now.
    """

    NOTHING = "nothing"
    TOO_EARLY = "too_early"
    EARLIER_OPEN = "earlier_open"
    NOT_ACCRUED = "not_accrued"
    MISSING_RATE = "missing_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Why a statement was not closed; `on` is the day or month it is about.

    A missing rate is that of `currency` on the day `on`; who imports it lifts it.
    """

    blocker: Blocker
    on: date
    currency: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.blocker.value, self.currency, str(self.on))))


@dataclass(frozen=True, slots=True)
class _Opening:
    """What stands open from before, in the statement's currency, and how it got there."""

    minor: int
    source: Money | None = None
    rates: Rates | None = None


@transaction.atomic
def close_statement(
    *, partner_id: int, quarter: date, at: datetime
) -> Statement | Blocked:
    """Close a partner's quarter (its first day), or say what keeps it from closing.

    A closed one is returned as it is. Quarters close in their order, from 15 days after
    their end; a statement takes in all that no earlier one has.
    """
    partner = Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    statements = Statement.objects.filter(partner=partner)
    last = statements.order_by("-number").first()
    if last and last.quarter >= quarter:
        closed = statements.filter(quarter=quarter).first()
        if closed:
            return closed
    today = clock.program_day(at)
    if blocked := _why_not(partner, quarter, last, today=today):
        return blocked
    currency = partner.payout_currency
    try:
        lines = gather(partner.pk, quarter=quarter, currency=currency)
        opening = _opening(last, currency, quarter)
    except MissingRateError as error:
        return Blocked(
            blocker=Blocker.MISSING_RATE, on=error.day, currency=error.currency
        )
    statement = _statement(partner, quarter, lines, opening, last, at=at, today=today)
    _store(statement, lines)
    audit.record(
        "commissions.statement_closed",
        actor=None,
        at=at,
        partner_id=partner.pk,
        of=statement,
        changes={"closing_minor": (opening.minor, statement.closing_minor)},
    )
    tell_closed(statement, at=at)
    return statement


def _why_not(
    partner: Partner, quarter: date, last: Statement | None, *, today: date
) -> Blocked | None:
    if today < closes_on(quarter):
        return Blocked(blocker=Blocker.TOO_EARLY, on=closes_on(quarter))
    due = next_quarter(partner.pk, last)
    if due is None or due > quarter:
        return Blocked(blocker=Blocker.NOTHING, on=quarter)
    if due < quarter:
        return Blocked(blocker=Blocker.EARLIER_OPEN, on=due)
    month = _not_accrued(partner.pk, quarter)
    return Blocked(blocker=Blocker.NOT_ACCRUED, on=month) if month else None


def _not_accrued(partner_id: int, quarter: date) -> date | None:
    """Return the first month that was not accrued for all schedules of the partner."""
    months = [add_months(quarter, number) for number in range(3)]
    schedules = Schedule.objects.filter(partner=partner_id).exclude(plan="")
    running = schedules.running_in(months[0], months[-1])
    terms = list(running.values_list("pk", "first_month", "last_month"))
    accrued = set(
        Accrual.objects.filter(
            month__in=months, schedule__in=running.values("pk"), number=0
        ).values_list("month", "schedule_id")
    )
    for month in months:
        if any(
            first <= month <= last and (month, pk) not in accrued
            for pk, first, last in terms
        ):
            return month
    return None


def next_quarter(partner_id: int, last: Statement | None) -> date | None:
    """Return the quarter that is to close next; None: there is nothing to state yet.

    The one after the last statement; else that of the first month in which something may
    be earned, or was adjusted.
    """
    if last is not None:
        return add_months(last.quarter, 3)
    found = (
        Schedule.objects.filter(partner=partner_id)
        .exclude(plan="")
        .aggregate(first=Min("first_month"))
    )
    days = [found["first"]] if found["first"] else []
    first_adjusted = (
        Adjustment.objects.filter(partner=partner_id, state=Adjustment.State.APPROVED)
        .order_by("decided_at")
        .values_list("decided_at", flat=True)
        .first()
    )
    if first_adjusted:
        days.append(clock.program_day(first_adjusted))
    if not days:
        return None
    first = quarter_of(min(days))
    return max(first, first_quarter() or first)


def _opening(last: Statement | None, currency: str, quarter: date) -> _Opening:
    """Return the balance of the statement before.

    When the partner is paid in another currency since, it is converted at the end of the
    quarter, as the payments are that it meets there. Raises `MissingRateError`.
    """
    if last is None:
        return _Opening(0)
    source = Money(last.closing_minor, last.currency)
    if last.currency == currency or not source.minor:
        return _Opening(source.minor)
    day = quarter_end(quarter)
    rates = rate_book([day]).between(source.currency, currency, day)
    return _Opening(converted(source, currency, rates), source, rates)


def _statement(
    partner: Partner,
    quarter: date,
    lines: list[Line],
    opening: _Opening,
    last: Statement | None,
    *,
    at: datetime,
    today: date,
) -> Statement:
    editions = published_editions()
    # Quarters before the first edition follow it: it is the oldest rule there is.
    edition = editions.on(max(closes_on(quarter), editions.first_day))
    missing = papers_missing(partner, on=today, quarter=quarter)
    summed = sum_up(
        opening.minor,
        ((line.kind, line.source, line.minor) for line in lines),
        papers_missing=bool(missing),
        minimum=edition.rulebook.payout.minimum_minor,
    )
    moved, owed = summed.moved, summed.balance
    return Statement(
        public_id=uuid.uuid4(),
        partner=partner,
        number=last.number + 1 if last else 1,
        quarter=quarter,
        currency=partner.payout_currency,
        opening_minor=moved.opening,
        accrued_minor=moved.accrued,
        adjusted_minor=moved.adjusted,
        forfeited_minor=moved.forfeited,
        paid_minor=moved.paid,
        closing_minor=owed.closing,
        recovered_minor=owed.recovered,
        withheld_minor=owed.withheld,
        payable_minor=owed.payable,
        line_count=summed.lines,
        controls=controls_of(summed, opening.source, opening.rates),
        missing=missing,
        pay_on=pay_on(quarter_end(quarter), rulebook=edition.rulebook),
        closed_on=today,
        closed_at=at,
        edition_id=edition.id,
        previous=last.digest if last else "",
    )


def papers_missing(partner: Partner, *, on: date, quarter: date) -> list[str]:
    """Return the papers that are missing on a day, "w8ben|w8ben_e" where any will do."""
    owed = missing_papers(
        partner_id=partner.pk, country=partner.country, on=on, quarter=quarter
    )
    return ["|".join(each.need.papers) for each in owed]


def controls_of(
    summed: Summed, source: Money | None, rates: Rates | None
) -> dict[str, object]:
    """Return the control totals as they are stored.

    By source currency the number of lines and their sum in minor units; and the exchange
    of the opening balance, where the currency has changed.
    """
    controls: dict[str, object] = {
        "sums": {currency: list(both) for currency, both in summed.controls.items()}
    }
    if source is not None and rates is not None:
        controls["opening"] = {
            "minor": source.minor,
            "currency": source.currency,
            "rate_e10": rates.rate,
            "into_e10": rates.into,
            "rate_on": rates.on.isoformat(),
        }
    return controls


def _store(statement: Statement, lines: list[Line]) -> None:
    rows = [_row(statement, number, line) for number, line in enumerate(lines, start=1)]
    statement.digest = digest_of(statement, rows)
    statement.save(force_insert=True)
    for row in rows:
        row.statement_id = statement.pk
    StatementLine.objects.bulk_create(rows, batch_size=BATCH)


def _row(statement: Statement, number: int, line: Line) -> StatementLine:
    rates = line.rates
    return StatementLine(
        statement=statement,
        number=number,
        kind=line.kind.value,
        schedule_id=line.schedule_id,
        month=line.month,
        accrual=line.accrual,
        forfeiture_id=line.forfeiture_id,
        adjustment_id=line.adjustment_id,
        payment_id=line.payment_id,
        source_minor=line.source.minor,
        source_currency=line.source.currency,
        rate_e10=rates.rate if rates else None,
        into_e10=rates.into if rates else None,
        rate_on=rates.on if rates else None,
        minor=line.minor,
    )


def partners_to_close(*, on: date, first: int = 0, last: int = MAX_ID) -> Iterator[int]:
    """Yield the partners of a range whose newest quarter is not closed, in order.

    Only those that have something to state, or had before.
    """
    newest = last_closed_quarter(on)
    begun = Schedule.objects.filter(partner=OuterRef("pk")).exclude(plan="")
    adjusted = Adjustment.objects.filter(
        partner=OuterRef("pk"), state=Adjustment.State.APPROVED
    )
    stated = Statement.objects.filter(partner=OuterRef("pk"))
    yield from (
        Partner.objects.filter(
            Exists(begun) | Exists(adjusted) | Exists(stated),
            pk__gte=first,
            pk__lte=last,
        )
        .exclude(Exists(stated.filter(quarter=newest)))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def close_due(*, partner_id: int, at: datetime) -> list[Statement | Blocked]:
    """Close all of a partner's quarters that are due, in order, up to the first blocker.

    Each in its own transaction, tried again where the database was only unlucky. Returns
    the new statements, and what stopped them.
    """
    newest = last_closed_quarter(clock.program_day(at))
    done: list[Statement | Blocked] = []
    while True:
        last = Statement.objects.filter(partner=partner_id).order_by("-number").first()
        quarter = next_quarter(partner_id, last)
        if quarter is None or quarter > newest:
            return done
        closed = persistently(
            partial(close_statement, partner_id=partner_id, quarter=quarter, at=at)
        )
        done.append(closed)
        if isinstance(closed, Blocked):
            return done


def close_range(*, first: int, last: int, at: datetime) -> int:
    """Close what is due of a range of partners; return how many statements are new.

    What blocks a partner is told in the log; others go on.
    """
    count = 0
    today = clock.program_day(at)
    for partner_id in list(partners_to_close(on=today, first=first, last=last)):
        for done in close_due(partner_id=partner_id, at=at):
            if isinstance(done, Statement):
                count += 1
            else:
                logger.warning("Statement of partner %d waits: %s", partner_id, done)
    return count
