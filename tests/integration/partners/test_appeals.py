"""Appeals: who may make one and when, the clock, and what becomes of the demotion."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from partners import services
from partners.models import (
    Evaluation,
    Notification,
    Partner,
    TierAppeal,
    TierChange,
    User,
)
from partners.selectors import override_on
from partners.services.tiers import appeals
from partners.services.tiers.appeal_days import warn_overdue_appeals
from partners.services.tiers.rehearsal import rehearse_evaluation
from tests.factories import (
    CertificationFactory,
    PartnerFactory,
    PersonFactory,
    PointsEntryFactory,
    TierAppealFactory,
    TierChangeFactory,
    UserFactory,
)
from tests.integration.partners.appealing import (
    ALL,
    EVALUATION,
    FILED,
    MICRO,
    at,
    credited,
    decide,
    evaluate,
    file,
    platinum_partner,
    propose,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return platinum_partner()


@pytest.fixture
def owner(partner: Partner) -> User:
    user = partner.people.get().user
    assert user
    return user


@pytest.fixture
def manager() -> User:
    return UserFactory.create(programme_manager=True)


# --- Making one -----------------------------------------------------------------------


def test_the_rehearsal_says_what_the_evaluation_then_decides(partner: Partner) -> None:
    rehearsed = rehearse_evaluation(
        partner=partner, evaluation_on=EVALUATION, today=FILED, at=at(FILED)
    )

    evaluate()

    decided = partner.evaluations.get(on=EVALUATION)
    assert rehearsed
    assert (rehearsed.tier, rehearsed.cause) == (decided.tier, decided.cause)
    assert decided.tier == "gold"


def test_the_rehearsal_leaves_out_what_expires_by_then(partner: Partner) -> None:
    PointsEntryFactory.create(
        partner=partner, points=5_000 * MICRO, effective_on=date(2026, 12, 20),
        expires_on=date(2027, 1, 15),
    )  # fmt: skip

    rehearsed = rehearse_evaluation(
        partner=partner, evaluation_on=EVALUATION, today=FILED, at=at(FILED)
    )

    assert rehearsed
    assert rehearsed.tier == "gold"


def test_an_appeal_starts_the_clock_and_tells_staff(
    partner: Partner, manager: User
) -> None:
    appeal = file(partner)

    assert (appeal.tier, appeal.feared_tier) == ("platinum", "gold")
    assert (appeal.evaluation_on, appeal.decide_by) == (EVALUATION, date(2027, 1, 3))
    told = Notification.objects.filter(key=f"appeal:{appeal.pk}")
    assert {one.user_id for one in told} == {manager.pk, partner.pdm_id}
    assert {one.due_on for one in told} == {date(2027, 1, 3)}


@pytest.mark.parametrize(
    "day",
    [date(2026, 12, 15), date(2026, 12, 16), date(2027, 1, 14)],
    ids=["before", "first", "last"],
)
def test_it_is_made_in_the_thirty_days_before(partner: Partner, day: date) -> None:
    if day == date(2026, 12, 15):
        with pytest.raises(appeals.AppealError, match="days before an evaluation"):
            file(partner, on=day)
    else:
        assert file(partner, on=day).evaluation_on == EVALUATION


def test_on_the_day_of_the_evaluation_it_is_too_late(partner: Partner) -> None:
    with pytest.raises(appeals.AppealError, match="days before an evaluation"):
        file(partner, on=EVALUATION)


def test_without_a_demotion_there_is_nothing_to_appeal_against() -> None:
    partner = PartnerFactory.create()
    CertificationFactory.create(
        person=PersonFactory.create(partner=partner, with_account=True)
    )
    TierChangeFactory.create(partner=partner, tier="gold", on=date(2026, 12, 15))

    with pytest.raises(appeals.AppealError, match="would not lower"):
        file(partner)


def test_it_says_why(partner: Partner) -> None:
    with pytest.raises(appeals.AppealError, match="Say why"):
        file(partner, text=" \n ")


def test_one_appeal_per_evaluation(partner: Partner, manager: User) -> None:
    decide(file(partner), manager, on=FILED, uphold=False)

    with pytest.raises(appeals.AppealError, match="already"):
        file(partner)
    with pytest.raises(IntegrityError), transaction.atomic():
        TierAppealFactory.create(partner=partner, evaluation_on=EVALUATION)


# --- Deciding -------------------------------------------------------------------------


def test_another_person_than_the_proposer_decides(
    partner: Partner, manager: User
) -> None:
    appeal = file(partner)
    assert partner.pdm
    call = {"appeal_id": appeal.pk, "uphold": True, "at": at(FILED), "today": FILED}

    with pytest.raises(appeals.AppealError, match="Nobody has proposed"):
        appeals.decide_appeal(**call, reason="Yes.", actor=manager)  # type: ignore[arg-type]
    propose(appeal)
    with pytest.raises(appeals.AppealError, match="does not decide"):
        appeals.decide_appeal(**call, reason="Yes.", actor=partner.pdm)  # type: ignore[arg-type]
    with pytest.raises(appeals.AppealError, match="reason"):
        appeals.decide_appeal(**call, reason=" ", actor=manager)  # type: ignore[arg-type]


def test_the_database_asks_for_two_people(partner: Partner, manager: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TierAppealFactory.create(
            partner=partner, state="upheld", proposed_by=manager, decided_by=manager,
            decided_at=at(FILED), decided_on=FILED, decision_reason="Yes.",
        )  # fmt: skip


def test_it_is_decided_once(partner: Partner, manager: User) -> None:
    appeal = decide(file(partner), manager, on=FILED)

    with pytest.raises(appeals.AppealError, match="decided already"):
        propose(appeal)


def test_upheld_it_becomes_an_override_until_the_next_evaluation(
    partner: Partner, manager: User
) -> None:
    appeal = decide(file(partner), manager, on=FILED)

    override = appeal.override
    assert override
    assert (override.tier, override.from_on) == ("platinum", EVALUATION)
    assert override.until_on == date(2027, 7, 15)
    assert (override.proposed_by, override.decided_by) == (partner.pdm, manager)
    assert override_on(partner.pk, date(2027, 7, 14)) == override
    assert override_on(partner.pk, date(2027, 7, 15)) is None


def test_the_partner_is_told_the_decision_with_its_reason(
    partner: Partner, owner: User, manager: User
) -> None:
    appeal = decide(file(partner), manager, on=FILED, uphold=False)

    told = Notification.objects.get(key=f"appeal-decided:{appeal.pk}")
    assert told.user == owner
    assert (told.facts["upheld"], told.facts["reason"]) == (False, "So be it.")
    assert not Notification.objects.filter(
        key=f"appeal:{appeal.pk}", done_at=None
    ).exists()


# --- What becomes of the demotion -----------------------------------------------------


def test_a_demotion_waits_while_the_appeal_is_open(partner: Partner) -> None:
    appeal = file(partner)

    evaluate()
    settle(date(2027, 2, 1))

    evaluation = partner.evaluations.get()
    assert (evaluation.cause, evaluation.tier) == ("appealed", "platinum")
    assert evaluation.facts["appeal"]["tier"] == "gold"
    assert credited(partner) == "platinum"
    appeal.refresh_from_db()
    assert appeal.waiting == evaluation


def test_rejected_it_is_carried_out_the_day_after_once(
    partner: Partner, manager: User
) -> None:
    appeal = file(partner)
    evaluate()
    decide(appeal, manager, on=date(2027, 1, 20), uphold=False)

    assert settle(date(2027, 1, 20)) == 0
    assert credited(partner) == "platinum"
    assert settle(date(2027, 1, 21)) == 1
    assert settle(date(2027, 1, 21)) == 0
    assert settle(date(2027, 3, 1)) == 0

    change = partner.tier_changes.latest("on")
    assert (change.on, change.tier, change.cause) == (
        date(2027, 1, 21), "gold", TierChange.Cause.APPEAL_REJECTED,
    )  # fmt: skip
    assert change.evaluation == partner.evaluations.get()
    assert credited(partner) == "gold"


def test_upheld_it_is_dropped(partner: Partner, manager: User) -> None:
    appeal = file(partner)
    evaluate()
    decide(appeal, manager, on=date(2027, 1, 20))

    assert settle(date(2027, 1, 21)) == 0

    appeal.refresh_from_db()
    assert appeal.settled_on == date(2027, 1, 21)
    assert credited(partner) == "platinum"
    assert override_on(partner.pk, date(2027, 1, 20)) == appeal.override


def test_upheld_before_the_evaluation_it_never_happens(
    partner: Partner, manager: User
) -> None:
    decide(file(partner), manager, on=FILED)

    evaluate()

    assert partner.evaluations.get().cause == Evaluation.Cause.APPEAL_UPHELD
    assert credited(partner) == "platinum"


def test_rejected_before_the_evaluation_it_happens_on_its_day(
    partner: Partner, manager: User
) -> None:
    decide(file(partner), manager, on=FILED, uphold=False)

    evaluate()

    assert partner.evaluations.get().cause == "downgraded"
    assert credited(partner) == "gold"


def test_an_evaluation_made_up_for_gives_the_same_rows(
    partner: Partner, manager: User
) -> None:
    decide(file(partner), manager, on=date(2027, 1, 20), uphold=False)

    # The clock was down until 25 January, and works the days off in order.
    evaluate()
    for day in range(16, 26):
        settle(date(2027, 1, day))

    assert partner.evaluations.get().cause == "appealed"
    assert partner.tier_changes.latest("on").on == date(2027, 1, 21)


def test_a_tier_credited_since_stands(partner: Partner, manager: User) -> None:
    appeal = file(partner)
    evaluate()
    TierChangeFactory.create(partner=partner, tier="diamond", on=date(2027, 1, 18))
    decide(appeal, manager, on=date(2027, 1, 20), uphold=False)

    assert settle(date(2027, 1, 21)) == 0
    assert partner.tier_changes.latest("on").tier == "diamond"


def test_the_next_evaluation_is_not_held_up(partner: Partner, manager: User) -> None:
    appeal = file(partner)
    evaluate()
    decide(appeal, manager, on=date(2027, 1, 20))

    evaluate(date(2027, 7, 15))

    assert credited(partner) == "gold"


def test_an_appeal_that_is_late_does_not_block_the_next_one(
    partner: Partner, manager: User
) -> None:
    january = file(partner)
    evaluate()
    july = file(partner, on=date(2027, 6, 20))

    assert (july.evaluation_on, july.state) == (date(2027, 7, 15), "open")
    # Each has a clock of its own.
    assert (january.decide_by, july.decide_by) == (date(2027, 1, 3), date(2027, 7, 4))
    assert warn_overdue_appeals(on=date(2027, 7, 4), at=at(FILED), **ALL) == 0
    assert warn_overdue_appeals(on=date(2027, 7, 5), at=at(FILED), **ALL) == 1
    with pytest.raises(appeals.AppealError, match="already"):
        file(partner, on=date(2027, 6, 21))

    evaluate(date(2027, 7, 15))
    assert partner.evaluations.latest("on").cause == "appealed"

    decide(january, manager, on=date(2027, 8, 1), uphold=False)
    assert settle(date(2027, 8, 2)) == 0, "a later evaluation waits in its place"
    assert credited(partner) == "platinum"
    decide(july, manager, on=date(2027, 8, 3), uphold=False)
    assert settle(date(2027, 8, 4)) == 1
    assert credited(partner) == "gold"


def test_a_certification_lost_waits_too(partner: Partner, manager: User) -> None:
    appeal = file(partner)
    partner.people.get().certifications.update(expires_on=date(2027, 1, 10))
    evaluate()
    services.end_cures(on=date(2027, 2, 15), at=at(EVALUATION), **ALL)

    waiting = partner.evaluations.latest("on")
    assert (waiting.cause, waiting.tier) == ("appealed", "platinum")
    decide(appeal, manager, on=date(2027, 2, 20), uphold=False)
    settle(date(2027, 2, 21))
    assert credited(partner) == "none"


# --- The clock ------------------------------------------------------------------------


def test_the_clock_running_out_is_told_once_to_both_sides(
    partner: Partner, owner: User, manager: User
) -> None:
    appeal = file(partner)

    assert warn_overdue_appeals(on=date(2027, 1, 3), at=at(FILED), **ALL) == 0
    assert warn_overdue_appeals(on=date(2027, 1, 4), at=at(FILED), **ALL) == 1
    assert warn_overdue_appeals(on=date(2027, 1, 5), at=at(FILED), **ALL) == 0

    late = Notification.objects.filter(key=f"appeal-overdue:{appeal.pk}")
    assert {one.user_id for one in late} == {manager.pk, partner.pdm_id}
    assert {one.urgency for one in late} == {"act"}
    waits = Notification.objects.get(key=f"appeal-waits:{appeal.pk}")
    assert waits.user == owner
    assert TierAppeal.objects.get(pk=appeal.pk).state == "open"
    decide(appeal, manager, on=date(2027, 1, 6))
    assert not late.filter(done_at=None).exists()
