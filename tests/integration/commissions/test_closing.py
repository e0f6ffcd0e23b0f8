"""Closing a quarter: what goes in, what is named, and what a second run changes (3.7)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from commissions.models import Accrual, FxRate, Statement, StatementLine
from commissions.services import Blocked, close_due, close_statement
from commissions.services.statements import Blocker, partners_to_close
from commissions.services.statements.verifying import Tally, statement_faults
from partners.models import AuditEntry, Notification, Partner, Person
from tests.factories import PartnerFactory, PersonFactory
from tests.factories.money import (
    AccrualFactory,
    AdjustmentFactory,
    ForfeitureFactory,
    FxRateFactory,
    PaymentFactory,
    PayoutDocumentFactory,
    ScheduleFactory,
)

pytestmark = pytest.mark.django_db

Q1, Q2 = date(2026, 1, 1), date(2026, 4, 1)
APRIL_15 = datetime(2026, 4, 15, 9, tzinfo=UTC)
JULY_15 = datetime(2026, 7, 15, 9, tzinfo=UTC)


def partner_with_papers(**facts: object) -> Partner:
    """Return a partner in the United States whose papers are all there."""
    partner: Partner = PartnerFactory.create(country="US", **facts)
    PayoutDocumentFactory.create(partner=partner, approved=True, filed_at=APRIL_15)
    PayoutDocumentFactory.create(partner=partner, approved=True, bank_form=True)
    return partner


def accrued(partner: Partner, *, months: int = 3, currency: str = "USD") -> list[Accrual]:
    """Return what a schedule of 1,000 a month earned from January 2026 on: 200 each."""
    schedule = ScheduleFactory.create(
        line__deal__partner=partner,
        line__currency=currency,
        line__mrr_minor=100_000,
        first_month=Q1,
        begins_on=Q1,
    )
    return [
        AccrualFactory.create(schedule=schedule, month=date(2026, month, 1))
        for month in range(1, months + 1)
    ]


def closed(partner: Partner, quarter: date = Q1, at: datetime = APRIL_15) -> Statement:
    statement = close_statement(partner_id=partner.pk, quarter=quarter, at=at)
    assert isinstance(statement, Statement), statement
    return statement


def months_of(statement: Statement) -> list[date]:
    lines = statement.lines.order_by("number")
    return [line.month for line in lines if line.month]


def test_a_quarter_is_what_its_months_earned() -> None:
    partner = partner_with_papers()
    accrued(partner)

    statement = closed(partner)

    assert (statement.number, statement.line_count) == (1, 3)
    assert (statement.opening_minor, statement.accrued_minor) == (0, 60_000)
    assert (statement.closing_minor, statement.payable_minor) == (60_000, 60_000)
    assert statement.controls == {"sums": {"USD": [3, 60_000]}}
    assert statement.pay_on == date(2026, 5, 15)
    assert [day.month for day in months_of(statement)] == [1, 2, 3]
    assert list(statement_faults()) == []


def test_closing_again_returns_what_is_there_and_writes_nothing() -> None:
    partner = partner_with_papers()
    accrued(partner)
    first = closed(partner)

    again = closed(partner, at=JULY_15)

    assert again.pk == first.pk
    assert again.digest == first.digest
    assert StatementLine.objects.count() == 3
    assert AuditEntry.objects.filter(action="commissions.statement_closed").count() == 1


def test_what_is_missing_is_withheld() -> None:
    partner = PartnerFactory.create(country="FR")
    accrued(partner)

    statement = closed(partner)

    assert (statement.withheld_minor, statement.payable_minor) == (60_000, 0)
    assert statement.missing == ["bank_form", "w8ben|w8ben_e", "tax_invoice"]


def test_each_month_is_converted_at_its_own_end() -> None:
    partner = partner_with_papers(payout_currency="GBP")
    accrued(partner, currency="EUR")
    for day, eur in (("2026-01-31", 108), ("2026-02-28", 109), ("2026-03-31", 110)):
        FxRateFactory.create(
            day=date.fromisoformat(day), currency="EUR", usd_e10=eur * 10**8
        )
        FxRateFactory.create(
            day=date.fromisoformat(day), currency="GBP", usd_e10=126 * 10**8
        )

    statement = closed(partner)

    # EUR 200 at 1.08, 1.09, 1.10 in pounds of 1.26.
    lines = list(statement.lines.order_by("number"))
    assert [line.minor for line in lines] == [17_143, 17_302, 17_460]
    assert [line.rate_on and line.rate_on.month for line in lines] == [1, 2, 3]
    assert statement.closing_minor == 17_143 + 17_302 + 17_460
    assert list(statement_faults()) == []


def test_a_missing_rate_is_named_and_lifts_the_day_it_comes() -> None:
    partner = partner_with_papers()
    accrued(partner, currency="EUR")
    FxRateFactory.create(day=date(2026, 1, 31))
    FxRateFactory.create(day=date(2026, 2, 28))

    [blocked] = close_due(partner_id=partner.pk, at=APRIL_15)

    assert blocked == Blocked(
        blocker=Blocker.MISSING_RATE, on=date(2026, 3, 31), currency="EUR"
    )
    assert str(blocked) == "missing_rate EUR 2026-03-31"
    assert not Statement.objects.exists()
    FxRateFactory.create(day=date(2026, 3, 31))
    [statement] = close_due(partner_id=partner.pk, at=APRIL_15)
    assert isinstance(statement, Statement)
    assert statement.accrued_minor == 66_000


def test_quarters_close_in_order_and_not_before_their_day() -> None:
    partner = partner_with_papers()
    accrued(partner, months=6)

    def blocker(quarter: date, at: datetime) -> Blocker:
        blocked = close_statement(partner_id=partner.pk, quarter=quarter, at=at)
        assert isinstance(blocked, Blocked)
        return blocked.blocker

    early = APRIL_15.replace(day=14, hour=23)
    assert blocker(Q1, early) == Blocker.TOO_EARLY
    assert blocker(Q2, JULY_15) == Blocker.EARLIER_OPEN
    assert blocker(date(2025, 10, 1), JULY_15) == Blocker.NOTHING
    both = close_due(partner_id=partner.pk, at=JULY_15)
    assert [isinstance(one, Statement) and one.quarter for one in both] == [Q1, Q2]
    assert list(statement_faults()) == []


def test_a_month_that_was_not_accrued_keeps_its_quarter_open() -> None:
    partner = partner_with_papers()
    accrued(partner, months=2)

    [blocked] = close_due(partner_id=partner.pk, at=APRIL_15)

    assert blocked == Blocked(blocker=Blocker.NOT_ACCRUED, on=date(2026, 3, 1))


def test_what_comes_late_stands_in_the_next_statement() -> None:
    partner = partner_with_papers()
    months = accrued(partner, months=6)
    closed(partner)
    AccrualFactory.create(
        schedule=months[0].schedule,
        number=1,
        month=Q1,
        base_minor=-100_000,
        commission_minor=-20_000,
    )

    second = closed(partner, Q2, JULY_15)

    assert second.accrued_minor == 40_000
    assert second.opening_minor == 60_000
    assert second.previous == Statement.objects.get(number=1).digest
    kinds = second.lines.order_by("number").values_list("month", "accrual")
    assert kinds[0] == (Q1, 1)
    assert list(statement_faults()) == []


def test_m8_what_the_client_did_not_pay_is_made_good_by_later_quarters() -> None:
    partner = partner_with_papers()
    schedule = ScheduleFactory.create(
        line__deal__partner=partner, line__mrr_minor=80_000, first_month=Q1, begins_on=Q1
    )
    for month in (1, 2, 3):
        AccrualFactory.create(schedule=schedule, month=date(2026, month, 1))
    first = closed(partner)
    PaymentFactory.create(statement=first, paid=True)
    for month in (1, 2, 3):
        AccrualFactory.create(
            schedule=schedule,
            month=date(2026, month, 1),
            number=1,
            base_minor=-80_000,
            commission_minor=-16_000,
        )
    for month in (4, 5, 6):
        AccrualFactory.create(
            schedule=schedule,
            month=date(2026, month, 1),
            nothing=True,
            commission_minor=0,
        )

    second = closed(partner, Q2, JULY_15)

    assert (first.payable_minor, second.paid_minor) == (48_000, 48_000)
    assert second.accrued_minor == -48_000
    assert second.closing_minor == -48_000
    assert (second.payable_minor, second.withheld_minor) == (0, 0)
    for month in (7, 8, 9):
        AccrualFactory.create(schedule=schedule, month=date(2026, month, 1))
    third = closed(partner, date(2026, 7, 1), datetime(2026, 10, 15, tzinfo=UTC))
    assert (third.opening_minor, third.recovered_minor) == (-48_000, 48_000)
    assert (third.closing_minor, third.payable_minor) == (0, 0)
    assert list(statement_faults()) == []


def test_what_is_forfeited_is_taken_back_to_the_cent_once() -> None:
    partner = partner_with_papers()
    months = accrued(partner, months=6, currency="EUR")
    for day in ("01-31", "02-28", "03-31", "04-30", "05-31", "06-30"):
        FxRateFactory.create(
            day=date.fromisoformat(f"2026-{day}"), usd_e10=10_831_000_001
        )
    first = closed(partner)
    ForfeitureFactory.create(
        deal=months[0].schedule.deal, through_month=date(2026, 5, 1), on=date(2026, 7, 10)
    )

    second = closed(partner, Q2, JULY_15)

    taken = second.lines.filter(kind="forfeiture")
    assert [line.month and line.month.month for line in taken.order_by("number")] == [
        *range(1, 6)
    ]
    assert second.forfeited_minor == 5 * 21_662
    assert second.closing_minor == first.closing_minor + 3 * 21_662 - 5 * 21_662
    AccrualFactory.create(
        schedule=months[0].schedule,
        number=1,
        month=Q1,
        base_minor=-100_000,
        commission_minor=-20_000,
    )
    for month in (7, 8, 9):
        AccrualFactory.create(
            schedule=months[0].schedule, month=date(2026, month, 1), nothing=True,
            commission_minor=0,
        )  # fmt: skip
    third = closed(partner, date(2026, 7, 1), datetime(2026, 10, 15, tzinfo=UTC))
    # What was lost before is not taken back a second time.
    assert (third.accrued_minor, third.forfeited_minor) == (-21_662, -21_662)
    assert list(statement_faults()) == []


def test_adjustments_count_once_approved_and_once() -> None:
    partner = partner_with_papers()
    accrued(partner, months=6)
    AdjustmentFactory.create(partner=partner, approved=True, amount_minor=-5_000)
    AdjustmentFactory.create(partner=partner, amount_minor=9_000)

    first, second = closed(partner), closed(partner, Q2, JULY_15)

    assert (first.adjusted_minor, first.closing_minor) == (-5_000, 55_000)
    assert second.adjusted_minor == 0


def test_who_changes_the_currency_has_the_balance_converted() -> None:
    partner = partner_with_papers()
    accrued(partner, months=6)
    first = closed(partner)
    PaymentFactory.create(statement=first, paid=True)
    for month, day in ((4, 30), (5, 31), (6, 30)):
        FxRateFactory.create(
            day=date(2026, month, day), currency="EUR", usd_e10=11 * 10**9
        )
    Partner.objects.filter(pk=partner.pk).update(payout_currency="EUR")

    second = closed(partner, Q2, JULY_15)

    assert second.currency == "EUR"
    assert (second.opening_minor, second.paid_minor) == (54_545, 54_545)
    assert second.closing_minor == second.accrued_minor == 3 * 18_182
    assert second.controls["opening"]["minor"] == 60_000
    assert list(statement_faults()) == []


def test_months_before_the_portal_paid_are_nobodys(settings: object) -> None:
    settings.STATEMENTS_FROM = Q2  # type: ignore[attr-defined]
    partner = partner_with_papers()
    accrued(partner, months=6)

    [statement] = close_due(partner_id=partner.pk, at=JULY_15)

    assert isinstance(statement, Statement)
    assert (statement.quarter, statement.accrued_minor) == (Q2, 60_000)
    assert list(statement_faults()) == []


def test_owners_and_finance_hear_of_it_also_of_nothing() -> None:
    owner: Person = PersonFactory.create(with_account=True)
    schedule = ScheduleFactory.create(
        line__deal__partner=owner.partner, first_month=Q1, begins_on=Q1
    )
    for month in (1, 2, 3):
        AccrualFactory.create(
            schedule=schedule,
            month=date(2026, month, 1),
            nothing=True,
            commission_minor=0,
        )

    statement = closed(owner.partner)

    told = Notification.objects.get(kind="commissions.statement_closed")
    assert told.user_id == owner.user_id
    assert told.path == f"/commissions/statements/{statement.public_id}/"
    assert told.facts["closing"] == 0


def test_who_has_nothing_to_state_gets_no_statement() -> None:
    PartnerFactory.create()
    begun = partner_with_papers()
    accrued(begun)

    assert list(partners_to_close(on=APRIL_15.date())) == [begun.pk]
    closed(begun)
    assert list(partners_to_close(on=APRIL_15.date())) == []


def test_the_database_refuses_a_second_claim_of_a_line() -> None:
    partner = partner_with_papers()
    accrued(partner)
    line = closed(partner).lines.get(number=1)
    line.number = 99
    line._state.adding = True
    line.id = line.pk = StatementLine.objects.order_by("-pk")[0].pk + 1

    with pytest.raises(IntegrityError), transaction.atomic():
        line.save(force_insert=True)


def test_recomputing_tells_of_rates_that_were_corrected_since() -> None:
    partner = partner_with_papers()
    accrued(partner, currency="EUR")
    rates = [
        FxRateFactory.create(day=date(2026, month, day))
        for month, day in ((1, 31), (2, 28), (3, 31))
    ]
    closed(partner)
    FxRate.objects.filter(pk=rates[0].pk).update(usd_e10=1)
    tally = Tally()

    assert list(statement_faults(tally=tally)) == []
    assert tally.rates_corrected == {(date(2026, 1, 31), "EUR")}
    assert (tally.partners, tally.statements, tally.lines) == (1, 1, 3)
