"""After every act the ledger is what the rows of the deal are worth."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from deals import services
from deals.models import Deal, DealLine
from deals.services.registrations import registering
from outbox import services as outbox
from outbox.models import Job
from outbox.registry import Lane
from partners.models import Partner, PointsEntry, User
from partners.services import open_standings
from partners.services.link_tokens import link_token
from tests.factories import DealFactory, DealLineFactory, PartnerFactory, UserFactory
from tests.factories.registrations import RegistrationFactory
from tests.integration.pages import MICRO, NOON, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]

WON_ON = date(2026, 11, 10)
Out = pytest.CaptureFixture[str]


@pytest.fixture
def partner() -> Partner:
    partner = PartnerFactory.create(joined_on=date(2026, 1, 1))
    open_standings(partner_ids=[partner.pk], on=TODAY)
    return partner


@pytest.fixture
def staff() -> User:
    return UserFactory.create(programme_manager=True)


def events() -> set[str]:
    return set(
        Job.objects.filter(kind__startswith="deals.").values_list("kind", flat=True)
    )


def test_after_every_act_nothing_differs(
    partner: Partner, staff: User, capsys: Out
) -> None:
    def agrees(points: int) -> None:
        """Check the ledger, its standing and what counts today."""
        outbox.drain(lane=Lane.POINTS)
        capsys.readouterr()
        call_command("reconcile_points", until=TODAY)
        assert ": 0 differences." in capsys.readouterr().out
        entries = PointsEntry.objects.filter(partner=partner, effective_on__lte=TODAY)
        assert sum(entries.values_list("points", flat=True)) == points * MICRO

    draft = RegistrationFactory.create(partner=partner)
    done = registering.submit(
        registration_id=draft.pk, actor=draft.created_by, at=NOON, today=TODAY
    )
    assert done.deal
    agrees(0)

    deal = DealFactory.create(partner=partner, registered_on=date(2026, 10, 1))
    line = DealLineFactory.create(deal=deal)
    act: dict[str, Any] = {"deal_id": deal.pk, "actor": staff, "at": NOON}
    services.win_deal(**act, closed_on=WON_ON, poi_on=None, today=TODAY)
    agrees(0)

    services.add_proof(**act, dated_on=WON_ON, file=None, note="Call")
    agrees(50)
    upgrade = services.upgrade_line(
        line_id=line.pk, edition="enterprise", mrr_minor=40_000, credits=None,
        on=date(2026, 11, 15), actor=staff, at=NOON,
    )  # fmt: skip
    agrees(70)
    services.correct_motion(**act, motion="assisted", reason="Introduced by us")
    agrees(42)
    services.correct_motion(**act, motion="sourced", reason="Not introduced by us")
    agrees(70)
    services.downgrade_line(
        line_id=upgrade.pk, mrr_minor=20_000, on=date(2026, 11, 18), actor=staff, at=NOON
    )
    agrees(60)
    # A proof that was wrong: the right one is too old, and nothing counts.
    services.add_proof(**act, dated_on=date(2025, 1, 1), file=None, note="Wrong one")
    agrees(0)
    services.add_proof(**act, dated_on=TODAY, file=None, note="Signed")
    agrees(60)
    asked = services.ask_for_proof(
        **act, name="Ana", email="ana@client.example", language="en"
    )
    services.answer_proof(
        secret=link_token("deals.proof", asked.public_id), confirmed=True,
        signed_as="Ana", remark="", at=NOON + timedelta(minutes=1),
    )  # fmt: skip
    agrees(60)
    services.cancel_deal(**act, on=TODAY, note="Not paid")
    agrees(0)

    assert {
        "deals.won", "deals.proof_changed", "deals.line_added", "deals.line_reduced",
        "deals.motion_corrected", "deals.cancelled",
    } <= events()  # fmt: skip
    assert DealLine.objects.filter(deal=deal).count() == 2
    assert Deal.objects.get(pk=deal.pk).stage == Deal.Stage.WON
