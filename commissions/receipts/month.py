"""The receipt of one month of a schedule: from what came in to what was paid.

What an outsider needs to do the sum again: the receipts, how they were dealt out, the
rate, the rounding. Of other partners it says what they took, all together and without a
name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from commissions.models import (
    Accrual,
    Payment,
    Receipt,
    Schedule,
    StatementLine,
)
from commissions.selectors.schedules import in_order, reductions_of, rule_of
from program.commission import Earned, Nothing, allocate, capacity
from program.money import Money, exponent
from program.payout_life import PaymentState
from ui import formats

NOT_RUNNING: Final = frozenset(
    (Nothing.NOT_BEGUN, Nothing.TERM_ENDED, Nothing.CANCELLED, Nothing.DEMOTED)
)
"""Reasons for which a sale takes no part in a month at all."""


class Share(NamedTuple):
    """What a schedule may take of a month at most, and what it earns."""

    schedule: Schedule
    most: Money
    earned: Earned


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a schedule took of the month; without one, what other partners took."""

    label: str
    most: Money | None
    took: Money
    url_of: Schedule | None
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One accrual line of the month."""

    number: int
    base: Money
    commission: Money
    rate_bps: int
    why: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A line of a statement that stands for the month."""

    line: StatementLine
    source: Money
    amount: Money
    paid: Payment | None

    @property
    def rates(self) -> str:
        """Both exchange rates of the line, in words; "" if nothing was converted."""
        if self.line.rate_e10 is None or self.line.into_e10 is None:
            return ""
        return _("1 %(source)s = %(rate)s USD, 1 %(target)s = %(into)s USD") % {
            "source": self.source.currency,
            "rate": _dollars(self.line.rate_e10),
            "target": self.amount.currency,
            "into": _dollars(self.line.into_e10),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """A receipt of the client, and its amount."""

    receipt: Receipt
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReceipt:
    """One month of a schedule, with all it rests on.

    `expected` is the month anew from the receipts of today; `agrees` whether the lines
    come to the same.
    """

    schedule: Schedule
    month: date
    receipts: Sequence[CameIn]
    received: Sequence[Money]
    parts: Sequence[Part]
    most: Money
    base: Money
    expected: Money
    why: str
    lines: Sequence[Line]
    standings: Sequence[Standing]

    @property
    def earned(self) -> Money:
        return Money(
            sum(line.commission.minor for line in self.lines), self.schedule.currency
        )

    @property
    def agrees(self) -> bool:
        return self.earned == self.expected

    @property
    def was_accrued(self) -> bool:
        return bool(self.lines)

    @property
    def exact(self) -> str:
        """The share before it is rounded, in the currency's unit: 0.78."""
        places = exponent(self.base.currency) + 4
        scaled = Decimal(self.base.minor * self.schedule.rate_bps).scaleb(-places)
        return formats.decimal_text(scaled.normalize())

    @property
    def why_words(self) -> str:
        """Why the month has no base, "" if it has one."""
        return str(Accrual.Why(self.why).label) if self.why else ""


def month_receipt(schedule: Schedule, month: date) -> MonthReceipt:
    """Return the receipt of a month; the same queries however many sales share it."""
    of_line = in_order(
        Schedule.objects.filter(
            client_id=schedule.client_id,
            product_line=schedule.product_line,
            refused="",
        ).select_related("deal")
    )
    receipts = list(
        Receipt.objects.filter(
            client_id=schedule.client_id,
            product_line=schedule.product_line,
            month=month,
        ).order_by("recorded_at", "pk")
    )
    reductions = reductions_of(one.line_id for one in of_line if one.line_id)
    rules = [
        (one, rule)
        for one in of_line
        if (rule := rule_of(one, reductions=reductions.get(one.line_id or 0, ())))
    ]
    dealt = allocate(
        [rule for _one, rule in rules],
        received=[Money(one.amount_minor, one.currency) for one in receipts],
        month=month,
    )
    # `allocate` sorts by the same order and keeps that of equals.
    shares = [
        Share(one, capacity(rule, month=month), earned)
        for (one, _rule), (rule, earned) in zip(rules, dealt, strict=True)
    ]
    mine = next(
        (share for share in shares if share.schedule.pk == schedule.pk),
        _nothing(schedule),
    )
    return MonthReceipt(
        schedule=schedule,
        month=month,
        receipts=[
            CameIn(receipt=one, amount=Money(one.amount_minor, one.currency))
            for one in receipts
        ],
        received=_by_currency(receipts),
        parts=_parts(shares, schedule),
        most=mine.most,
        base=mine.earned.base,
        expected=mine.earned.commission,
        why=mine.earned.why.value if mine.earned.why else "",
        lines=_lines(schedule, month),
        standings=_standings(schedule, month),
    )


def _nothing(schedule: Schedule) -> Share:
    """Return the share of a schedule that was refused: it takes part in no month."""
    none = Money(0, schedule.currency)
    return Share(schedule, none, Earned(base=none, commission=none))


def _by_currency(receipts: Sequence[Receipt]) -> list[Money]:
    sums: dict[str, int] = {}
    for one in receipts:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def _parts(shares: Sequence[Share], schedule: Schedule) -> list[Part]:
    """Return who took what, oldest first: the own sales by name, the others as a sum.

    Neither how many other sales there are nor where each stands can be read from it.
    """
    own: list[Part] = []
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    seen = False
    for one, most, earned in shares:
        took = earned.base
        if one.partner_id == schedule.partner_id:
            seen = seen or one.pk == schedule.pk
            if earned.why in NOT_RUNNING and one.pk != schedule.pk:
                continue
            own.append(
                Part(
                    label=one.deal.name,
                    most=most,
                    took=took,
                    url_of=one,
                    is_this=one.pk == schedule.pk,
                )
            )
        else:
            sums = after if seen else before
            sums[took.currency] = sums.get(took.currency, 0) + took.minor
    return [
        *_others(before, _("Older sales of other partners, together")),
        *own,
        *_others(after, _("Later sales of other partners, together")),
    ]


def _others(sums: dict[str, int], label: str) -> list[Part]:
    return [
        Part(
            label=label,
            most=None,
            took=Money(minor, currency),
            url_of=None,
            is_this=False,
        )
        for currency, minor in sorted(sums.items())
        if minor
    ]


def _lines(schedule: Schedule, month: date) -> list[Line]:
    rows = Accrual.objects.filter(month=month, schedule=schedule).order_by("number")
    return [
        Line(
            number=row.number,
            base=Money(row.base_minor, row.currency),
            commission=Money(row.commission_minor, row.currency),
            rate_bps=row.rate_bps,
            why=row.get_why_display(),
            recorded_at=row.recorded_at,
        )
        for row in rows
    ]


def _standings(schedule: Schedule, month: date) -> list[Standing]:
    rows = list(
        # A deal may have changed hands: statements of whom it was are not shown.
        StatementLine.objects.filter(
            schedule=schedule, month=month, statement__partner=schedule.partner_id
        )
        .select_related("statement")
        .order_by("statement__number", "number")
    )
    if not rows:
        return []
    first = min(row.statement.number for row in rows)
    payments = list(
        Payment.objects.filter(
            partner_id=schedule.partner_id,
            state=PaymentState.PAID,
            statement__number__gte=first,
        )
        .select_related("statement")
        .order_by("statement__number")
    )
    return [
        Standing(
            line=row,
            source=Money(row.source_minor, row.source_currency),
            amount=Money(row.minor, row.statement.currency),
            paid=next(
                (one for one in payments if one.statement.number >= row.statement.number),
                None,
            ),
        )
        for row in rows
    ]


def _dollars(e10: int) -> str:
    """Return a rate in US dollars with the decimals it has."""
    return formats.number(Decimal(e10).scaleb(-10).normalize() + Decimal("0.00"))


# --- As text --------------------------------------------------------------------------


def as_text(receipt: MonthReceipt, *, product: str, edition: str) -> str:
    """Return the receipt in plain lines, for a letter or a ticket."""
    schedule = receipt.schedule

    def amount(value: Money) -> str:
        return formats.money(value.minor, value.currency)

    rate, expected = formats.percent(schedule.rate_bps), amount(receipt.expected)
    lines = [
        f"{schedule.deal.name} · {schedule.deal.client_label} · {product}",
        formats.month(receipt.month),
        "",
        _("What came in:"),
        *(
            f"  {one.receipt.ref}  {amount(one.amount)}  "
            f"{formats.moment(one.receipt.recorded_at)}"
            for one in receipt.receipts
        ),
        *(f"  = {amount(one)}" for one in receipt.received),
        _("How it was dealt out, oldest sale first:"),
        *(f"  {part.label}  {amount(part.took)}" for part in receipt.parts),
        _("The commission:"),
        f"  {amount(receipt.base)} × {rate} = {receipt.exact} → {expected}",
        *([f"  {receipt.why_words}"] if receipt.why else []),
        _("In the ledger:"),
        *(
            f"  {line.number}  {amount(line.commission)}  "
            f"{formats.moment(line.recorded_at)}"
            for line in receipt.lines
        ),
        *(
            _("Statement %(number)s: %(amount)s")
            % {
                "number": one.line.statement.number,
                "amount": amount(one.amount),
            }
            for one in receipt.standings
        ),
        _("Rulebook edition: %(code)s") % {"code": edition},
    ]
    return "\n".join(lines)
