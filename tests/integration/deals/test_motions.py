"""Sourced or assisted: proposed, contested, decided, and corrected after the close."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from deals import services
from deals.models import Deal, InvalidTransitionError, MotionStep
from partners.models import AuditEntry, Notification, PointsEntry, User
from program.motion import Evidence
from tests.factories import DealFactory, DealLineFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
TODAY = date(2026, 1, 15)
MICRO = 1_000_000


@pytest.fixture
def deal() -> Deal:
    """Return an open deal of USD 1,000 a month whose partner has a manager."""
    pdm = UserFactory.create(pdm=True)
    return DealLineFactory.create(deal=DealFactory.create(partner__pdm=pdm)).deal


@pytest.fixture
def seller(deal: Deal) -> User:
    user = PersonFactory.create(
        partner=deal.partner, role="sales", with_account=True
    ).user
    assert user is not None
    return user


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


def state(deal: Deal) -> tuple[str, str]:
    deal.refresh_from_db()
    return deal.motion, deal.motion_state


def test_is_proposed_from_evidence_that_is_kept(deal: Deal) -> None:
    evidence = Evidence(registered_on=TODAY, introduced_by_vendor=True)

    step = services.propose(deal, evidence=evidence, at=AT)

    assert state(deal) == ("assisted", "proposed")
    assert step.evidence["because"] == "partner_says_introduced"


def test_the_partner_confirms_once(deal: Deal, seller: User) -> None:
    services.propose(deal, evidence=Evidence(registered_on=TODAY), at=AT)

    services.confirm_motion(deal_id=deal.pk, actor=seller, at=AT)

    assert state(deal) == ("sourced", "confirmed")
    with pytest.raises(services.MotionError):
        services.confirm_motion(deal_id=deal.pk, actor=seller, at=AT)


def test_a_contested_motion_keeps_the_deal_from_being_won(
    deal: Deal, seller: User, manager: User
) -> None:
    services.propose(
        deal, evidence=Evidence(registered_on=TODAY, introduced_by_vendor=True), at=AT
    )
    services.contest_motion(deal_id=deal.pk, reason="We found them.", actor=seller, at=AT)
    assert state(deal) == ("assisted", "contested")
    assert (
        Notification.objects.get(kind="deals.motion_contested").user == deal.partner.pdm
    )

    with pytest.raises(InvalidTransitionError):
        win(deal, manager)

    services.decide_motion(
        deal_id=deal.pk, motion="sourced", reason="Shown.", actor=manager, at=AT
    )
    win(deal, manager)
    assert state(deal) == ("sourced", "decided")


def win(deal: Deal, actor: User) -> None:
    services.win_deal(
        deal_id=deal.pk, closed_on=TODAY, poi_on=TODAY, actor=actor, at=AT, today=TODAY
    )


def test_what_was_decided_is_not_contested_again(
    deal: Deal, seller: User, manager: User
) -> None:
    services.contest_motion(deal_id=deal.pk, reason="No.", actor=seller, at=AT)
    services.decide_motion(
        deal_id=deal.pk, motion="sourced", reason="Shown.", actor=manager, at=AT
    )
    with pytest.raises(services.MotionError):
        services.contest_motion(deal_id=deal.pk, reason="Still no.", actor=seller, at=AT)


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_contested_or_decided_without_a_reason(
    deal: Deal, seller: User, manager: User, reason: str
) -> None:
    with pytest.raises(services.MotionError):
        services.contest_motion(deal_id=deal.pk, reason=reason, actor=seller, at=AT)
    with pytest.raises(services.MotionError):
        services.decide_motion(
            deal_id=deal.pk, motion="assisted", reason=reason, actor=manager, at=AT
        )
    assert not MotionStep.objects.exists()


def test_is_locked_at_the_close(deal: Deal, seller: User, manager: User) -> None:
    win(deal, manager)

    deal.refresh_from_db()
    with pytest.raises(services.MotionError):
        services.propose(deal, evidence=Evidence(registered_on=TODAY), at=AT)
    with pytest.raises(services.MotionError):
        services.confirm_motion(deal_id=deal.pk, actor=seller, at=AT)
    with pytest.raises(services.MotionError):
        services.contest_motion(deal_id=deal.pk, reason="No.", actor=seller, at=AT)
    with pytest.raises(services.MotionError):
        services.decide_motion(
            deal_id=deal.pk, motion="assisted", reason="No.", actor=manager, at=AT
        )


def test_a_correction_after_the_close_posts_the_difference(
    deal: Deal, manager: User
) -> None:
    win(deal, manager)

    services.correct_motion(
        deal_id=deal.pk, motion="assisted", reason="Mail of May.", actor=manager, at=AT
    )

    sums = {"sourced": 0, "assisted": 0}
    for kind, points in PointsEntry.objects.values_list("kind", "points"):
        sums[kind] += points
    assert sums == {"sourced": 0, "assisted": 30 * MICRO}  # P2: three a unit
    assert PointsEntry.objects.filter(reason="corrected").exists()
    entry = AuditEntry.objects.get(action="deals.motion_corrected")
    assert entry.changes["motion"] == ["sourced", "assisted"]
    with pytest.raises(services.MotionError):
        services.correct_motion(
            deal_id=deal.pk, motion="assisted", reason="Again.", actor=manager, at=AT
        )
