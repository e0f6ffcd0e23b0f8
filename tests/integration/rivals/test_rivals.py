"""The same deal, the same client, the same bundle, from several real processes at once.

Races show on PostgreSQL only; on SQLite these tests show that nobody gets an error for
waiting.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live import (
    LiveDatabase,
    live_database,
    live_settings,
    live_stack,
    wait_until,
)

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = pytest.mark.processes

RIVALS = 6
DEALS = 12

SETUP = """
import sys, time
from datetime import date, timedelta
from pathlib import Path
import django
django.setup()
from outbox import clock
now = clock.now()
today = clock.program_day(now)
"""

MAKE = (
    SETUP
    + f"""
from clients.models import Client, Relationship, Subscription
from deals.models import Deal, DealLine
from partners.models import Partner
from partners.services import open_standings
year_ago = today - timedelta(days=100)
partners = [
    Partner.objects.create(ref=f"P-{{n}}", name=f"P {{n}}", membership="partner",
                           country="US", joined_on=year_ago)
    for n in range(3)
]
open_standings(partner_ids=[p.pk for p in partners], on=today)
client = Client.objects.create(ref="C-1", name="C", country="PL")
for n in range({DEALS}):
    deal = Deal.objects.create(ref=f"D-{{n}}", partner=partners[n % 3], client=client,
                               name="D", motion="sourced", registered_on=year_ago)
    DealLine.objects.create(deal=deal, product_line="sales_hub", edition="starter",
                            mrr_minor=10_001, currency="EUR")
Subscription.objects.create(ref="S-1", client=client, product_line="sales_hub",
                            edition="starter", mrr_minor=10_001, currency="EUR",
                            from_on=year_ago)
for partner in partners:
    Relationship.objects.create(partner=partner, client=client, kind="managed",
                                from_on=year_ago)
"""
)

# Each rival says that it is ready and waits for the gate, so that all begin at once.
RIVAL = (
    SETUP
    + """
from clients.models import Client
from clients.services import settle_managed
from deals import services
from deals.models import Deal, InvalidTransitionError
from partners.selectors import published_editions
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)
won = 0
for deal in Deal.objects.order_by("pk"):
    try:
        services.win_deal(deal_id=deal.pk, closed_on=today, poi_on=today, actor=None,
                          at=now, today=today)
        won += 1
    except InvalidTransitionError:
        pass
    settle_managed(client_ids=[deal.client_id], until=today, at=now,
                   editions=published_editions())
print(f"won={won}")
"""
)


def at_once(database: LiveDatabase, folder: Path, script: str, count: int) -> list[str]:
    """Run a script in several processes that begin at the same moment."""
    gate = folder / "gate"
    ready = [folder / f"ready-{n}" for n in range(count)]
    rivals = [
        database.start("-c", script, str(path), str(gate), piped=True) for path in ready
    ]
    wait_until(lambda: all(path.exists() for path in ready), what="all rivals are ready")
    gate.touch()
    printed = [rival.communicate()[0] for rival in rivals]
    assert [rival.returncode for rival in rivals] == [0] * count, printed
    return printed


def test_one_rival_wins_each_deal_and_points_are_posted_once(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    making = live_database.start("-c", MAKE, piped=True)
    printed, _ = making.communicate()
    assert making.returncode == 0, printed

    outputs = at_once(live_database, tmp_path, RIVAL, RIVALS)

    won = sum(int(line.partition("won=")[2].split()[0]) for line in outputs)
    assert won == DEALS
    live_database.manage("drain")
    live_database.manage("reconcile_points")
    entries = live_database.rows(
        "SELECT source_kind, count(*), sum(points) FROM partners_pointsentry "
        "GROUP BY source_kind ORDER BY source_kind"
    )
    # 100.01 EUR / 75 EUR, twice for the growth market, times 5 when sold.
    assert [(kind, count, int(points)) for kind, count, points in entries] == [
        ("deal_line", DEALS, DEALS * 13_334_667),
        ("managed_client", 3, 2_666_933),
    ]
    [(standings,)] = live_database.rows(
        "SELECT sum(sourced + managed) FROM partners_standing"
    )
    assert int(standings) == DEALS * 13_334_667 + 2_666_933


def test_two_imports_of_one_bundle_at_once_import_it_once(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    live_database.manage(
        "demo_bundle", str(folder), "--partners", "12", "--clients", "60",
        "--deals", "200", "--seed", "7",
    )  # fmt: skip

    imports = [live_database.start_manage("import_bundle", str(folder)) for _ in "ab"]
    printed = [process.communicate()[0] for process in imports]
    again = live_database.manage("import_bundle", str(folder))

    assert 0 in [process.returncode for process in imports], printed
    counts = [line.split() for line in again.splitlines() if ".csv" in line]
    assert {(new, changed, refused) for _f, new, changed, _u, refused in counts} == {
        ("0", "0", "0")
    }, again
    live_database.manage("reconcile_points")


LOSING = (
    SETUP
    + """
import os
from django.db import connection, transaction
from deals.models import DealLine
assert connection.connection is None, "the connection came along with the fork"
Path(sys.argv[1]).touch()
while not Path(sys.argv[2]).exists():
    time.sleep(0.005)
with transaction.atomic():
    line = DealLine.objects.order_by("pk").first()
    time.sleep(0.5)
    DealLine.objects.filter(pk=line.pk).update(mrr_minor=line.mrr_minor + 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
print(f"ran={os.getpid()},{backend}")
"""
)


@pytest.mark.parametrize("live_stack", ["production"])
def test_rivals_are_processes_that_find_a_race(
    live_database: LiveDatabase, tmp_path: Path
) -> None:
    """Who reads and then writes without a lock loses what the others wrote."""
    making = live_database.start("-c", MAKE, piped=True)
    printed, _ = making.communicate()
    assert making.returncode == 0, printed
    [(before,)] = live_database.rows("SELECT max(mrr_minor) FROM deals_dealline")

    outputs = at_once(live_database, tmp_path, LOSING, RIVALS)

    ran = [line.partition("ran=")[2].strip().split(",") for line in outputs]
    assert len({process for process, _ in ran}) == RIVALS
    assert len({backend for _, backend in ran}) == RIVALS
    [(after,)] = live_database.rows("SELECT max(mrr_minor) FROM deals_dealline")
    assert after - before < RIVALS
