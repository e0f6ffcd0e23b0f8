"""The statement that accrues a month says what the pure rules say, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.models import Client
from commissions.models import Accrual, Receipt, Schedule
from commissions.selectors.schedules import reductions_of, rule_of
from commissions.services import accrue_clients, accrue_month
from commissions.services.accruing import schedules_change
from deals.models import LineReduction
from program.calendar import add_months
from program.commission import Earned, allocate
from program.money import Money
from tests.factories import ClientFactory, ReceiptFactory, ScheduleFactory

MONTH = date(2026, 3, 1)
AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
ALL = 10**9

amounts = st.sampled_from([0, 1, 2, 3, 7, 5_000, 99_999, 10**15])
currencies = st.sampled_from(["USD", "EUR"])
months = st.integers(min_value=-3, max_value=3).map(lambda n: add_months(MONTH, n))


@dataclass(frozen=True)
class Sold:
    """A schedule to be, and the downgrades of its line (day, what is left)."""

    ref: str
    begins_on: date
    months: int
    mrr: int
    currency: str
    rate: int
    ended: str
    cut_to: date
    reductions: Sequence[tuple[date, int]]


@dataclass(frozen=True)
class Came:
    """A receipt to be."""

    amount: int
    currency: str
    month: date


sales = st.builds(
    Sold,
    ref=st.sampled_from(["D-1", "D-2", "d-1", "É"]),
    begins_on=st.dates(date(2025, 11, 1), date(2026, 5, 31)),
    months=st.integers(1, 6),
    mrr=amounts,
    currency=currencies,
    rate=st.sampled_from([0, 1, 1_999, 2_000, 10_000]),
    ended=st.sampled_from(["", "", "", "cancelled", "demoted", "term_ended"]),
    cut_to=months,
    reductions=st.lists(
        st.tuples(st.dates(date(2026, 1, 1), date(2026, 4, 30)), amounts),
        max_size=2,
        unique_by=lambda pair: pair[0],
    ),
)
receipts = st.lists(
    st.builds(
        Came,
        amount=st.sampled_from([-(10**15), -5_000, -1, 1, 4, 5_000, 120_000, 10**15]),
        currency=st.sampled_from(["USD", "EUR", "GBP"]),
        month=st.sampled_from([MONTH, MONTH, MONTH, add_months(MONTH, 1)]),
    ),
    max_size=4,
)


def open_(sold: Sold, client: Client) -> Schedule:
    first = sold.begins_on.replace(day=1)
    last = add_months(first, sold.months - 1)
    cut = sold.ended and sold.cut_to < last
    schedule = ScheduleFactory.create(
        line__deal__client=client,
        line__mrr_minor=sold.mrr,
        line__currency=sold.currency,
        deal_ref=sold.ref,
        closed_on=sold.begins_on,
        begins_on=sold.begins_on,
        months=sold.months,
        rate_bps=sold.rate,
        last_month=max(sold.cut_to, add_months(first, -1)) if cut else last,
        ended=sold.ended if cut else "",
    )
    assert schedule.line
    for on, left in sold.reductions:
        LineReduction.objects.create(
            line=schedule.line, on=on, mrr_minor=left, at=AT, actor=None
        )
    return schedule


def by_the_rules(month: date) -> dict[int, Earned]:
    schedules = {one.pk: one for one in Schedule.objects.all()}
    reductions = reductions_of(one.line_id for one in schedules.values() if one.line_id)
    rules = {}
    for pk in sorted(schedules):
        rule = rule_of(
            schedules[pk], reductions=reductions.get(schedules[pk].line_id or 0, ())
        )
        assert rule is not None
        # The same rule twice is two schedules: the identity of each tells which.
        rules[id(rule)] = (pk, rule)
    came = [
        Money(minor, currency)
        for minor, currency in Receipt.objects.filter(month=month).values_list(
            "amount_minor", "currency"
        )
    ]
    found = allocate([rule for _pk, rule in rules.values()], received=came, month=month)
    return {rules[id(rule)][0]: earned for rule, earned in found}


def accrued(month: date) -> dict[int, list[Accrual]]:
    found: dict[int, list[Accrual]] = {}
    for line in Accrual.objects.filter(month=month).order_by("schedule_id", "number"):
        found.setdefault(line.schedule_id, []).append(line)
    return found


def check(month: date, *, had: dict[int, list[Accrual]]) -> None:
    """Compare every schedule that runs, or had lines, with what the rules say."""
    lines = accrued(month)
    for pk, earned in by_the_rules(month).items():
        schedule = Schedule.objects.get(pk=pk)
        runs = schedule.first_month <= month <= schedule.last_month
        assert (pk in lines) == (runs or pk in had)
        if pk not in lines:
            continue
        assert [line.number for line in lines[pk]] == list(range(len(lines[pk])))
        assert sum(line.base_minor for line in lines[pk]) == earned.base.minor
        commission = sum(line.commission_minor for line in lines[pk])
        assert commission == earned.commission.minor
        if len(lines[pk]) > len(had.get(pk, ())):
            assert lines[pk][-1].why == (earned.why or "")


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    first=st.lists(sales, max_size=4),
    later=st.lists(sales, max_size=2),
    came=receipts,
    more=receipts,
    whole=st.booleans(),
)
def test_the_statement_says_what_the_rules_say(
    first: list[Sold],
    later: list[Sold],
    came: list[Came],
    more: list[Came],
    whole: bool,
) -> None:
    with transaction.atomic():
        client = ClientFactory.create()

        def bring(sold: list[Sold], receipts: list[Came]) -> None:
            for one in sold:
                open_(one, client)
            for each in receipts:
                ReceiptFactory.create(
                    client=client,
                    amount_minor=each.amount,
                    currency=each.currency,
                    month=each.month,
                )

        def run() -> int:
            if whole:
                return accrue_month(month=MONTH, first=0, last=ALL, at=AT)
            return accrue_clients(client_ids=[client.pk], months=[MONTH], at=AT)

        bring(first, came)
        run()
        check(MONTH, had={})
        had = accrued(MONTH)
        assert run() == 0
        bring(later, more)
        if first:  # what was over, or ends earlier than it did
            schedules_change([client.pk])
            Schedule.objects.filter(pk__in=list(had)[:1]).update(
                last_month=add_months(MONTH, -1), ended="cancelled"
            )
        run()
        check(MONTH, had=had)
        assert run() == 0
        transaction.set_rollback(True)
