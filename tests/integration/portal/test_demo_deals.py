"""The demo data shows registrations and deals in every state."""

from datetime import UTC, date, datetime

import pytest

from deals.models import (
    Assignment,
    Deal,
    DealComment,
    DealRequest,
    ProofRequest,
    Registration,
    RegistrationAppeal,
    Specialist,
)
from partners.models import Partner
from portal.demo_deals import register_demo_deals
from tests.factories import DealFactory, DealLineFactory, PartnerFactory, PersonFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TODAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
REFS = ("P-aurora", "P-meridian", "P-atelier", "P-lumen")


def make_companies() -> None:
    for ref in REFS:
        partner = PartnerFactory.create(ref=ref, country="US", with_pdm=True)
        PersonFactory.create(partner=partner, role="owner", with_account=True)
        PersonFactory.create(partner=partner, role="sales", with_account=True)
    for _number in range(6):
        deal = DealFactory.create(partner=Partner.objects.get(ref=REFS[0]))
        DealLineFactory.create(deal=deal)


def test_every_state_is_seen_once() -> None:
    make_companies()

    for _again in range(2):
        register_demo_deals(today=TODAY, at=NOON)

    states = set(Registration.objects.values_list("state", flat=True))
    assert states == {"draft", "submitted", "needs_info", "accepted", "refused"}
    stages = set(Deal.objects.values_list("stage", flat=True))
    assert stages == {"registered", "won", "lost", "withdrawn"}
    assert RegistrationAppeal.objects.count() == 1
    assert Deal.objects.filter(motion_state="contested").count() == 1
    assert DealComment.objects.filter(internal=True).count() == 1
    assert DealRequest.objects.count() == 2
    assert ProofRequest.objects.count() == 1
    assert set(Assignment.objects.values_list("kind", flat=True)) == {
        "growth",
        "product",
        "engineer",
    }


def test_data_of_somebody_else_is_left_alone() -> None:
    PartnerFactory.create(ref="P-aurora")

    register_demo_deals(today=TODAY, at=NOON)

    assert not Specialist.objects.exists()
