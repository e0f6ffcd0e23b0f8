"""The next payment on the page is what a run proposes, or the next statement owes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commissions.models import Schedule, Statement
from commissions.selectors.overview import Overview, overview_of
from commissions.services.payouts import all_owed, owed_now
from commissions.services.payouts.deciding import refuse_wrong
from partners.models import Partner, User
from partners.selectors import published_editions
from program.money import Money
from tests.factories import PartnerFactory, UserFactory
from tests.factories.money import (
    AdjustmentFactory,
    ForfeitureFactory,
    ForfeitureWaiverFactory,
    FxRateFactory,
    PaymentFactory,
    StatementFactory,
    StatementLineFactory,
)
from tests.integration.commissions.test_closing import (
    JULY_15,
    Q2,
    accrued,
    closed,
    partner_with_papers,
)
from tests.integration.commissions.test_paying import TODAY, owed_to, prepared
from tests.integration.pages import browser_of, words

pytestmark = pytest.mark.django_db

JULY_20 = datetime(2026, 7, 20, 9, tzinfo=UTC)
TO_MAY = date(2026, 5, 1)


@pytest.fixture
def finance() -> User:
    return UserFactory.create(finance=True)


def overview(partner: Partner, on: date = TODAY) -> Overview:
    return overview_of(partner, on=on, editions=published_editions())


def proposed(partner: Partner, on: date = TODAY) -> int:
    owed = owed_now(partner, on=on)
    return owed.minor if owed else 0


def lose(schedule: Schedule, through: date = TO_MAY) -> None:
    ForfeitureFactory.create(
        deal=schedule.deal, on=date(2026, 7, 10), through_month=through
    )


def adds_up(found: Overview) -> bool:
    assert found.next_amount is not None
    return sum(part.minor for _words, part in found.next_rows) == found.next_amount.minor


def test_a_loss_since_the_statement_comes_off_page_and_run_alike() -> None:
    partner = partner_with_papers()
    [first, *_others] = accrued(partner)
    statement = closed(partner)
    AdjustmentFactory.create(partner=partner, approved=True)
    assert overview(partner).next_amount == Money(60_000, "USD")

    lose(first.schedule, through=date(2026, 2, 1))

    found = overview(partner)
    assert found.next_amount == Money(20_000, "USD")
    assert found.next_amount.minor == proposed(partner)
    assert (found.payable.minor, found.is_estimate) == (20_000, False)
    assert found.next_rows == [
        ("Closing balance of statement 1", Money(60_000, "USD")),
        (
            "Lost since for want of papers: the next statement takes it back",
            Money(-40_000, "USD"),
        ),
    ]
    assert statement.closing_minor == 60_000
    ForfeitureWaiverFactory.create(deal=first.schedule.deal)
    assert overview(partner).next_amount == Money(60_000, "USD")
    assert proposed(partner) == 60_000


def test_in_the_closing_period_it_is_what_the_statement_comes_to_and_the_run_pays() -> (
    None
):
    """Q2 is closing: a deal lost what it earned to May, of both quarters."""
    partner = partner_with_papers()
    lost, *_more = accrued(partner, months=6)
    accrued(partner, months=6)
    first = closed(partner)
    PaymentFactory.create(statement=first, paid=True, amount_minor=first.payable_minor)
    AdjustmentFactory.create(partner=partner, approved=True, amount_minor=1_500)
    lose(lost.schedule)

    before = overview(partner, on=date(2026, 7, 14))
    second = closed(partner, Q2, JULY_15)
    after = overview(partner, on=JULY_15.date())

    # Paid 1,200 of 1,200; then 2 × 600, less 3 months of one that were stated and paid,
    # and its April and May.
    assert second.closing_minor == 120_000 - 5 * 20_000 + 1_500
    assert before.is_estimate
    assert before.next_amount == Money(second.closing_minor, "USD")
    assert adds_up(before)
    assert ("Lost of that for want of papers", Money(-40_000, "USD")) in before.next_rows
    assert after.next_amount == before.next_amount
    assert after.next_amount is not None
    assert proposed(partner, on=JULY_15.date()) == after.next_amount.minor


def test_what_waits_is_shown_whole_and_its_loss_beside_it() -> None:
    """The page of the waiting lines lists them all: its sum is the same number."""
    partner = partner_with_papers()
    [first, *_others] = accrued(partner)
    lose(first.schedule)

    found = overview(partner, on=date(2026, 4, 10))

    assert found.waiting_sums == [Money(60_000, "USD")]
    assert found.next_amount == Money(0, "USD")
    assert found.nothing_next
    assert adds_up(found)


def test_more_is_lost_than_is_left() -> None:
    partner = partner_with_papers()
    [first, *_others] = accrued(partner)
    statement = closed(partner)
    PaymentFactory.create(
        statement=statement, paid=True, amount_minor=statement.payable_minor
    )
    lose(first.schedule)

    found = overview(partner)

    assert found.nothing_next
    assert found.next_rows[-1] == (
        "Owed by you: later commission makes it good",
        Money(60_000, "USD"),
    )
    assert adds_up(found)


def test_a_loss_without_a_rate_is_no_number() -> None:
    partner = partner_with_papers()
    [first, *_others] = accrued(partner)
    closed(partner)
    StatementFactory.create(
        partner=partner,
        number=2,
        quarter=Q2,
        previous="1",
        currency="EUR",
        accrued_minor=30_000,
    )
    lose(first.schedule)

    assert overview(partner).next_amount is None
    assert proposed(partner) == 0
    # What leads to it has a name all the same.
    assert "Next payment: –" in words(browser_of(partner).get("/commissions/"))
    for month, day in ((1, 31), (2, 28), (3, 31)):
        FxRateFactory.create(
            day=date(2026, month, day), currency="EUR", usd_e10=4 * 10**10
        )
    # USD 600 are EUR 150 at these rates.
    assert overview(partner).next_amount == Money(15_000, "EUR")
    assert proposed(partner) == 15_000


def test_what_is_below_the_least_is_no_payment() -> None:
    """No run proposes it: the next payment is that of the next statement."""
    statement = StatementFactory.create(
        accrued_minor=500, payable_minor=0, currency="USD"
    )

    found = overview(statement.partner)

    assert proposed(statement.partner) == 0
    assert found.is_estimate
    assert found.next_amount == Money(500, "USD")


def test_a_payment_that_bounced_is_the_next_one() -> None:
    partner = partner_with_papers()
    accrued(partner)
    first = closed(partner)
    PaymentFactory.create(
        statement=first, rejected=True, amount_minor=first.payable_minor
    )

    found = overview(partner)

    assert found.next_amount == Money(60_000, "USD")
    assert proposed(partner) == 60_000


@pytest.mark.time_machine(JULY_20, tick=False)
def test_the_page_shows_how_it_comes_about() -> None:
    partner = partner_with_papers()
    [first, *_others] = accrued(partner, months=6)
    closed(partner)
    closed(partner, Q2, JULY_15)
    lose(first.schedule)

    text = words(browser_of(partner).get("/commissions/"))

    assert "Next payment: US$200.00" in text
    assert "How it comes about Closing balance of statement 2 US$1,200.00" in text
    assert "the next statement takes it back -US$1,000.00" in text


# --- Many at once ---------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 6])
def test_runs_ask_the_same_of_two_and_of_six(finance: User, count: int) -> None:
    for number in range(count):
        statement = owed_to()
        line = StatementLineFactory.create(
            statement=statement, source_currency="EUR", source_minor=9_000, minor=9_000
        )
        assert line.schedule
        if number % 2:
            ForfeitureFactory.create(deal=line.schedule.deal, on=TODAY)
    PartnerFactory.create(country="CO")

    with CaptureQueriesContext(connection) as looking:
        owed = list(all_owed(on=TODAY))
    run = prepared(finance)
    with CaptureQueriesContext(connection) as preview:
        refuse_wrong(run, on=TODAY)

    assert [one.minor for one in owed] == [20_000, 11_000] * (count // 2)
    assert run.total_minor == 31_000 * (count // 2)
    assert (len(looking), len(preview)) == LOOKS


LOOKS = (6, 6)
"""Queries of `all_owed` and of a preview, however many payments."""


def test_papers_of_many_are_those_of_each() -> None:
    statements = [owed_to(), owed_to(minor=100)]
    bare: Statement = StatementFactory.create(
        partner__country="CO", currency="EUR", withheld=True
    )

    found = {one.partner.pk: one for one in all_owed(on=TODAY)}

    for statement in (*statements, bare):
        assert found[statement.partner_id] == owed_now(statement.partner, on=TODAY)
