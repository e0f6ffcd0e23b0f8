"""What holds for every evaluation (rulebook 3.4.3 to 3.4.6)."""

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from program.calendar import add_months
from program.rulebook import Tier
from program.tiers import Cause, Decision, evaluate, upgrade
from tests.unit.program.editions import B

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


def decide(
    credited: Tier, credited_on: date, checks: list[tuple[date, Tier]], *, certified: bool
) -> Decision:
    return evaluate(
        on=JANUARY,
        credited=credited,
        credited_on=credited_on,
        period=checks,
        certified=certified,
        rulebook=B,
    )


@given(credited=tiers, credited_on=credit_days, checks=periods, certified=st.booleans())
@example(credited=ELITE, credited_on=LONG_AGO, checks=period(DIAMOND), certified=True)
def test_evaluating_the_outcome_again_changes_nothing(
    credited: Tier, credited_on: date, checks: list[tuple[date, Tier]], certified: bool
) -> None:
    first = decide(credited, credited_on, checks, certified=certified)
    since = credited_on if first.tier is credited else JANUARY

    again = decide(first.tier, since, checks, certified=certified)

    assert again.tier is first.tier
    assert again.cause is not Cause.DOWNGRADED


@given(credited=tiers, credited_on=credit_days, checks=periods, certified=st.booleans())
def test_an_evaluation_never_raises_and_falls_only_for_a_cause(
    credited: Tier, credited_on: date, checks: list[tuple[date, Tier]], certified: bool
) -> None:
    found = decide(credited, credited_on, checks, certified=certified)

    assert found.tier <= credited
    assert (found.tier < credited) is (found.cause is Cause.DOWNGRADED)
    assert (found.cure_until is not None) is (found.cause is Cause.CERTIFICATION_EXPIRED)
    assert found.tier >= credited or found.tier is found.best


@given(credited=tiers, credited_on=credit_days, checks=periods, certified=st.booleans())
def test_a_protected_tier_does_not_fall(
    credited: Tier, credited_on: date, checks: list[tuple[date, Tier]], certified: bool
) -> None:
    found = decide(credited, credited_on, checks, certified=certified)

    protected = credited is not NONE and add_months(credited_on, 6) > JANUARY
    assert (found.protected_until is not None) is protected
    assert not protected or found.tier is credited


@given(credited=tiers, credited_on=credit_days, checks=periods)
def test_the_order_of_known_checks_does_not_matter(
    credited: Tier, credited_on: date, checks: list[tuple[date, Tier]]
) -> None:
    forwards = decide(credited, credited_on, sorted(checks), certified=True)
    backwards = decide(credited, credited_on, sorted(checks)[::-1], certified=True)

    assert forwards == backwards


@given(
    credited=tiers, credited_on=credit_days, checks=whole_periods, certified=st.booleans()
)
@example(
    credited=GOLD,
    credited_on=LONG_AGO,
    checks=period(NONE, NONE, NONE, NONE, NONE, PLATINUM),
    certified=True,
).via("L13: kept and raised on the same day")
def test_upgrade_and_evaluation_of_one_day_agree_in_either_order(
    credited: Tier, credited_on: date, checks: list[tuple[date, Tier]], certified: bool
) -> None:
    today = checks[-1][1]

    def raised(tier: Tier) -> Tier:
        risen = upgrade(credited=tier, performing=today, certified=certified, rulebook=B)
        return risen or tier

    first = raised(credited)
    since = credited_on if first is credited else JANUARY
    upgraded_then_evaluated = decide(first, since, checks, certified=certified).tier
    evaluated_then_upgraded = raised(
        decide(credited, credited_on, checks, certified=certified).tier
    )

    assert upgraded_then_evaluated is evaluated_then_upgraded


def test_l13_gold_is_kept_and_raised_to_platinum_on_the_same_day() -> None:
    checks = period(NONE, NONE, NONE, NONE, NONE, PLATINUM)

    found = decide(GOLD, LONG_AGO, checks, certified=True)

    assert found == Decision(tier=GOLD, cause=Cause.KEPT, best=PLATINUM)
    assert (
        upgrade(credited=GOLD, performing=PLATINUM, certified=True, rulebook=B)
        is PLATINUM
    )
