"""A statement closes while the schedules of a deal go to another company.

Two connections of one process. The first holds its transaction open until the second
waits for it (or is through already), so that they meet in each run and not by luck.
"""

from __future__ import annotations

import pytest

from tests.integration.rivals.test_tiers_at_once import met
from tests.live import LiveDatabase, live_database, live_settings, live_stack

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

MOVED = """
from datetime import UTC
from commissions.models import *
from commissions.services import close_statement, settle_schedules
from commissions.services.invariants import findings
from deals.models import Deal
from tests.factories.money import AccrualFactory, ReceiptFactory

made = datetime(2026, 4, 20, 9, tzinfo=UTC)
line = DealLineFactory.create(deal=DealFactory.create(
    won=True, closed_on=date(2026, 1, 10)))
old, new = line.deal.partner, PartnerFactory.create()
for month in (1, 2, 3):
    ReceiptFactory.create(client=line.deal.client, product_line=line.product_line,
                          month=date(2026, month, 1))
settle_schedules(deal_ids=[line.deal_id], at=made)
Deal.objects.update(partner=new)

def settle():
    settle_schedules(deal_ids=[line.deal_id], at=made)

def close():
    close_statement(partner_id=old.pk, quarter=date(2026, 1, 1), at=made)

def broken():
    return [one.name for one in findings(on=date(2026, 4, 20)) if one.count]
"""


def outcome(database: LiveDatabase, meeting: str) -> list[str]:
    """Return what the two were told, whose the schedule is, how many lines are stated."""
    return met(
        database,
        f"{MOVED}\nsaid = meet({meeting}) + [\n"
        "    'new' if Schedule.objects.get().partner_id == new.pk else 'old',\n"
        "    str(StatementLine.objects.count()), *broken()]",
    )


def test_a_statement_that_closes_first_keeps_the_schedule(
    live_database: LiveDatabase,
) -> None:
    assert outcome(live_database, "close, settle") == [
        *("done", "done", "old", "3"),
        # Named, until people have decided; no line is of another company's statement.
        "schedule_is_of_the_partner_of_its_deal",
    ]


def test_a_schedule_that_moves_first_is_in_no_statement_of_the_old_company(
    live_database: LiveDatabase,
) -> None:
    assert outcome(live_database, "settle, close") == ["done", "done", "new", "0"]
