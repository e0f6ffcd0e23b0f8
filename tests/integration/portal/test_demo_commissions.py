"""The demo shows what commissions look like after three years, and its books add up."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date

import pytest
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from commissions.models import (
    Accrual,
    Adjustment,
    BankAccount,
    Dispute,
    DisputeMessage,
    Payment,
    PayoutDocument,
    PayoutRun,
    Receipt,
    Schedule,
    Statement,
    TouchlessIncrease,
)
from commissions.receipts.ribbon import ribbons_of
from commissions.selectors.blockers import Code, blockers_of
from outbox import clock
from partners.models import Notification, Partner
from partners.selectors import published_editions
from partners.services.audit_seals import seal_entries
from portal.demo import open_demo_accounts
from portal.demo_bundle import Size, write_bundle
from portal.demo_bundle.cast import CAST as NAMED
from portal.demo_commissions import pay_demo_partners

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SIZE = Size(partners=15, clients=110, deals=800)


@pytest.fixture(scope="module")
def _demo(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Import a small demo once; the module's tests have their transactions around it."""
    folder = tmp_path_factory.mktemp("bundle")
    at = clock.now()
    today = clock.program_day(at)
    write_bundle(folder=folder, size=SIZE, seed=1, today=today, months=36)
    around, block = ExitStack(), transaction.atomic()
    # As the blocks around tests: what must be outermost may begin in it.
    block._from_testcase = True  # type: ignore[attr-defined]
    with django_db_blocker.unblock():
        around.enter_context(block)
        call_command("import_bundle", str(folder))
        open_demo_accounts(at=at)
        for _again in range(2):
            pay_demo_partners(today=today, at=at)
        while seal_entries(at=at, everywhere=True):
            pass
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.close()


@pytest.fixture
def demo(_demo: None, db: None) -> date:
    """Return the day of the demo that is there."""
    return clock.today()


def partner(ref: str) -> Partner:
    return Partner.objects.get(ref=ref)


def codes(ref: str, on: date) -> set[Code]:
    return {blocker.code for blocker in blockers_of(partner(ref), on)}


def test_there_are_three_years_of_everything(demo: date) -> None:
    quarters = set(Statement.objects.values_list("quarter", flat=True))
    years = {quarter.year for quarter in quarters}

    assert len(quarters) >= 9
    assert {demo.year - 2, demo.year - 1} <= years
    assert Accrual.objects.filter(why="not_paid").exists()
    assert Accrual.objects.filter(why="other_currency").exists()
    assert Receipt.objects.filter(amount_minor__lt=0, takes_back=None).exists()
    states = set(Payment.objects.values_list("state", flat=True))
    assert states == {"paid", "rejected", "prepared"}
    runs = set(PayoutRun.objects.values_list("state", flat=True))
    assert runs == {"executed", "checked", "prepared"}


def test_americans_are_paid_by_the_routing_number_of_their_bank(demo: date) -> None:
    paid = Payment.objects.filter(account__bank_country="US", state="paid")

    assert set(PayoutRun.objects.values_list("way", flat=True)) == {
        *("sepa", "transfer", "list"),
    }
    assert {(one.account.bic, one.run.way) for one in paid} == {("", "transfer")}
    assert {one.account.clearing for one in paid} <= {
        *("021000021", "011401533", "091000019"),
    }
    sent = PayoutRun.objects.filter(state="executed")
    assert sent.exclude(file=None).count() == sent.count() > 0


def test_the_ribbon_of_who_is_shown_has_every_state(demo: date) -> None:
    shown = partner("P-aurora")
    schedules = list(Schedule.objects.filter(partner=shown, refused=""))

    ribbons = ribbons_of(schedules, partner=shown, on=demo, editions=published_editions())

    seen = {str(cell.state) for ribbon in ribbons.values() for cell in ribbon.cells}
    assert {"paid", "due", "risk", "reversed", "ahead", "ended"} <= seen
    assert TouchlessIncrease.objects.count() == 1
    assert Code.RUN_WAITS in codes("P-aurora", demo)


def test_papers_are_in_every_state(demo: date) -> None:
    states = set(PayoutDocument.objects.values_list("state", flat=True))

    assert states == {"in_progress", "pending", "approved", "rejected", "replaced"}
    assert BankAccount.objects.count() > len(NAMED)
    nova = PayoutDocument.objects.get(
        partner__ref="P-nova", kind="w8ben_e", state="approved"
    )
    assert nova.expires_on == date(demo.year + 1, 1, 1)
    assert codes("P-atelier", demo) >= {Code.PAPER_REJECTED}
    assert codes("P-lumen", demo) >= {Code.PAPER_WAITS}
    assert codes("P-meridian", demo) >= {Code.PAYMENT_REJECTED}


def test_a_tax_form_that_ran_out_holds_money_back_and_soon_loses_it(demo: date) -> None:
    assert Code.PAPER_EXPIRED in codes("P-zenith", demo)
    last = Statement.objects.filter(partner__ref="P-zenith").latest("number")
    assert last.withheld_minor
    assert "w8ben|w8ben_e" in last.missing
    assert Notification.objects.filter(
        partner__ref="P-zenith", kind="commissions.forfeiture_ahead"
    ).exists()


def test_a_partner_became_a_provider(demo: date) -> None:
    cut = Schedule.objects.exclude(ended="").filter(partner__membership="provider")

    assert set(cut.values_list("ended", flat=True)) & {"demoted", "term_ended"}


def test_disputes_and_adjustments_are_where_people_left_them(demo: date) -> None:
    disputes = dict(Dispute.objects.values_list("state", "partner__ref"))
    assert disputes == {
        "open": "P-aurora",
        "proposed": "P-meridian",
        "corrected": "P-aurora",
        "refused": "P-meridian",
    }
    thread = DisputeMessage.objects.filter(dispute__state="open")
    assert sorted(thread.values_list("internal", flat=True)) == [False] * 3 + [True]
    corrected = Dispute.objects.get(state="corrected")
    assert corrected.adjustment
    # It stands in the newest statement.
    line = corrected.adjustment.statement_line
    assert line.statement == Statement.objects.filter(partner=corrected.partner).latest(
        "number"
    )
    # One of its own, and the correction that a second person is checking.
    proposed = Adjustment.objects.filter(state="proposed")
    assert [proposed.filter(dispute=None).count(), proposed.count()] == [1, 2]


@pytest.mark.parametrize(
    "command",
    [
        "reconcile_accruals",
        "verify_statements",
        "ledger_check",
        "reconcile_points",
        "audit_verify",
    ],
)
def test_the_books_add_up(demo: date, command: str) -> None:
    call_command(command)


def test_news_are_of_the_newest_quarter(demo: date) -> None:
    told = Notification.objects.filter(kind="commissions.payment_paid")

    newest = Statement.objects.latest("quarter").quarter.isoformat()
    assert {each.facts["quarter"] for each in told} == {newest}
