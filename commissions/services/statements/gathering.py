"""What a statement takes in: everything of a partner that stands in none yet (3.7).

Under the lock of the partner's row (reliability R7). What is committed after the rows
were read waits for the next statement; the unique keys of the lines are the second wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from commissions.models import Adjustment, Forfeiture, Payment
from commissions.selectors.lines import Line, converted_line, rate_book, taken_back
from commissions.selectors.owing import losses_of, lost_line, lost_lines
from commissions.selectors.unstated import months_of, unstated
from program.money import Money
from program.payout import quarter_end
from program.statements import LineKind


def gather(partner_id: int, *, quarter: date, currency: str) -> list[Line]:
    """Return the lines of a partner's statement, in their order.

    Commissions by month, then what of them is forfeited, adjustments, payments. Raises
    `MissingRateError` where an amount cannot be converted at the end of its month.
    """
    until = quarter_end(quarter)
    months = months_of(partner_id, until)
    rates = rate_book(months)
    accrued = [
        converted_line(line, currency, rates)
        for line in _accruals(partner_id, until, months)
    ]
    lost = losses_of([partner_id])
    lines = [
        *accrued,
        *(
            lost_line(each, currency, rates)
            for each in lost_lines(lost).get(partner_id, ())
        ),
        *_forfeited(accrued, lost),
    ]
    # They have no month of their own: the last one of the quarter is theirs.
    lines += [
        converted_line(line, currency, rates, on=until)
        for line in (*_adjustments(partner_id), *_payments(partner_id))
    ]
    return lines


def _accruals(partner_id: int, until: date, months: list[date]) -> Iterator[Line]:
    rows = (
        unstated(partner_id, until, months)
        .order_by(
            *("month", "schedule__deal_ref", "schedule__product_line"),
            *("schedule_id", "number"),
        )
        .values_list(
            *("commission_minor", "currency"),
            *("schedule_id", "month", "number", "schedule__deal_id"),
        )
    )
    for minor, currency, schedule_id, month, number, deal_id in rows.iterator(
        chunk_size=2_000
    ):
        yield Line(
            kind=LineKind.ACCRUAL,
            source=Money(minor, currency),
            rates=None,
            minor=0,
            schedule_id=schedule_id,
            month=month,
            accrual=number,
            deal_id=deal_id,
        )


def _forfeited(accrued: list[Line], lost: dict[int, Forfeiture]) -> Iterator[Line]:
    """Yield what takes lines of this statement back, with their own rates."""
    for line in accrued:
        forfeiture = lost.get(line.deal_id or 0)
        if forfeiture and line.month and line.month <= forfeiture.through_month:
            yield taken_back(line, forfeiture.pk)


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
