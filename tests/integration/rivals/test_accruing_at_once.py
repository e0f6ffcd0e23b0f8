"""Receipts stream in while deals are won, months are run and a worker is killed.

Real processes on one database. In the end every line is what the rules say, none is
missing and none is doubled; whatever was killed was done again by somebody else.
"""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.integration.rivals.test_rivals import SETUP
from tests.live import LiveDatabase, live_database, live_settings, live_stack

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = pytest.mark.processes

CLIENTS, DEALS, MONTHS, ROUNDS = 12, 48, 6, 12

WORLD = (
    SETUP
    + f"""
from clients.models import Client
from deals.models import Deal, DealLine
from partners.models import Partner
from partners.services import open_standings
from program.calendar import add_months
first = add_months(today.replace(day=1), -{MONTHS})
for n in range(3):
    partner = Partner.objects.create(ref=f"P{{n}}", name="P", membership="partner",
                                     country="US", joined_on=first)
    open_standings(partner_ids=[partner.pk], on=today)
clients = [Client.objects.create(ref=f"C{{n}}", name="C", country="US")
           for n in range({CLIENTS})]
partners = list(Partner.objects.order_by("pk"))
for n in range({DEALS}):
    deal = Deal.objects.create(ref=f"D{{n}}", name="D", partner=partners[n % 3],
                               client=clients[n % {CLIENTS}], motion="sourced",
                               registered_on=first)
    DealLine.objects.create(deal=deal, product_line="sales_hub", edition="starter",
                            mrr_minor=10_000 + n, currency="USD")
"""
)

COMMON = (
    SETUP
    + """
from outbox import services as outbox
from program.calendar import add_months
first = add_months(today.replace(day=1), -6)
"""
)

WINS = (
    COMMON
    + """
from deals.models import Deal, DealLine
from deals.services import cancel_deal, downgrade_line, win_deal
for deal in Deal.objects.order_by("pk"):
    win_deal(deal_id=deal.pk, closed_on=first + timedelta(days=deal.pk % 40),
             poi_on=first + timedelta(days=deal.pk % 40), actor=None, at=now, today=today)
    if deal.pk % 5 == 0:
        cancel_deal(deal_id=deal.pk, on=add_months(first, 4), note="", actor=None, at=now)
    elif deal.pk % 7 == 0:
        downgrade_line(line_id=deal.lines.get().pk, mrr_minor=4_000,
                       on=add_months(first, 3), actor=None, at=now)
"""
)

RECEIPTS = (
    COMMON
    + f"""
import sys
from django.db import transaction
from clients.models import Client
from commissions.services import Stated, record_receipts
from commissions.services.receipts import queue_accrual
who = sys.argv[1]
for number in range({ROUNDS}):
    for client in Client.objects.order_by("pk"):
        with transaction.atomic():
            done = record_receipts([Stated(
                ref=f"R{{who}}-{{client.pk}}-{{number % {MONTHS}}}", client_id=client.pk,
                product_line="sales_hub", month=add_months(first, number % {MONTHS}),
                amount_minor=9_000 + 500 * number + client.pk, currency="USD",
            )], source="import", actor=None, at=now)
            queue_accrual(done.touched, key=f"{{who}}:{{number}}:{{client.pk}}")
"""
)

RUNS = (
    COMMON
    + f"""
from commissions.services import accrue_month, client_ranges
from outbox.services.transient import persistently
for _round in range(4):
    for number in range({MONTHS}):
        for begin, end in client_ranges():
            persistently(lambda: accrue_month(month=add_months(first, number),
                                              first=begin, last=end, at=now))
"""
)

DRAINS = (
    COMMON
    + """
import time
stop = time.monotonic() + 120
while time.monotonic() < stop:
    if not outbox.run_due(lane="money"):
        time.sleep(0.05)
"""
)

MEND = (
    COMMON
    + """
from outbox.models import Job
Job.objects.filter(done_at=None, dead_at=None).update(lease_until=None, claim=None,
                                                     due_at=now)
while outbox.run_due(lane="money"):
    pass
assert not Job.objects.filter(lane="money", done_at=None).exists(), list(
    Job.objects.filter(lane="money", done_at=None).values("kind", "last_error"))
"""
)


def test_nothing_is_missing_and_nothing_is_doubled(live_database: LiveDatabase) -> None:
    run = live_database.start
    assert run("-c", WORLD).wait() == 0

    workers = [run("-c", DRAINS) for _ in range(3)]
    busy = [run("-c", WINS), run("-c", RUNS)]
    busy += [run("-c", RECEIPTS, who) for who in ("a", "b")]
    # One worker after the other is killed in the middle of whatever it does.
    for _ in range(3):
        time.sleep(1.0)
        victim = workers.pop(0)
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        workers.append(run("-c", DRAINS))
    assert [each.wait() for each in busy] == [0] * len(busy)
    for worker in workers:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert run("-c", MEND).wait() == 0

    assert "Reproduced to the cent" in live_database.manage("reconcile_accruals")
    [(schedules,)] = live_database.rows("SELECT COUNT(*) FROM commissions_schedule")
    assert schedules == DEALS
    gaps = live_database.rows(
        "SELECT schedule_id, month FROM commissions_accrual"
        " GROUP BY schedule_id, month HAVING MAX(number) <> COUNT(*) - 1"
    )
    assert gaps == []
    before = live_database.rows("SELECT COUNT(*) FROM commissions_accrual")
    assert run("-c", RUNS).wait() == 0
    assert live_database.rows("SELECT COUNT(*) FROM commissions_accrual") == before
