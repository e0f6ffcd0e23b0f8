"""What an import ends that moves a partner to another portfolio, or people out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from interchange.report import Report
from interchange.services import find_files, import_files
from partners.models import Export, Invitation, Partner
from portal.management.commands.import_bundle import FILES
from tests.factories import (
    ExportFactory,
    PartnerFactory,
    PersonFactory,
    UserFactory,
)
from tests.factories.people import InvitationFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def imported(folder: Path) -> None:
    import_files(
        found=find_files(folder=folder, files=FILES),
        report=Report(),
        on=NOON.date(),
        clock=lambda: NOON,
    )


def test_invitations_of_an_owner_who_left_end(tmp_path: Path) -> None:
    partner = PartnerFactory.create(ref="P1")
    gone, there = (
        PersonFactory.create(partner=partner, role="owner", with_account=True)
        for _ in range(2)
    )
    ours, theirs = (
        InvitationFactory.create(partner=partner, invited_by=person.user, owner=None)
        for person in (gone, there)
    )
    (tmp_path / "people.csv").write_text(
        "email,partner_ref,first_name,last_name,role,left_on\n"
        f"{gone.email},P1,A,B,owner,2026-11-20\n{there.email},P1,C,D,owner,\n"
    )

    imported(tmp_path)

    assert set(Invitation.objects.open()) == {theirs}
    assert Invitation.objects.get(pk=ours.pk).revoked_at == NOON


def test_files_of_the_manager_before_end(tmp_path: Path) -> None:
    before, after, other = UserFactory.create_batch(3, pdm=True)
    partner = PartnerFactory.create(ref="P1", pdm=before)
    for manager in (before, after, other):
        ExportFactory.create(user=manager, ready=True)
    (tmp_path / "partners.csv").write_text(
        "ref,name,membership,country,joined_on,payout_currency,pdm_email\n"
        f"P1,Ann,partner,FR,{date(2022, 2, 10)},EUR,{after.email}\n"
    )

    imported(tmp_path)

    assert Partner.objects.get(pk=partner.pk).pdm == after
    kept = Export.objects.downloadable(NOON)
    assert {export.user for export in kept} == {after, other}
