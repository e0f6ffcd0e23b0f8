"""A won deal keeps what the company was on the closing day, imported ones too (3.9)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deals.models import Deal
from interchange.report import Report
from interchange.services import find_files, import_files
from partners.models import Partner
from partners.selectors import memberships_at
from portal.management.commands.import_bundle import FILES
from tests.factories import MembershipChangeFactory, PartnerFactory
from tests.factories.clients import ClientFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
HEADER = "ref,partner_ref,client_ref,name,motion,registered_on,stage,closed_on\n"


@pytest.fixture
def companies() -> list[Partner]:
    """Return one that became a partner in June 2025 and one that stopped being one."""
    rose = PartnerFactory.create(ref="ROSE", joined_on=date(2024, 1, 1))
    fell = PartnerFactory.create(ref="FELL", joined_on=date(2024, 1, 1), provider=True)
    for partner, membership, on, cause in (
        (rose, "provider", date(2024, 1, 1), "joined"),
        (rose, "partner", date(2025, 6, 1), "staff"),
        (fell, "partner", date(2024, 1, 1), "joined"),
        (fell, "provider", date(2025, 6, 1), "staff"),
    ):
        MembershipChangeFactory.create(
            partner=partner, membership=membership, on=on, cause=cause, recorded_at=NOON
        )
    ClientFactory.create(ref="C1", country="FR")
    return [rose, fell]


def load(folder: Path, rows: str) -> Report:
    (folder / "deals.csv").write_text(HEADER + rows)
    report = Report()
    import_files(
        found=find_files(folder=folder, files=FILES),
        report=report,
        on=NOON.date(),
        clock=lambda: NOON,
    )
    assert report.refusals == []
    return report


def won(ref: str, partner: str, day: str) -> str:
    return f"{ref},{partner},C1,Deal,sourced,2025-01-01,won,{day}\n"


def test_a_win_keeps_the_membership_of_its_closing_day(
    companies: list[Partner], tmp_path: Path
) -> None:
    load(
        tmp_path,
        won("D1", "ROSE", "2025-05-31")
        + won("D2", "ROSE", "2025-06-01")
        + won("D3", "FELL", "2025-05-31")
        + won("D4", "FELL", "2025-06-01"),
    )

    assert dict(Deal.objects.values_list("ref", "won_membership")) == {
        "D1": "provider",
        "D2": "partner",
        "D3": "partner",
        "D4": "provider",
    }


def test_a_batch_asks_for_memberships_twice_however_many_deals_it_has(
    companies: list[Partner],
) -> None:
    rose, fell = companies
    late = PartnerFactory.create(provider=True)
    day = date(2025, 6, 1)
    moments = {(pk, date(2025, 5, n)) for pk in (rose.pk, fell.pk) for n in range(1, 30)}

    with CaptureQueriesContext(connection) as queries:
        found = memberships_at({*moments, (rose.pk, day), (late.pk, day)})

    assert len(queries) == 2
    assert found[rose.pk, date(2025, 5, 1)] == "provider"
    assert found[rose.pk, day] == "partner"
    # Nothing on record: what it is.
    assert found[late.pk, day] == "provider"
    # Before it joined it was nothing else.
    assert memberships_at({(rose.pk, date(2020, 1, 1))}) == {
        (rose.pk, date(2020, 1, 1)): "provider"
    }
