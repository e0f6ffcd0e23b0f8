"""What a candidate for Elite must show, and what an appeal does to a decision."""

from dataclasses import replace
from datetime import date

import pytest

from program.elite import (
    Candidate,
    Criterion,
    checklist,
    is_near_elite,
    reaches_elite,
)
from program.rulebook import Tier
from program.standing import Condition
from program.tiers import Appeal, Cause, Decision, Totals, heed_appeal, since
from tests.unit.program.editions import B

MICRO = 1_000_000
REACHED = Totals(sourced=2_100 * MICRO, assisted=5_200 * MICRO, managed=1_700 * MICRO)
ALL_MET = Candidate(
    totals=REACHED,
    certifications=100,
    customer_retention_bps=8_500,
    revenue_retention_bps=8_501,
    conditions=dict.fromkeys(Condition, True),
)


def met(candidate: Candidate) -> dict[Criterion, bool | None]:
    return {found.criterion: found.met for found in checklist(candidate, B)}


def test_t6_reaches_elite_by_points() -> None:
    assert reaches_elite(REACHED, B)
    assert is_near_elite(REACHED, B)


@pytest.mark.parametrize(
    ("totals", "near"),
    [
        ((1_890, 4_680, 1_530), True),
        ((1_889.99, 4_680.01, 1_530), False),
        ((1_890, 4_680.01, 1_529.99), False),
        ((1_890, 4_679.99, 1_530), False),
    ],
    ids=["90 % of each", "sourced below", "managed below", "total below"],
)
def test_near_is_ninety_percent_of_every_minimum(
    totals: tuple[float, float, float], near: bool
) -> None:
    sourced, assisted, managed = (round(points * MICRO) for points in totals)

    found = Totals(sourced=sourced, assisted=assisted, managed=managed)

    assert is_near_elite(found, B) is near
    assert not reaches_elite(found, B)


def test_a_candidate_that_meets_everything() -> None:
    assert met(ALL_MET) == dict.fromkeys(Criterion, True)


@pytest.mark.parametrize(
    ("change", "criterion", "expected"),
    [
        ({"customer_retention_bps": 8_499}, Criterion.CUSTOMER_RETENTION, False),
        ({"customer_retention_bps": None}, Criterion.CUSTOMER_RETENTION, None),
        ({"revenue_retention_bps": 8_500}, Criterion.REVENUE_RETENTION, False),
        ({"revenue_retention_bps": None}, Criterion.REVENUE_RETENTION, None),
        ({"certifications": 99}, Criterion.CERTIFICATIONS, False),
        (
            {"conditions": {**dict.fromkeys(Condition, True), Condition.CONDUCT: False}},
            Criterion.STANDING,
            False,
        ),
        (
            {"totals": replace(REACHED, managed=1_699_980_000)},
            Criterion.POINTS,
            False,
        ),
    ],
)
def test_each_criterion_keeps_its_operator(
    change: dict[str, object], criterion: Criterion, expected: bool | None
) -> None:
    found = met(replace(ALL_MET, **change))  # type: ignore[arg-type]

    assert found == {**dict.fromkeys(Criterion, True), criterion: expected}


# --- Appeals --------------------------------------------------------------------------

DOWN = Decision(tier=Tier.GOLD, cause=Cause.DOWNGRADED, best=Tier.GOLD)


@pytest.mark.parametrize(
    ("appeal", "tier", "cause"),
    [
        (None, Tier.GOLD, Cause.DOWNGRADED),
        (Appeal.OPEN, Tier.PLATINUM, Cause.APPEALED),
        (Appeal.UPHELD, Tier.PLATINUM, Cause.APPEAL_UPHELD),
        (Appeal.REJECTED, Tier.GOLD, Cause.DOWNGRADED),
    ],
)
def test_a_demotion_waits_for_its_appeal(
    appeal: Appeal | None, tier: Tier, cause: Cause
) -> None:
    heeded = heed_appeal(DOWN, credited=Tier.PLATINUM, appeal=appeal)

    assert (heeded.tier, heeded.cause, heeded.best) == (tier, cause, Tier.GOLD)


@pytest.mark.parametrize("appeal", list(Appeal))
def test_what_is_no_demotion_is_left_alone(appeal: Appeal) -> None:
    kept = Decision(tier=Tier.GOLD, cause=Cause.KEPT)

    assert heed_appeal(kept, credited=Tier.GOLD, appeal=appeal) == kept


# --- Since when -----------------------------------------------------------------------

D1, D2, D3 = date(2025, 1, 15), date(2025, 7, 15), date(2026, 1, 15)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([(Tier.GOLD, D1)], (Tier.GOLD, D1)),
        ([(Tier.GOLD, D1), (Tier.GOLD, D2)], (Tier.GOLD, D1)),
        ([(Tier.GOLD, D1), (Tier.PLATINUM, D2), (Tier.GOLD, D3)], (Tier.GOLD, D3)),
        (
            [(Tier.GOLD, D1), (Tier.PLATINUM, D2), (Tier.GOLD, D2)],
            (Tier.GOLD, D1),
        ),
        ([(Tier.GOLD, D1), (Tier.NONE, D3), (Tier.DIAMOND, D3)], (Tier.DIAMOND, D3)),
    ],
    ids=["once", "repeated", "lost between", "corrected that day", "two on a day"],
)
def test_a_tier_is_held_since_it_was_first_credited(
    history: list[tuple[Tier, date]], expected: tuple[Tier, date]
) -> None:
    assert since(history) == expected
