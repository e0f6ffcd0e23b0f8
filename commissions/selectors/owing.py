"""What is owed to partners now: one number, for the page, the run and what checks it.

It is the balance of the last statement, without what was lost since and without what is
on its way or arrived (rulebook 3.7, 3.8). The same queries, however many partners.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef

from commissions.models import Forfeiture, Payment, Statement, StatementLine
from commissions.selectors.lines import (
    Line,
    converted_line,
    rate_book,
    rates_of,
    taken_back,
)
from program.money import Money
from program.payout import still_due
from program.payout_life import LIVE_PAYMENTS
from program.statements import LineKind, MissingRateError, RateBook

Lost = tuple[StatementLine, Forfeiture]
"""A line of an earlier statement, and what it is lost by."""


def losses_of(partner_ids: Collection[int]) -> dict[int, Forfeiture]:
    """Return deal id → what these partners lost of it, unless that was waived."""
    rows = Forfeiture.objects.standing().filter(partner_id__any_of=partner_ids)
    return {row.deal_id: row for row in rows.order_by("pk")}


def lost_lines(lost: Mapping[int, Forfeiture]) -> dict[int, list[Lost]]:
    """Return partner id → the stated lines that the next statement takes back."""
    found: dict[int, list[Lost]] = {}
    if not lost:
        return found
    again = StatementLine.objects.filter(
        schedule=OuterRef("schedule_id"),
        month=OuterRef("month"),
        accrual=OuterRef("accrual"),
        kind=StatementLine.Kind.FORFEITURE,
    )
    rows = StatementLine.objects.filter(
        ~Exists(again),
        kind=StatementLine.Kind.ACCRUAL,
        statement__partner_id__any_of={each.partner_id for each in lost.values()},
        schedule__deal_id__any_of=list(lost),
    )
    for row in rows.select_related("schedule", "statement").order_by(
        "statement__number", "number"
    ):
        assert row.schedule
        assert row.month
        forfeiture = lost[row.schedule.deal_id]
        partner_id = row.statement.partner_id
        if forfeiture.partner_id == partner_id and row.month <= forfeiture.through_month:
            found.setdefault(partner_id, []).append((row, forfeiture))
    return found


def lost_line(lost: Lost, currency: str, rates: RateBook) -> Line:
    """Return the line that takes a stated one back, in the currency of the payout.

    With its own rates; where the partner is paid in another currency since, converted
    into that at the end of its month. Raises `MissingRateError`.
    """
    row, forfeiture = lost
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
        line = converted_line(replace(line, rates=None, minor=0), currency, rates)
    return taken_back(line, forfeiture.pk)


def lost_since(
    currencies: Mapping[int, str], losses: Mapping[int, Forfeiture]
) -> dict[int, int | None]:
    """Return partner id → what the next statement takes back of earlier ones.

    `currencies` maps partners to the currency that it is wanted in, `losses` is what
    `losses_of` says of them. In minor units, zero or more, unless corrections of lost
    months were stated; None where a rate is not known. Who lost nothing is left out.
    """
    of_all = lost_lines(losses)
    months = {
        row.month
        for partner_id, lines in of_all.items()
        for row, _forfeiture in lines
        if row.month and row.statement.currency != currencies[partner_id]
    }
    rates = rate_book(months) if months else RateBook({})
    found: dict[int, int | None] = {}
    for partner_id, lines in of_all.items():
        try:
            found[partner_id] = -sum(
                lost_line(each, currencies[partner_id], rates).minor for each in lines
            )
        except MissingRateError:
            found[partner_id] = None
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """How much may be paid to a partner now, and how that comes about.

    In minor units of the currency of `last`, its newest statement: `live` is what is on
    its way or arrived and stands in no statement, `lost` what the next one takes back;
    None if a rate for that is not known: until then nothing is paid. `statement` is the
    one that is paid: the last one, or an older one that bounced; None if each has a live
    payment. `is_mixed`: a payment or that statement is in another currency, so nothing is
    paid until the next statement has converted what is open.
    """

    last: Statement
    live: int
    lost: int | None
    statement: Statement | None
    is_mixed: bool

    @property
    def closing(self) -> int:
        """The balance without what was lost since; paid out, that would be recovered."""
        if self.lost is None:
            return min(self.last.closing_minor, 0)
        return self.last.closing_minor - max(self.lost, 0)

    @property
    def left(self) -> int:
        """What stands open: below zero if the partner owes."""
        return self.closing - self.live

    @property
    def minor(self) -> int:
        """What may be paid now, zero or more: what the run proposes."""
        if self.statement is None or self.is_mixed:
            return 0
        return self.minor_for(self.statement)

    def minor_for(self, statement: Statement) -> int:
        """Return what may be paid now for a statement, in the currency of `last`."""
        return still_due(
            closing=self.closing,
            live=self.live,
            owed=statement.payable_minor + statement.withheld_minor,
        )


def due_to(
    partner_ids: Collection[int],
    *,
    without: Iterable[int] = (),
    losses: Mapping[int, Forfeiture] | None = None,
) -> dict[int, Due]:
    """Return partner id → what may be paid to it now, of those that have a statement.

    `without` names payments that are looked at as if they were not there; `losses` is
    what `losses_of` says, for who has asked. Read under the partners' locks if something
    is to follow from it.
    """
    ids, hidden = list(partner_ids), list(without)
    newer = Statement.objects.filter(
        partner=OuterRef("partner"), number__gt=OuterRef("number")
    )
    newest = Statement.objects.filter(~Exists(newer), partner_id__any_of=ids)
    last = {each.partner_id: each for each in newest}
    live: dict[int, list[Payment]] = {}
    on_the_way = Payment.objects.filter(
        partner_id__any_of=ids, statement_line=None
    ).live()
    for payment in on_the_way.exclude(pk__in=hidden):
        live.setdefault(payment.partner_id, []).append(payment)
    to_pay = _to_pay(last, live, without=hidden)
    if losses is None:
        losses = losses_of(ids)
    lost = lost_since({pk: each.currency for pk, each in last.items()}, losses)
    found = {}
    for pk, each in last.items():
        payments, statement = live.get(pk, []), to_pay.get(pk)
        others = any(payment.currency != each.currency for payment in payments)
        found[pk] = Due(
            last=each,
            live=sum(
                payment.amount_minor
                for payment in payments
                if payment.currency == each.currency
            ),
            lost=lost.get(pk, 0),
            statement=statement,
            is_mixed=others
            or (statement is not None and statement.currency != each.currency),
        )
    return found


def _to_pay(
    last: Mapping[int, Statement],
    live: Mapping[int, list[Payment]],
    *,
    without: Collection[int],
) -> dict[int, Statement]:
    """Return partner id → the statement that is paid: the last one, or one that bounced.

    A statement with a live payment is not paid again; left out are partners that have no
    other one whose payment was rejected or cancelled.
    """
    # What was paid of the newest statement stands in none yet.
    taken = {
        pk
        for pk, each in last.items()
        if any(payment.statement_id == each.pk for payment in live.get(pk, ()))
    }
    found = {pk: each for pk, each in last.items() if pk not in taken}
    if taken:
        tried = Payment.objects.filter(statement=OuterRef("pk")).exclude(pk__in=without)
        bounced = Statement.objects.filter(
            Exists(tried),
            ~Exists(tried.filter(state__in=LIVE_PAYMENTS)),
            partner_id__any_of=taken,
        )
        # Of several the newest one.
        found |= {each.partner_id: each for each in bounced.order_by("number")}
    return found
