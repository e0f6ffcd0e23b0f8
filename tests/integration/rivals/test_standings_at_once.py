"""A standing is as new as the ledger, whoever recomputes it while somebody posts."""

from __future__ import annotations

import pytest

from tests.integration.rivals.test_tiers_at_once import met
from tests.live import LiveDatabase, live_database, live_settings, live_stack

__all__ = ["live_database", "live_settings", "live_stack"]

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

POSTING = """
from partners.services import open_standings, refresh_standings
partner = PartnerFactory.create()
other = PartnerFactory.create()
open_standings(partner_ids=[partner.pk, other.pk], on=date(2026, 3, 1))
DAY = date(2026, 3, 1)
def post():
    PointsEntryFactory.create(partner=partner)
    refresh_standings(on=DAY, first=partner.pk, last=partner.pk)
"""


@pytest.mark.parametrize(
    "other", ["refresh_standings(on=DAY)", "post()"], ids=["the whole", "another posting"]
)
def test_who_waits_for_a_posting_counts_it(
    live_database: LiveDatabase, other: str
) -> None:
    """The second reads the ledger once it has the row, not before it waited for it."""
    said = met(live_database, f"{POSTING}\nsaid = meet(post, lambda: {other})")

    assert said == ["done", "done"]
    [(sourced, posted)] = live_database.rows(
        "SELECT s.sourced, (SELECT SUM(points) FROM partners_pointsentry e "
        "WHERE e.partner_id = s.partner_id) FROM partners_standing s "
        "WHERE s.sourced > 0"
    )
    assert sourced == posted
