"""Tiers that staff grant: who may, from when to when, and who is told."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from partners import services
from partners.models import (
    AuditEntry,
    Notification,
    Partner,
    Standing,
    TierOverride,
    User,
)
from partners.selectors import override_on
from partners.services.tiers import overrides
from program.rulebook import Tier
from tests.factories import (
    CertificationFactory,
    PartnerFactory,
    PersonFactory,
    TierChangeFactory,
    TierOverrideFactory,
    UserFactory,
    stand,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
UNTIL = date(2027, 3, 1)


@pytest.fixture
def partner() -> Partner:
    partner = PartnerFactory.create(with_pdm=True)
    TierChangeFactory.create(partner=partner, tier="gold", on=date(2025, 1, 15))
    person = PersonFactory.create(partner=partner, with_account=True)
    CertificationFactory.create(person=person)
    return partner


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


def propose(partner: Partner, **changes: object) -> TierOverride:
    values = {
        "tier": Tier.DIAMOND,
        "from_on": TODAY,
        "until_on": UNTIL,
        "reason": "Merger.",
        "actor": partner.pdm,
        **changes,
    }
    return overrides.propose_override(
        partner_id=partner.pk,
        at=AT,
        today=TODAY,
        **values,  # type: ignore[arg-type]
    )


def approve(override: TierOverride, manager: User, today: date = TODAY) -> TierOverride:
    return overrides.approve_override(
        override_id=override.pk, note="", actor=manager, at=AT, today=today
    )


def granted(partner: Partner, day: date) -> str | None:
    found = override_on(partner.pk, day)
    return found.tier if found else None


def end(day: date) -> int:
    return overrides.end_overrides(on=day, at=AT, first=0, last=2**62)


def test_a_proposal_grants_nothing_and_asks_somebody_else(
    partner: Partner, manager: User
) -> None:
    override = propose(partner)

    assert granted(partner, TODAY) is None
    told = Notification.objects.get(key=f"override:{override.pk}")
    assert (told.user, told.urgency) == (manager, "act")


def test_it_grants_its_tier_from_the_first_day_to_the_day_before_the_end(
    partner: Partner, manager: User
) -> None:
    stand(partner, on=TODAY)

    approve(propose(partner), manager)

    assert granted(partner, date(2026, 11, 22)) is None
    assert granted(partner, TODAY) == "diamond"
    assert granted(partner, date(2027, 2, 28)) == "diamond"
    assert granted(partner, UNTIL) is None
    assert Standing.objects.get(partner=partner).credited_tier == "gold"


def test_the_earned_tier_lives_on_beneath(partner: Partner, manager: User) -> None:
    approve(propose(partner), manager)

    services.open_standings(partner_ids=[partner.pk], on=TODAY)
    services.run_check_day(on=date(2027, 1, 15), at=AT)

    assert partner.tier_changes.latest("on").tier == "none"
    assert granted(partner, date(2027, 1, 15)) == "diamond"


def test_the_end_is_told_once_and_on_its_day(partner: Partner, manager: User) -> None:
    override = approve(propose(partner), manager)

    assert end(date(2027, 2, 28)) == 0
    assert end(UNTIL) == 1
    assert end(date(2027, 3, 2)) == 0

    told = Notification.objects.filter(key=f"override-ended:{override.pk}")
    assert [one.facts["end"] for one in told] == ["2027-03-01"]
    actions = AuditEntry.objects.filter(object_id=override.pk).order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "partners.override_proposed",
        "partners.override_approved",
        "partners.override_ended",
    ]


def test_nobody_approves_or_refuses_the_own_proposal(partner: Partner) -> None:
    override = propose(partner)
    assert partner.pdm

    with pytest.raises(overrides.OverrideError, match="does not decide"):
        approve(override, partner.pdm)
    with pytest.raises(overrides.OverrideError, match="does not decide"):
        overrides.refuse_override(
            override_id=override.pk, note="No.", actor=partner.pdm, at=AT
        )


def test_the_database_asks_for_two_people(partner: Partner) -> None:
    user = UserFactory.create(programme_manager=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        TierOverrideFactory.create(
            partner=partner, approved=True, proposed_by=user, decided_by=user
        )


@pytest.mark.parametrize(
    "values",
    [
        {"until_on": date(2026, 11, 1)},
        {"reason": ""},
        {"tier": "bronze"},
        {"state": "approved"},
        {"state": "withdrawn"},
    ],
    ids=str,
)
def test_the_database_refuses_what_makes_no_sense(
    partner: Partner, values: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TierOverrideFactory.create(partner=partner, **values)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"from_on": date(2026, 11, 22)}, "in the past"),
        ({"until_on": TODAY}, "after the beginning"),
        ({"reason": "  "}, "needs a reason"),
    ],
)
def test_a_proposal_makes_sense(
    partner: Partner, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(overrides.OverrideError, match=words):
        propose(partner, **changes)


def test_a_provider_gets_none() -> None:
    partner = PartnerFactory.create(provider=True, with_pdm=True)

    with pytest.raises(overrides.OverrideError, match="provider"):
        propose(partner)


def test_one_proposal_at_a_time(partner: Partner) -> None:
    propose(partner)

    with pytest.raises(overrides.OverrideError, match="Another proposal"):
        propose(partner)


def test_what_is_decided_is_not_decided_again(partner: Partner, manager: User) -> None:
    override = approve(propose(partner), manager)

    with pytest.raises(overrides.OverrideError, match="decided already"):
        approve(override, manager)


def test_a_refusal_says_why_and_grants_nothing(partner: Partner, manager: User) -> None:
    override = propose(partner)
    with pytest.raises(overrides.OverrideError, match="reason"):
        overrides.refuse_override(override_id=override.pk, note=" ", actor=manager, at=AT)

    overrides.refuse_override(override_id=override.pk, note="No.", actor=manager, at=AT)

    assert granted(partner, TODAY) is None
    assert Notification.objects.get(key=f"override:{override.pk}").done_at == AT


def test_two_do_not_cover_the_same_day(partner: Partner, manager: User) -> None:
    approve(propose(partner), manager)
    second = propose(partner, from_on=date(2027, 2, 28), until_on=date(2027, 4, 1))

    with pytest.raises(overrides.OverrideError, match="covers some"):
        approve(second, manager)


def test_one_may_follow_the_other(partner: Partner, manager: User) -> None:
    approve(propose(partner), manager)

    approve(propose(partner, from_on=UNTIL, until_on=date(2027, 4, 1)), manager)

    assert granted(partner, UNTIL) == "diamond"


def test_approved_late_it_begins_that_day(partner: Partner, manager: User) -> None:
    override = propose(partner)

    override = approve(override, manager, today=date(2026, 12, 1))

    assert override.from_on == date(2026, 12, 1)
    assert granted(partner, date(2026, 11, 30)) is None


def test_approved_after_its_end_it_is_refused(partner: Partner, manager: User) -> None:
    override = propose(partner)

    with pytest.raises(overrides.OverrideError, match="end has come"):
        approve(override, manager, today=UNTIL)


def withdraw(override: TierOverride, manager: User, today: date) -> TierOverride:
    return overrides.withdraw_override(
        override_id=override.pk, reason="Over.", actor=manager, at=AT, today=today
    )


def test_withdrawn_it_grants_nothing_from_that_day(
    partner: Partner, manager: User
) -> None:
    override = approve(propose(partner), manager)

    withdraw(override, manager, date(2026, 12, 24))

    assert granted(partner, date(2026, 12, 23)) == "diamond"
    assert granted(partner, date(2026, 12, 24)) is None
    assert end(UNTIL) == 0
    assert Notification.objects.filter(key=f"override-ended:{override.pk}").exists()


def test_what_was_known_before_the_withdrawal_is_still_told(
    partner: Partner, manager: User
) -> None:
    override = approve(propose(partner), manager)
    withdraw(override, manager, TODAY)
    TierOverride.objects.filter(pk=override.pk).update(
        withdrawn_at=datetime(2026, 11, 24, tzinfo=UTC)
    )

    before = override_on(partner.pk, TODAY, known_at=AT)
    after = override_on(partner.pk, TODAY, known_at=datetime(2026, 11, 25, tzinfo=UTC))

    assert before == override
    assert after is None


def test_a_proposal_can_be_taken_back(partner: Partner, manager: User) -> None:
    override = propose(partner)

    withdraw(override, manager, TODAY)

    with pytest.raises(overrides.OverrideError, match="decided already"):
        approve(override, manager)
    with pytest.raises(overrides.OverrideError, match=r"no more|any more"):
        withdraw(override, manager, TODAY)
