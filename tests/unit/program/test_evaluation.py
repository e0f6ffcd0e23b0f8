"""What an evaluation decides (rulebook 3.4.3 to 3.4.6)."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import strategies as st

from program.rulebook import Tier
from program.tiers import Cause, Decision, after_cure, evaluate
from tests.unit.program.editions import A, B, edition

NONE, GOLD, PLATINUM, DIAMOND, ELITE = Tier
JANUARY = date(2026, 1, 15)
LONG_AGO = date(2025, 1, 15)
CHECKS = B.calendar.period(JANUARY)

tiers = st.sampled_from(Tier)
periods = st.dictionaries(st.sampled_from(CHECKS), tiers).map(lambda d: list(d.items()))
whole_periods = st.tuples(*[tiers] * 6).map(
    lambda six: list(zip(CHECKS, six, strict=True))
)
credit_days = st.dates(date(2024, 1, 1), JANUARY)


def period(*tiers_of_checks: Tier) -> list[tuple[date, Tier]]:
    """Return the checks before 15 January 2026, the last one on that day."""
    return list(zip(CHECKS[-len(tiers_of_checks) :], tiers_of_checks, strict=True))


@pytest.mark.parametrize(
    ("credited", "credited_on", "checks", "expected"),
    [
        pytest.param(
            DIAMOND,
            LONG_AGO,
            period(GOLD, PLATINUM, GOLD, GOLD, GOLD, GOLD),
            Decision(tier=PLATINUM, cause=Cause.DOWNGRADED, best=PLATINUM),
            id="T7 falls to the best of the period",
        ),
        pytest.param(
            DIAMOND,
            LONG_AGO,
            period(GOLD, GOLD, DIAMOND, GOLD, GOLD, GOLD),
            Decision(tier=DIAMOND, cause=Cause.KEPT, best=DIAMOND),
            id="T8 once in the period is enough",
        ),
        pytest.param(
            GOLD,
            date(2025, 12, 15),
            period(NONE, NONE, NONE, NONE, GOLD, NONE),
            Decision(
                tier=GOLD,
                cause=Cause.PROTECTED,
                best=GOLD,
                protected_until=date(2026, 6, 14),
            ),
            id="T9 protected for six months",
        ),
        pytest.param(
            ELITE,
            LONG_AGO,
            period(*[DIAMOND] * 6),
            Decision(tier=DIAMOND, cause=Cause.DOWNGRADED, best=DIAMOND),
            id="L9",
        ),
        pytest.param(
            PLATINUM,
            LONG_AGO,
            period(*[ELITE] * 6),
            Decision(tier=PLATINUM, cause=Cause.KEPT, best=DIAMOND),
            id="L10 numbers of Elite without admission",
        ),
        pytest.param(
            DIAMOND,
            LONG_AGO,
            period(GOLD, PLATINUM),
            Decision(tier=PLATINUM, cause=Cause.DOWNGRADED, best=PLATINUM),
            id="L11 two checks known",
        ),
        pytest.param(
            DIAMOND,
            LONG_AGO,
            [],
            Decision(tier=DIAMOND, cause=Cause.KEPT, best=None),
            id="L12 no check known",
        ),
        pytest.param(
            GOLD,
            date(2025, 8, 15),
            period(*[NONE] * 6),
            Decision(
                tier=GOLD,
                cause=Cause.PROTECTED,
                best=NONE,
                protected_until=date(2026, 2, 14),
            ),
            id="L15",
        ),
        pytest.param(
            GOLD,
            date(2025, 8, 15),
            period(*[GOLD] * 6),
            Decision(
                tier=GOLD,
                cause=Cause.KEPT,
                best=GOLD,
                protected_until=date(2026, 2, 14),
            ),
            id="reached on the day, and protected too",
        ),
        pytest.param(
            ELITE,
            LONG_AGO,
            period(NONE, ELITE),
            Decision(tier=ELITE, cause=Cause.KEPT, best=ELITE),
            id="an Elite partner counts as admitted",
        ),
        pytest.param(
            GOLD,
            LONG_AGO,
            period(*[NONE] * 6),
            Decision(tier=NONE, cause=Cause.DOWNGRADED, best=NONE),
            id="below Gold all through",
        ),
    ],
)
def test_january_evaluation_of_a_certified_partner(
    credited: Tier,
    credited_on: date,
    checks: Sequence[tuple[date, Tier]],
    expected: Decision,
) -> None:
    found = evaluate(
        on=JANUARY,
        credited=credited,
        credited_on=credited_on,
        period=checks,
        certified=True,
        rulebook=B,
    )

    assert found == expected


@pytest.mark.parametrize(
    ("credited_on", "expected"),
    [
        pytest.param(
            date(2025, 1, 15),
            Decision(tier=NONE, cause=Cause.DOWNGRADED, best=NONE),
            id="L1 six months are over",
        ),
        pytest.param(
            date(2025, 1, 16),
            Decision(
                tier=GOLD,
                cause=Cause.PROTECTED,
                best=NONE,
                protected_until=date(2025, 7, 15),
            ),
            id="L2 one day short of six months",
        ),
    ],
)
def test_protection_ends_on_the_day_six_months_later(
    credited_on: date, expected: Decision
) -> None:
    july = date(2025, 7, 15)

    found = evaluate(
        on=july,
        credited=GOLD,
        credited_on=credited_on,
        period=[(day, NONE) for day in A.calendar.period(july)],
        certified=True,
        rulebook=A,
    )

    assert found == expected


def test_l3_to_l5_an_expired_certification_has_thirty_days() -> None:
    facts = {
        "on": JANUARY,
        "credited": PLATINUM,
        "credited_on": LONG_AGO,
        "period": period(*[PLATINUM] * 6),
        "rulebook": B,
    }

    expired = evaluate(**facts, certified=False)  # type: ignore[arg-type]
    lost = after_cure(**facts, renewed=False)  # type: ignore[arg-type]
    renewed = after_cure(**facts, renewed=True)  # type: ignore[arg-type]

    assert expired == Decision(
        tier=PLATINUM,
        cause=Cause.CERTIFICATION_EXPIRED,
        best=PLATINUM,
        cure_until=date(2026, 2, 14),
    )
    assert lost == Decision(tier=NONE, cause=Cause.CERTIFICATION_LOST, best=PLATINUM)
    assert renewed == Decision(tier=PLATINUM, cause=Cause.KEPT, best=PLATINUM)


def test_l6_a_renewed_certification_does_not_replace_the_numbers() -> None:
    found = after_cure(
        on=JANUARY,
        credited=PLATINUM,
        credited_on=LONG_AGO,
        period=period(*[GOLD] * 6),
        renewed=True,
        rulebook=B,
    )

    assert found == Decision(tier=GOLD, cause=Cause.DOWNGRADED, best=GOLD)


def test_l7_and_l8_protection_does_not_cover_the_certification() -> None:
    facts = {
        "on": JANUARY,
        "credited": GOLD,
        "credited_on": date(2025, 12, 15),
        "period": period(*[NONE] * 6),
        "rulebook": B,
    }

    expired = evaluate(**facts, certified=False)  # type: ignore[arg-type]
    renewed = after_cure(**facts, renewed=True)  # type: ignore[arg-type]

    assert (expired.cause, expired.tier) == (Cause.CERTIFICATION_EXPIRED, GOLD)
    assert renewed == Decision(
        tier=GOLD, cause=Cause.PROTECTED, best=NONE, protected_until=date(2026, 6, 14)
    )


@pytest.mark.parametrize("renewed", [True, False])
def test_l14_without_a_tier_there_is_nothing_to_lose(renewed: bool) -> None:
    facts = {
        "on": JANUARY,
        "credited": NONE,
        "credited_on": date(2025, 3, 1),
        "period": period(*[NONE] * 6),
        "rulebook": B,
    }
    kept = Decision(tier=NONE, cause=Cause.KEPT, best=NONE)

    assert evaluate(**facts, certified=False) == kept  # type: ignore[arg-type]
    assert after_cure(**facts, renewed=renewed) == kept  # type: ignore[arg-type]


def test_an_edition_may_evaluate_without_the_certification() -> None:
    lenient = edition(
        (
            'required = { value = true, rule = "R8, 3.4" }',
            'required = { value = false, rule = "R8, 3.4" }',
        )
    )

    found = evaluate(
        on=JANUARY,
        credited=GOLD,
        credited_on=LONG_AGO,
        period=period(GOLD),
        certified=False,
        rulebook=lenient,
    )

    assert found.cause is Cause.KEPT


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (period(DIAMOND, GOLD), GOLD),
        (period(GOLD, DIAMOND), DIAMOND),
        (period(PLATINUM, GOLD)[:1], DIAMOND),
    ],
    ids=["not reached on the day", "reached on the day", "the day is not known"],
)
def test_an_edition_may_count_the_day_alone(
    checks: list[tuple[date, Tier]], expected: Tier
) -> None:
    strict = edition(
        (
            "keep_if_met_once_in_period = { value = true",
            "keep_if_met_once_in_period = { value = false",
        )
    )

    found = evaluate(
        on=JANUARY,
        credited=DIAMOND,
        credited_on=LONG_AGO,
        period=checks,
        certified=True,
        rulebook=strict,
    )

    assert found.tier is expected


@pytest.mark.parametrize(
    ("on", "checks", "reason"),
    [
        (date(2026, 1, 14), [], "2026-01-14 is not an evaluation day"),
        (date(2025, 12, 15), [], "2025-12-15 is not an evaluation day"),
        (JANUARY, [(date(2025, 7, 15), GOLD)], "2025-07-15 is not a check of the period"),
        (JANUARY, [(JANUARY, GOLD), (JANUARY, NONE)], "two checks on one day"),
    ],
    ids=["not the 15th", "not January or July", "earlier period", "twice"],
)
def test_refuses_facts_of_another_day(
    on: date, checks: list[tuple[date, Tier]], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        evaluate(
            on=on,
            credited=GOLD,
            credited_on=LONG_AGO,
            period=checks,
            certified=True,
            rulebook=B,
        )
