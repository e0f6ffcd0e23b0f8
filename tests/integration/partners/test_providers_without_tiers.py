"""What a company that became a provider keeps of its tier's life: nothing that grants."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from partners import services
from partners.models import AuditEntry, Partner, Standing, User
from partners.selectors import override_on
from partners.services.standing import become_provider
from partners.services.tiers import appeals, elite
from partners.services.tiers.appeal_days import settle_appeals
from partners.services.tiers.overrides import OverrideError, approve_override
from tests.factories import (
    CertificationFactory,
    EliteReviewFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierAppealFactory,
    TierChangeFactory,
    TierOverrideFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

MICRO = 1_000_000
EVALUATION = date(2027, 1, 15)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


def partner_with_gold_points() -> Partner:
    partner = PartnerFactory.create(joined_on=date(2024, 1, 1), with_pdm=True)
    person = PersonFactory.create(partner=partner, with_account=True)
    CertificationFactory.create(person=person)
    for kind, points in (({}, 110), ({"assisted": True}, 200), ({"managed": True}, 40)):
        PointsEntryFactory.create(
            partner=partner, points=points * MICRO, effective_on=date(2026, 8, 1), **kind
        )
    services.open_standings(partner_ids=[partner.pk], on=date(2026, 12, 1))
    return partner


@pytest.fixture
def partner() -> Partner:
    """Return a Platinum partner whose points give Gold."""
    partner = partner_with_gold_points()
    TierChangeFactory.create(partner=partner, tier="platinum", on=date(2025, 1, 15))
    services.show_credited_tiers(partner_ids=[partner.pk], on=date(2026, 12, 1))
    return partner


def move(partner: Partner, on: date, actor: User) -> None:
    become_provider(
        partner_id=partner.pk, reason="It asked to.", on=on, actor=actor, at=at(on)
    )


def decided(partner: Partner, manager: User, *, on: date, uphold: bool) -> None:
    appeal = partner.tier_appeals.get()
    assert partner.pdm
    appeals.propose_decision(
        appeal_id=appeal.pk, uphold=uphold, reason="I know them.", actor=partner.pdm,
        at=at(on),
    )  # fmt: skip
    appeals.decide_appeal(
        appeal_id=appeal.pk, uphold=uphold, reason="So be it.", actor=manager, at=at(on),
        today=on,
    )  # fmt: skip


def credited(partner: Partner) -> str:
    return Standing.objects.get(partner=partner).credited_tier


def test_an_override_grants_nothing_while_it_is_a_provider(
    partner: Partner, manager: User
) -> None:
    override = TierOverrideFactory.create(
        partner=partner, approved=True, from_on=date(2026, 12, 1),
        until_on=date(2027, 6, 1),
    )  # fmt: skip
    move(partner, date(2027, 1, 10), manager)

    assert override_on(partner.pk, date(2027, 1, 9)) == override
    assert override_on(partner.pk, date(2027, 1, 10)) is None
    # As it was known before, it went on.
    known = at(date(2027, 1, 9))
    assert override_on(partner.pk, date(2027, 1, 10), known_at=known) == override


def test_a_proposal_for_a_provider_is_not_approved(
    partner: Partner, manager: User
) -> None:
    override = TierOverrideFactory.create(partner=partner)
    move(partner, date(2026, 12, 10), manager)

    with pytest.raises(OverrideError, match="provider has no tier"):
        approve_override(
            override_id=override.pk, note="", actor=manager, at=at(date(2026, 12, 11)),
            today=date(2026, 12, 11),
        )  # fmt: skip


def test_an_appeal_upheld_afterwards_grants_nothing(
    partner: Partner, manager: User
) -> None:
    TierAppealFactory.create(partner=partner)
    services.run_check_day(on=EVALUATION, at=at(EVALUATION))
    move(partner, date(2027, 1, 16), manager)

    decided(partner, manager, on=date(2027, 1, 20), uphold=True)

    assert partner.tier_appeals.get().override is None
    assert override_on(partner.pk, date(2027, 1, 21)) is None


@pytest.mark.parametrize("moved", [EVALUATION, date(2027, 1, 16)])
def test_an_appeal_rejected_afterwards_credits_nothing(
    partner: Partner, manager: User, moved: date
) -> None:
    TierAppealFactory.create(partner=partner)
    services.run_check_day(on=EVALUATION, at=at(EVALUATION))
    move(partner, moved, manager)
    decided(partner, manager, on=date(2027, 1, 20), uphold=False)

    settle_appeals(on=date(2027, 1, 21), at=at(date(2027, 1, 21)), first=0, last=2**62)

    assert credited(partner) == "none"


def test_a_check_made_up_for_later_raises_nobody_who_moved_since(manager: User) -> None:
    partner = partner_with_gold_points()
    move(partner, date(2026, 12, 20), manager)

    services.run_check_day(on=date(2026, 12, 15), at=at(date(2026, 12, 21)))

    assert credited(partner) == "none"
    assert not partner.tier_changes.exists()


def test_what_was_under_way_to_elite_ends(partner: Partner, manager: User) -> None:
    review = EliteReviewFactory.create(partner=partner, invited=True)
    Partner.objects.filter(pk=partner.pk).update(elite_invited_on=review.invited_on)

    move(partner, date(2026, 12, 10), manager)

    review.refresh_from_db()
    partner.refresh_from_db()
    assert (review.state, review.closed_by) == ("closed", None)
    assert partner.elite_invited_on is None
    with pytest.raises(elite.EliteError, match="past that"):
        elite.answer_invitation(
            review_id=review.pk, accept=True, actor=manager, at=at(EVALUATION),
            today=EVALUATION,
        )  # fmt: skip


def test_the_end_of_its_tier_is_in_the_audit_log(partner: Partner, manager: User) -> None:
    move(partner, date(2026, 12, 10), manager)

    entry = AuditEntry.objects.get(action="partners.tier_changed")
    assert entry.partner_id == partner.pk
    assert entry.changes["tier"] == ["platinum", "none"]
