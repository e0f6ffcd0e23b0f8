"""What an import that moves a partner to another portfolio ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from interchange.report import Report
from interchange.services import find_files, import_files
from partners.models import Export, Partner
from portal.management.commands.import_bundle import FILES
from tests.factories import ExportFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_files_of_the_manager_before_end(tmp_path: Path) -> None:
    before, after, other = UserFactory.create_batch(3, pdm=True)
    partner = PartnerFactory.create(ref="P1", pdm=before)
    for manager in (before, after, other):
        ExportFactory.create(user=manager, ready=True)
    (tmp_path / "partners.csv").write_text(
        "ref,name,membership,country,joined_on,payout_currency,pdm_email\n"
        f"P1,Ann,partner,FR,{date(2022, 2, 10)},EUR,{after.email}\n"
    )

    import_files(
        found=find_files(folder=tmp_path, files=FILES),
        report=Report(),
        on=NOON.date(),
        clock=lambda: NOON,
    )

    assert Partner.objects.get(pk=partner.pk).pdm == after
    kept = Export.objects.downloadable(NOON)
    assert {export.user for export in kept} == {after, other}
