"""What must not happen to money: paid though lost, kept though none, shown to others."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from commissions.models import Schedule, Statement
from commissions.receipts.month import month_receipt
from commissions.selectors.months import claims_of
from commissions.selectors.overview import overview_of
from commissions.selectors.unstated import unstated
from commissions.services import (
    PayoutError,
    check_run,
    close_statement,
    prepare_run,
    settle_schedules,
)
from commissions.services.accruing import accrue_clients, touched_since
from commissions.services.payouts import Way, owed_now
from commissions.services.schedules import settle
from commissions.services.statements.verifying import statement_faults
from deals.models import Deal
from partners.models import Partner
from partners.selectors import published_editions
from program.payout import Paper
from tests.factories import ClientFactory, PartnerFactory, UserFactory
from tests.factories.money import (
    AccrualFactory,
    AdjustmentFactory,
    ForfeitureFactory,
    ForfeitureWaiverFactory,
    FxRateFactory,
    ScheduleFactory,
    StatementFactory,
    StatementLineFactory,
)
from tests.integration.commissions.filing import filed
from tests.integration.commissions.test_closing import (
    JULY_15,
    Q2,
    accrued,
    closed,
    partner_with_papers,
)
from tests.integration.commissions.test_paying import PAY_DAY, TODAY, owed_to, prepared
from tests.integration.commissions.test_schedules import AT, earned, paid, settled, won
from tests.integration.pages import NOON, account_of, signed_in

pytestmark = pytest.mark.django_db


def test_what_was_lost_since_the_statement_is_not_paid() -> None:
    statement = owed_to()
    line = StatementLineFactory.create(
        statement=statement, source_currency="EUR", source_minor=15_000, minor=15_000
    )
    assert line.schedule
    finance = UserFactory.create(finance=True)
    run = prepared(finance)
    lost = ForfeitureFactory.create(deal=line.schedule.deal, on=TODAY)
    noon = datetime(2026, 5, 12, 12, tzinfo=UTC)

    with pytest.raises(PayoutError, match="less is owed by now"):
        check_run(run_id=run.pk, actor=finance, at=noon, today=TODAY)

    run.payments.update(state="cancelled")
    owed = owed_now(statement.partner, on=TODAY)
    assert owed is not None
    assert owed.minor == 20_000 - 15_000
    again = prepare_run(
        currency="EUR", way=Way.SEPA, execute_on=PAY_DAY, actor=finance, at=noon,
        today=TODAY,
    )  # fmt: skip
    assert again.total_minor == 5_000
    again.payments.update(state="cancelled")
    ForfeitureWaiverFactory.create(deal=lost.deal)
    owed = owed_now(statement.partner, on=TODAY)
    assert owed is not None
    assert owed.minor == 20_000


def test_what_is_lost_is_taken_back_in_the_currency_of_the_statement() -> None:
    partner = partner_with_papers()
    months = accrued(partner, months=6)
    closed(partner)
    for month, day in ((1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30)):
        FxRateFactory.create(
            day=date(2026, month, day), currency="EUR", usd_e10=2 * 10**10
        )
    Partner.objects.filter(pk=partner.pk).update(payout_currency="EUR")
    ForfeitureFactory.create(
        deal=months[0].schedule.deal, through_month=date(2026, 6, 1), on=date(2026, 7, 10)
    )

    second = closed(partner, Q2, JULY_15)

    # USD 200 a month are EUR 100: nothing of the six months is left.
    assert (second.opening_minor, second.accrued_minor) == (30_000, 30_000)
    assert (second.forfeited_minor, second.closing_minor) == (60_000, 0)
    assert list(statement_faults()) == []


def test_a_close_that_is_corrected_to_later_takes_back_what_was_before() -> None:
    line = won()
    schedule = settled(line)
    paid(schedule, date(2026, 2, 1))
    accrue_clients(client_ids=[schedule.client_id], at=AT)
    statement = close_statement(
        partner_id=schedule.partner_id, quarter=date(2026, 1, 1), at=AT
    )
    assert isinstance(statement, Statement)
    assert statement.accrued_minor == 20_000
    Deal.objects.filter(pk=line.deal_id).update(closed_on=date(2026, 5, 4))

    settle_schedules(deal_ids=[line.deal_id], at=AT)

    schedule.refresh_from_db()
    assert schedule.first_month == date(2026, 5, 1)
    assert earned(schedule, date(2026, 2, 1)) == 0
    # And the next statement takes it in.
    open_lines = unstated(schedule.partner_id, date(2026, 6, 30))
    assert sum(one.commission_minor for one in open_lines) == -20_000


def test_an_import_that_moves_a_close_takes_back_what_was_before() -> None:
    line = won()
    schedule = settled(line)
    paid(schedule, date(2026, 2, 1))
    accrue_clients(client_ids=[schedule.client_id], at=AT)
    Deal.objects.filter(pk=line.deal_id).update(closed_on=date(2026, 5, 4))

    settle(deal_ids=[line.deal_id], at=AT)
    accrue_clients(client_ids=touched_since(AT), at=AT)

    assert earned(schedule, date(2026, 2, 1)) == 0


def test_whom_a_deal_was_wrongly_of_is_accrued_anew() -> None:
    line = won()
    schedule = settled(line)
    before = schedule.client_id
    later = datetime(2026, 11, 21, 9, tzinfo=UTC)
    other = ClientFactory.create()
    Deal.objects.filter(pk=line.deal_id).update(client=other)

    settle(deal_ids=[line.deal_id], at=later)

    assert touched_since(later) == sorted([before, other.pk])


def test_statements_of_another_company_are_not_shown_with_a_deal_that_moved() -> None:
    line = StatementLineFactory.create()
    assert line.schedule
    assert line.month
    schedule = line.schedule
    AccrualFactory.create(schedule=schedule, month=line.month)
    assert month_receipt(schedule, line.month).standings
    assert claims_of([schedule])

    Schedule.objects.filter(pk=schedule.pk).update(partner=PartnerFactory.create())

    schedule = Schedule.objects.get(pk=schedule.pk)
    assert month_receipt(schedule, line.month).standings == []
    assert claims_of([schedule]) == {}


@pytest.mark.time_machine(NOON, tick=False)
@pytest.mark.parametrize("kind", ["programme_manager", "auditor", "finance"])
def test_only_finance_takes_the_file_that_shows_the_number(kind: str) -> None:
    owner = account_of(PartnerFactory.create(country="CO"), role="owner")
    paper = filed(owner, Paper.BANK_CERTIFICATE, at=NOON)
    address = reverse("commissions:paper_file", args=[paper.public_id])
    staff = UserFactory.create(**{kind: True})

    wanted = 200 if kind == "finance" else 404
    assert signed_in(staff).get(address).status_code == wanted
    assert signed_in(owner).get(address).status_code == 200
    # And a link stands only where it leads somewhere.
    office = reverse("admin:commissions_payoutdocument_change", args=[paper.pk])
    assert owner.partner
    theirs = f"{reverse('commissions:papers')}?partner={owner.partner.public_id}"
    for page in (office, theirs):
        html = signed_in(staff).get(page).content.decode()
        assert paper.name in html
        assert (address in html) is (kind == "finance")
    assert address in signed_in(owner).get(reverse("commissions:papers")).content.decode()


@pytest.mark.time_machine(NOON, tick=False)
def test_who_looks_as_a_partner_does_not_take_it_either() -> None:
    manager = UserFactory.create(pdm=True)
    owner = account_of(PartnerFactory.create(country="CO", pdm=manager), role="owner")
    paper = filed(owner, Paper.BANK_CERTIFICATE, at=NOON)
    other = filed(owner, Paper.W8BEN_E, at=NOON)
    browser = signed_in(manager)
    assert owner.partner
    browser.post(
        "/admin/partners/partner/",
        {"action": "see_as", "_selected_action": owner.partner.pk},
    )

    answers = [
        browser.get(reverse("commissions:paper_file", args=[one.public_id])).status_code
        for one in (other, paper)
    ]

    assert answers == [200, 404]


def test_amounts_of_two_currencies_are_not_added_up() -> None:
    statement = StatementFactory.create(currency="EUR", accrued_minor=-4_000)
    partner = statement.partner
    AdjustmentFactory.create(
        partner=partner, approved=True, amount_minor=7_000, currency="EUR"
    )
    schedule = ScheduleFactory.create(line__deal__partner=partner)
    AccrualFactory.create(schedule=schedule, month=date(2026, 4, 1))
    assert partner.payout_currency == "USD"

    overview = overview_of(partner, on=TODAY, editions=published_editions())

    assert (overview.next_amount, overview.adjusted) == (None, 0)
