"""The receipts of a snapshot, an evaluation, a granted tier, a review for Elite."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from partners import services
from partners.models import Partner
from partners.receipts.elite import certifications_on
from tests.factories import (
    CertificationFactory,
    EliteReviewFactory,
    EvaluationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    SnapshotFactory,
    TierChangeFactory,
    TierOverrideFactory,
)
from tests.integration.pages import MICRO, NOON, TODAY, browser_of, words

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOON, tick=False)]


@pytest.fixture
def partner() -> Partner:
    """Return a Gold partner, credited in October 2026."""
    partner = PartnerFactory.create(name="Aurora Lane")
    TierChangeFactory.create(partner=partner, tier="gold", on=date(2026, 10, 15))
    return partner


@pytest.fixture
def visitor(partner: Partner) -> Client:
    return browser_of(partner)


def test_a_snapshot_adds_up_from_the_ledger_as_it_was_known(
    visitor: Client, partner: Partner
) -> None:
    PointsEntryFactory.create(
        partner=partner, points=120 * MICRO, effective_on=date(2026, 9, 1)
    )
    services.take_snapshots(
        on=date(2026, 10, 15), at=datetime(2026, 10, 15, 6, tzinfo=UTC), first=0,
        last=2**62,
    )  # fmt: skip
    PointsEntryFactory.create(
        partner=partner, points=5 * MICRO, effective_on=date(2026, 9, 1),
        recorded_at=NOON,
    )  # fmt: skip
    address = f"/receipts/snapshots/{partner.snapshots.get().public_id}/"

    page = words(visitor.get(address))

    assert "Sourced points 120.000000" in page
    assert "added up again, agrees" in page
    assert "Sourced points 120.000000 → 120.00 ≥ 110.00 met" in page
    assert "Rulebook edition 2025-B" in page


def test_a_snapshot_that_does_not_add_up_is_loud(
    visitor: Client, partner: Partner
) -> None:
    snapshot = SnapshotFactory.create(partner=partner, sourced=MICRO)

    page = words(visitor.get(f"/receipts/snapshots/{snapshot.public_id}/"))

    assert "does not agree: it adds up to something else" in page


def test_an_evaluation_is_decided_again(visitor: Client, partner: Partner) -> None:
    good = EvaluationFactory.create(partner=partner)
    forged = EvaluationFactory.create(
        partner=partner, on=date(2026, 1, 15), tier="diamond",
        facts={"credited_on": "2025-01-15", "period": [["2026-01-15", "gold"]],
               "certified": True},
    )  # fmt: skip

    fine = words(visitor.get(f"/receipts/evaluations/{good.public_id}/"))
    wrong = words(visitor.get(f"/receipts/evaluations/{forged.public_id}/"))

    assert "comes out the same" in fine
    assert "computed again, agrees" in fine
    assert "comes out differently" in wrong


def test_the_receipt_of_an_override_says_who_why_and_until_when(
    visitor: Client, partner: Partner
) -> None:
    override = TierOverrideFactory.create(
        partner=partner,
        approved=True,
        proposed_by__full_name="Camille Laurent",
        decided_by__full_name="Amara Okafor",
    )

    page = words(visitor.get(f"/receipts/overrides/{override.public_id}/"))
    credited = words(
        visitor.get(
            f"/receipts/{partner.public_id}/credited-tier/{NOON.date()}/", follow=True
        )
    )

    for text in (page, credited):
        assert "Until the day before 1 February 2027" in text
        assert "A client moved its contract." in text
        assert "Proposed by Camille Laurent" in text
        assert "Approved by Amara Okafor" in text
    assert "Credited tier: Gold" in credited


def test_an_invitation_shows_its_checklist(visitor: Client, partner: Partner) -> None:
    review = EliteReviewFactory.create(
        partner=partner,
        invited=True,
        checklist={
            "edition": "2025-B",
            "on": "2026-11-01",
            "lines": [
                {"criterion": "revenue_retention", "value": 8_600, "need": 8_500,
                 "met": True, "source": "Account plan"},
            ],
        },
        sha256="0" * 64,
    )  # fmt: skip

    page = words(visitor.get(f"/receipts/elite/{review.public_id}/"))

    assert "Revenue retention 86% Account plan more than 85% yes R115, C34" in page
    assert "does not agree" in page


def test_certifications_count_per_person_and_only_while_valid(partner: Partner) -> None:
    owner = PersonFactory.create(partner=partner)
    other = PersonFactory.create(partner=partner)
    for person in (owner, other):
        CertificationFactory.create(person=person, name="The same")
    CertificationFactory.create(person=owner, expires_on=TODAY)
    CertificationFactory.create(person=owner, earned_on=date(2026, 11, 24))
    CertificationFactory.create(person=PersonFactory.create(partner=partner, left=True))
    CertificationFactory.create()

    assert certifications_on(TODAY, partner_ids=[partner.pk]) == {partner.pk: 2}
