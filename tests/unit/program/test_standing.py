"""Good standing, the own subscription, the deadline for Gold (rulebook 2.6, 3.9, 3.22).

The ids are those of the worked examples in docs/rulebook.md.
"""

from datetime import date

import pytest

from program.money import Money
from program.rulebook import Edition, Membership
from program.standing import (
    Complaint,
    Condition,
    ConditionState,
    Finding,
    Holding,
    Own,
    OwnReason,
    Reason,
    becomes_provider,
    conditions,
    covered_until,
    cure_until,
    due_warning,
    gold_deadline,
    moves_on,
    own_subscription,
)
from tests.unit.program.editions import B, edition

PARTNER, PROVIDER = Membership.PARTNER, Membership.PROVIDER
TODAY = date(2026, 3, 15)
CERTIFIED = (Holding(earned_on=date(2024, 1, 1)),)


def red(
    *,
    on: date = TODAY,
    membership: Membership = PARTNER,
    findings: tuple[Finding, ...] = (),
    complaints: tuple[Complaint, ...] = (),
    holdings: tuple[Holding, ...] = CERTIFIED,
) -> list[ConditionState]:
    """Return the conditions that are not met."""
    states = conditions(
        on=on,
        membership=membership,
        findings=findings,
        complaints=complaints,
        holdings=holdings,
        rulebook=B,
    )
    assert [state.condition for state in states] == list(Condition)
    return [state for state in states if not state.met]


# --- The six conditions ---------------------------------------------------------------


def test_nothing_against_a_certified_partner_is_good_standing() -> None:
    assert red() == []


@pytest.mark.parametrize(
    ("on", "complaint", "reason", "until"),
    [
        pytest.param(
            TODAY,
            Complaint(reported_on=date(2024, 5, 1)),
            Reason.CURRENT_ESCALATION,
            None,
            id="H1 open for two years",
        ),
        pytest.param(
            TODAY,
            Complaint(reported_on=date(2025, 1, 1), closed_on=date(2025, 3, 16)),
            Reason.RECENT_ESCALATION,
            date(2026, 3, 16),
            id="H2 closed 364 days ago",
        ),
        pytest.param(
            TODAY,
            Complaint(reported_on=date(2025, 1, 1), closed_on=date(2025, 3, 15)),
            None,
            None,
            id="H3 closed a year ago",
        ),
        pytest.param(
            TODAY,
            Complaint(
                reported_on=date(2026, 1, 1), closed_on=date(2026, 3, 1), dismissed=True
            ),
            None,
            None,
            id="H4 dismissed",
        ),
        pytest.param(
            date(2026, 2, 1),
            Complaint(
                reported_on=date(2026, 1, 1), closed_on=date(2026, 3, 1), dismissed=True
            ),
            Reason.CURRENT_ESCALATION,
            None,
            id="H5 before it was dismissed",
        ),
        pytest.param(
            TODAY,
            Complaint(reported_on=date(2026, 3, 16)),
            None,
            None,
            id="H6 reported later",
        ),
    ],
)
def test_an_escalation_weighs_while_open_or_recent(
    on: date, complaint: Complaint, reason: Reason | None, until: date | None
) -> None:
    found = red(on=on, complaints=(complaint,))

    assert [(each.condition, each.reason, each.until) for each in found] == (
        [(Condition.RELATIONS, reason, until)] if reason else []
    )


def test_a_leap_day_weighs_until_the_end_of_february() -> None:
    complaint = Complaint(reported_on=date(2024, 2, 1), closed_on=date(2024, 2, 29))

    assert red(on=date(2025, 2, 27), complaints=(complaint,))
    assert not red(on=date(2025, 2, 28), complaints=(complaint,))


def test_the_open_one_of_two_escalations_is_named() -> None:
    closed = Complaint(reported_on=date(2025, 1, 1), closed_on=date(2026, 1, 1))
    current = Complaint(reported_on=date(2026, 2, 1))

    (found,) = red(complaints=(closed, current))

    assert (found.reason, found.since) == (Reason.CURRENT_ESCALATION, date(2026, 2, 1))


def test_the_last_of_several_recent_ones_says_until_when() -> None:
    first = Complaint(reported_on=date(2025, 1, 1), closed_on=date(2025, 6, 1))
    second = Complaint(reported_on=date(2025, 2, 1), closed_on=date(2025, 9, 1))

    (found,) = red(complaints=(first, second))

    assert (found.since, found.until) == (date(2025, 1, 1), date(2026, 9, 1))


@pytest.mark.parametrize(
    ("since", "until", "is_red"),
    [
        (date(2026, 3, 15), None, True),
        (date(2026, 3, 16), None, False),
        (date(2026, 3, 1), date(2026, 3, 16), True),
        (date(2026, 3, 1), date(2026, 3, 15), False),
    ],
)
def test_a_finding_holds_from_its_day_until_it_is_mended(
    since: date, until: date | None, is_red: bool
) -> None:
    finding = Finding(condition=Condition.CONDUCT, since=since, until=until)

    found = red(findings=(finding,))

    assert [(each.condition, each.reason) for each in found] == (
        [(Condition.CONDUCT, Reason.FINDING)] if is_red else []
    )


def test_the_first_of_two_findings_says_since_when() -> None:
    days = (date(2026, 3, 1), date(2026, 2, 1))
    findings = tuple(Finding(condition=Condition.SECURITY, since=day) for day in days)

    (found,) = red(findings=findings)

    assert found.since == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("holdings", "membership", "reason", "since"),
    [
        pytest.param((), PARTNER, Reason.NEVER_CERTIFIED, None, id="H7 never certified"),
        pytest.param(
            (Holding(earned_on=date(2024, 1, 1), ends_on=TODAY),),
            PARTNER,
            Reason.CERTIFICATION_ENDED,
            TODAY,
            id="H8 expires today",
        ),
        pytest.param((), PROVIDER, None, None, id="H9 a provider needs none"),
        pytest.param(
            (Holding(earned_on=date(2026, 3, 16)),),
            PARTNER,
            Reason.NEVER_CERTIFIED,
            None,
            id="earned tomorrow",
        ),
    ],
)
def test_training_asks_for_a_valid_certification(
    holdings: tuple[Holding, ...],
    membership: Membership,
    reason: Reason | None,
    since: date | None,
) -> None:
    found = red(holdings=holdings, membership=membership)

    assert [(each.condition, each.reason, each.since) for each in found] == (
        [(Condition.TRAINING, reason, since)] if reason else []
    )


def test_a_finding_about_training_counts_beside_a_certification() -> None:
    finding = Finding(condition=Condition.TRAINING, since=date(2026, 1, 1))

    (found,) = red(findings=(finding,))

    assert (found.condition, found.reason) == (Condition.TRAINING, Reason.FINDING)


def test_certifications_that_follow_each_other_cover_without_a_gap() -> None:
    first = Holding(earned_on=date(2025, 1, 1), ends_on=date(2026, 6, 1))
    second = Holding(earned_on=date(2026, 5, 1), ends_on=date(2027, 5, 1))
    late = Holding(earned_on=date(2027, 5, 2), ends_on=date(2028, 5, 2))

    assert covered_until(on=TODAY, holdings=(first, second, late)) == date(2027, 5, 1)
    assert covered_until(on=TODAY, holdings=(*CERTIFIED, first)) is None
    assert covered_until(on=TODAY, holdings=()) == TODAY


# --- The own subscription -------------------------------------------------------------


def own(edition: Edition | None, dollars: str | None, ends_on: date | None = None) -> Own:
    monthly = Money.of(dollars, "USD") if dollars else None
    return Own(edition=edition, monthly=monthly, ends_on=ends_on)


@pytest.mark.parametrize(
    ("held", "membership", "reason"),
    [
        pytest.param(
            own(Edition.PROFESSIONAL, "400"), PARTNER, OwnReason.SUFFICIENT, id="M1"
        ),
        pytest.param(
            own(Edition.PROFESSIONAL, "399.99"),
            PARTNER,
            OwnReason.AMOUNT_TOO_LOW,
            id="M2",
        ),
        pytest.param(
            own(Edition.ENTERPRISE, "1500"), PARTNER, OwnReason.SUFFICIENT, id="M3"
        ),
        pytest.param(
            own(Edition.STARTER, "900"), PARTNER, OwnReason.EDITION_TOO_LOW, id="M4"
        ),
        pytest.param(own(Edition.STARTER, None), PROVIDER, OwnReason.SUFFICIENT, id="M5"),
        pytest.param(
            own(Edition.PROFESSIONAL, "400", TODAY), PARTNER, OwnReason.ENDED, id="M6"
        ),
        pytest.param(own(None, None), PARTNER, OwnReason.NOT_RECORDED, id="M7"),
        pytest.param(
            own(Edition.PROFESSIONAL, "400", date(2026, 3, 16)),
            PARTNER,
            OwnReason.SUFFICIENT,
            id="paid until tomorrow",
        ),
        pytest.param(
            own(Edition.PROFESSIONAL, None),
            PARTNER,
            OwnReason.AMOUNT_NOT_RECORDED,
            id="no price on record",
        ),
    ],
)
def test_the_own_subscription_is_enough_or_says_why_not(
    held: Own, membership: Membership, reason: OwnReason
) -> None:
    found = own_subscription(on=TODAY, own=held, membership=membership, rulebook=B)

    assert found is reason


def test_what_was_never_recorded_has_not_lapsed() -> None:
    assert [each for each in OwnReason if each.lapsed] == [
        OwnReason.ENDED,
        OwnReason.EDITION_TOO_LOW,
        OwnReason.AMOUNT_TOO_LOW,
    ]


@pytest.mark.parametrize(
    ("held", "membership", "provider"),
    [
        (own(Edition.STARTER, "20"), PARTNER, True),
        (own(Edition.PROFESSIONAL, "50"), PARTNER, True),
        (own(Edition.PROFESSIONAL, "400", TODAY), PARTNER, False),
        (own(Edition.STARTER, "20", TODAY), PROVIDER, False),
    ],
)
def test_what_is_left_decides_what_follows_a_lapse(
    held: Own, membership: Membership, provider: bool
) -> None:
    assert (
        becomes_provider(on=TODAY, own=held, membership=membership, rulebook=B)
        is provider
    )


def test_the_last_day_to_cure_is_the_thirtieth() -> None:
    assert cure_until(since=TODAY, rulebook=B) == date(2026, 4, 14)


# --- The deadline for Gold ------------------------------------------------------------


@pytest.mark.parametrize(
    ("member_since", "lost_on", "deadline"),
    [
        pytest.param(date(2024, 6, 10), None, date(2026, 6, 10), id="Q1"),
        pytest.param(date(2024, 2, 29), None, date(2026, 2, 28), id="Q2"),
        pytest.param(date(2021, 6, 10), date(2026, 1, 15), date(2026, 7, 15), id="Q3"),
        pytest.param(date(2024, 12, 1), date(2026, 1, 15), date(2026, 12, 1), id="Q4"),
        pytest.param(date(2021, 6, 10), date(2026, 2, 14), date(2026, 7, 15), id="Q5"),
    ],
)
def test_gold_is_reached_in_24_months_or_won_back_by_the_next_evaluation(
    member_since: date, lost_on: date | None, deadline: date
) -> None:
    assert (
        gold_deadline(member_since=member_since, lost_on=lost_on, rulebook=B) == deadline
    )


def test_an_edition_may_have_no_deadline() -> None:
    switched_off = edition(
        (
            "gold_deadline_enabled = { value = true",
            "gold_deadline_enabled = { value = false",
        )
    )

    assert gold_deadline(member_since=TODAY, lost_on=None, rulebook=switched_off) is None


@pytest.mark.parametrize(
    ("noticed_on", "moves"),
    [
        pytest.param(date(2026, 6, 10), date(2026, 7, 10), id="Q6 on the day"),
        pytest.param(date(2026, 7, 20), date(2026, 8, 19), id="Q7 forty days late"),
    ],
)
def test_the_notice_runs_from_the_day_it_is_given(noticed_on: date, moves: date) -> None:
    found = moves_on(deadline=date(2026, 6, 10), noticed_on=noticed_on, rulebook=B)

    assert found == moves


@pytest.mark.parametrize(
    ("left", "warning"),
    [
        (181, None),
        (180, 180),
        (91, 180),
        (90, 90),
        (30, 30),
        (1, 30),
        (0, None),
        (-5, None),
    ],
)
def test_the_tightest_warning_whose_day_has_come_is_due(
    left: int, warning: int | None
) -> None:
    ends_on = date.fromordinal(TODAY.toordinal() + left)

    found = due_warning(ends_on=ends_on, on=TODAY, days=B.membership.gold_warning_days)

    assert found == warning


def test_an_edition_without_days_warns_of_no_certification() -> None:
    line = 'warning_days = { value = [90, 30, 7], rule = "3.4" }\n'
    silent = edition((line, ""))

    assert B.certification.warning_days == (90, 30, 7)
    assert silent.certification.warning_days == ()
    assert due_warning(ends_on=TODAY, on=date(2026, 3, 1), days=()) is None
