"""Eight processes close and pay the same partners while receipts stream in.

Some of them are killed in the middle. One statement for each partner and quarter, no line
in two of them, no more paid than was earned; to the cent, by the checks that run nightly.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.integration.rivals.test_rivals import SETUP
from tests.live import (
    LiveDatabase,
    kill_group,
    live_database,
    live_settings,
    live_stack,
    wait_until,
)

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = pytest.mark.processes

RIVALS = 8
STREAMS = 2
VICTIMS = 3
PARTNERS = 4

WORLD = (
    SETUP
    + f"""
from datetime import UTC, datetime
from commissions.models import Schedule
from commissions.services.receipts import Stated, record_receipts
from commissions.services.accruing import accrue_clients
from commissions.services.sealing import seal
from tests.factories import PartnerFactory, PersonFactory, UserFactory
from tests.factories.money import (BankAccountFactory, PayoutDocumentFactory,
                                   ScheduleFactory)
made = datetime(2026, 2, 1, 9, tzinfo=UTC)
for n in range(2):
    UserFactory.create(finance=True, email=f"finance{{n}}@portal.example")
for n in range({PARTNERS}):
    partner = PersonFactory.create(with_account=True, partner__country="US").partner
    account = BankAccountFactory.create(
        partner=partner, sealed=seal("000123456819", partner_id=partner.pk))
    PayoutDocumentFactory.create(partner=partner, approved=True, bank_form=True,
                                 account=account)
    PayoutDocumentFactory.create(partner=partner, approved=True, content="")
    schedule = ScheduleFactory.create(line__deal__partner=partner,
                                      line__mrr_minor=100_000,
                                      first_month=date(2026, 1, 1),
                                      begins_on=date(2026, 1, 1))
    record_receipts(
        [Stated(ref=f"R-{{n}}-{{month}}", client_id=schedule.client_id, currency="USD",
                product_line=schedule.product_line, month=date(2026, month, 1),
                amount_minor=50_001) for month in range(1, 11)],
        source="import", actor=None, at=made)
accrue_clients(client_ids=Schedule.objects.values_list("client_id", flat=True),
               at=datetime(2026, 11, 1, tzinfo=UTC))
"""
)

RIVAL = (
    SETUP
    + f"""
from datetime import UTC, datetime
from functools import partial
from commissions.models import Payment, PayoutRun, Schedule
from commissions.services import *
from commissions.services.payouts import Way
from commissions.services.accruing import accrue_clients
from commissions.services.receipts import Stated, record_receipts
from outbox.services.transient import persistently
from partners.models import Partner, User
number = int(Path(sys.argv[1]).name.rpartition("-")[2])
preparer, approver = User.objects.filter(email__startswith="finance").order_by("pk")
if number % 2:
    preparer, approver = approver, preparer
partners = list(Partner.objects.order_by("pk").values_list("pk", flat=True))
schedules = list(Schedule.objects.order_by("pk"))
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)

def stream():
    at = datetime(2026, 11, 12, tzinfo=UTC)
    for count in range(40):
        schedule = schedules[count % len(schedules)]
        record_receipts(
            [Stated(ref=f"S-{{number}}-{{count}}", client_id=schedule.client_id,
                    product_line=schedule.product_line, currency="USD",
                    month=date(2026, 1 + count % 9, 1), amount_minor=777 + count)],
            source="import", actor=None, at=at)
        persistently(partial(accrue_clients, client_ids=[schedule.client_id], at=at))

def attempt(act, **how):
    try:
        persistently(partial(act, **how))
    except PayoutError:
        pass

def pay(at):
    today = at.date()
    attempt(prepare_run, currency="USD", way=Way.LIST, execute_on=today, actor=preparer,
            at=at, today=today)
    for run in PayoutRun.objects.order_by("pk"):
        how = dict(run_id=run.pk, at=at, today=today)
        attempt(check_run, actor=preparer, **how)
        attempt(approve_run, actor=approver, factor_at=at, **how)
        attempt(approve_run, actor=preparer, factor_at=at, **how)
        attempt(execute_run, actor=preparer, factor_at=at, **how)
    for payment in Payment.objects.filter(state="sent").order_by("pk"):
        if payment.pk % 5 == number % 5:
            attempt(mark_rejected, payment_id=payment.pk, reason="AC04", actor=preparer,
                    at=at)
        else:
            attempt(mark_paid, payment_id=payment.pk, paid_on=today, actor=preparer,
                    at=at)

if number < {STREAMS}:
    stream()
else:
    for month in (5, 8, 11):
        at = datetime(2026, month, 12, 9, tzinfo=UTC)
        for partner_id in partners[number % len(partners):] + partners:
            close_due(partner_id=partner_id, at=at)
        for _again in range(3):
            pay(at)
"""
)


def race(database: LiveDatabase, folder: Path) -> None:
    """Run the rivals at once; some are killed soon after the start."""
    gate = folder / "gate"
    ready = [folder / f"ready-{n}" for n in range(RIVALS + VICTIMS)]
    processes = [
        database.start("-c", RIVAL, str(path), str(gate), piped=True) for path in ready
    ]
    wait_until(
        lambda: all(path.exists() for path in ready),
        what="all rivals are ready",
        patience_s=120,
    )
    gate.touch()
    for victim in processes[RIVALS:]:
        time.sleep(0.4)
        kill_group(victim)
    printed = [process.communicate()[0] for process in processes[:RIVALS]]
    codes = [process.returncode for process in processes[:RIVALS]]
    assert codes == [0] * RIVALS, printed


def test_one_statement_a_quarter_no_line_twice_and_no_more_paid_than_earned(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    making = live_database.start("-c", WORLD, piped=True)
    printed, _ = making.communicate()
    assert making.returncode == 0, printed

    race(live_database, tmp_path)

    rows = live_database.rows
    by_partner = "FROM commissions_statement GROUP BY partner_id ORDER BY partner_id"
    assert (
        rows(f"SELECT count(*), count(DISTINCT quarter) {by_partner}")
        == [(3, 3)] * PARTNERS
    )
    [(lines, different)] = rows(
        "SELECT count(*), count(DISTINCT schedule_id || '/' || month || '/' || accrual) "
        "FROM commissions_statementline WHERE kind = 'accrual'"
    )
    assert lines == different >= 9 * PARTNERS
    # What is live or arrived is within what statements took in; something was paid.
    for paid, earned in rows(
        "SELECT (SELECT COALESCE(sum(amount_minor), 0) FROM commissions_payment p WHERE "
        "p.partner_id = s.partner_id AND state IN ('prepared', 'sent', 'paid')), "
        "sum(accrued_minor) FROM commissions_statement s GROUP BY partner_id"
    ):
        assert 0 < paid <= earned
    last = live_database.manage("verify_statements")
    assert "reproduced to the cent" in last
    assert "0 are broken" in live_database.manage("ledger_check")
    # Once more changes nothing.
    seals = rows("SELECT digest FROM commissions_statement ORDER BY id")
    live_database.manage("close_statements")
    assert rows("SELECT digest FROM commissions_statement ORDER BY id") == seals
