"""Appeals beside other grants, a certification that ends, and younger evaluations."""

from __future__ import annotations

from datetime import date

import pytest

from partners.models import Certification, Notification, Partner, User
from partners.notifications import words_of
from partners.selectors import override_on
from partners.services.tier_news import tell_tiers
from partners.services.tiers import appeals
from tests.factories import PointsEntryFactory, TierOverrideFactory, UserFactory
from tests.integration.partners.appealing import (
    EVALUATION,
    FILED,
    MICRO,
    at,
    credited,
    decide,
    evaluate,
    file,
    platinum_partner,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return platinum_partner()


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


def test_upheld_it_leaves_the_days_of_another_grant_alone(
    partner: Partner, manager: User
) -> None:
    other = TierOverrideFactory.create(
        partner=partner, approved=True, tier="diamond", from_on=date(2026, 12, 1),
        until_on=date(2027, 3, 1),
    )  # fmt: skip

    appeal = decide(file(partner), manager, on=FILED)

    assert appeal.override
    assert (appeal.override.from_on, appeal.override.until_on) == (
        date(2027, 3, 1), date(2027, 7, 15),
    )  # fmt: skip
    assert override_on(partner.pk, date(2027, 2, 28)) == other
    assert override_on(partner.pk, date(2027, 3, 1)) == appeal.override


def test_a_demotion_that_only_waits_for_a_certification_may_be_appealed_against(
    partner: Partner,
) -> None:
    """On 5 January the last one ends: renewed or not, Platinum is lost."""
    certified = Certification.objects.filter(person__partner=partner)
    certified.update(expires_on=date(2027, 1, 5))

    assert file(partner).feared_tier == "gold"


def test_a_certification_alone_is_renewed_not_appealed(partner: Partner) -> None:
    for kind, points in (({}, 300), ({"assisted": True}, 200), ({"managed": True}, 200)):
        PointsEntryFactory.create(
            partner=partner, points=points * MICRO, effective_on=date(2026, 8, 1), **kind
        )
    Certification.objects.filter(person__partner=partner).update(
        expires_on=date(2027, 1, 5)
    )

    with pytest.raises(appeals.AppealError, match="would not lower"):
        file(partner)


def test_the_company_is_told_what_became_of_its_tier(
    partner: Partner, manager: User
) -> None:
    appeal = file(partner)
    evaluate()
    tell_tiers(decided_at=at(EVALUATION), partner_ids=[partner.pk], at=at(EVALUATION))
    waits = Notification.objects.get(kind="partners.tier_kept")
    assert "waits for the decision on the appeal" in words_of(waits).text

    decide(appeal, manager, on=date(2027, 1, 20), uphold=False)
    settle(date(2027, 1, 21))
    tell_tiers(
        decided_at=at(date(2027, 1, 21)), partner_ids=[partner.pk],
        at=at(date(2027, 1, 21)),
    )  # fmt: skip

    lowered = words_of(Notification.objects.get(kind="partners.tier_lowered"))
    assert "the tier is now Gold" in lowered.title
    assert "appeal against the evaluation was rejected" in lowered.text
    assert "before was Platinum" in lowered.text


def test_rejected_after_the_next_evaluation_it_changes_nothing(
    partner: Partner, manager: User
) -> None:
    """What July found is younger than what January would have decided."""
    appeal = file(partner)
    evaluate()
    for kind, points in (({}, 500), ({"assisted": True}, 500), ({"managed": True}, 400)):
        PointsEntryFactory.create(
            partner=partner, points=points * MICRO, effective_on=date(2027, 3, 1), **kind
        )
    evaluate(date(2027, 7, 15))

    decide(appeal, manager, on=date(2027, 7, 20), uphold=False)

    assert settle(date(2027, 7, 21)) == 0
    assert credited(partner) == "platinum"
