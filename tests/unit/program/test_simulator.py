"""What if deals are won: the evaluation to come, the shortest ways (rulebook 3.4.9)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program import MICRO
from program.rulebook import Membership, Tier
from program.simulator import (
    Ahead,
    Candidate,
    Lack,
    Outcome,
    Position,
    Way,
    binding,
    lack,
    outcome,
    shortest_ways,
)
from program.tiers import Cause, Constraint, Totals, gaps, reached_tier
from tests.unit.program.editions import B, edition

NONE, GOLD, PLATINUM, DIAMOND, ELITE = Tier
JANUARY, DECEMBER = date(2027, 1, 15), date(2026, 12, 15)
ENOUGH_FOR_GOLD = (110, 177, 38)
ENOUGH_FOR_PLATINUM = (325, 450, 150)
ENOUGH_FOR_ELITE = (2_100, 5_200, 1_700)
NOTHING = (0, 0, 0)
GOLD_SINCE_JULY = Position(
    credited=GOLD,
    credited_on=date(2026, 7, 15),
    membership=Membership.PARTNER,
    invited_on=None,
    held=False,
    behind=[(day, GOLD) for day in B.calendar.period(JANUARY)[:4]],
)


def totals(points: tuple[int, int, int]) -> Totals:
    sourced, assisted, managed = (each * MICRO for each in points)
    return Totals(sourced=sourced, assisted=assisted, managed=managed)


def check(on: date, points: tuple[int, int, int], *, certified: bool = True) -> Ahead:
    return Ahead(on=on, totals=totals(points), certified=certified, rulebook=B)


def decided(
    *ahead: tuple[int, int, int], position: Position = GOLD_SINCE_JULY
) -> Outcome:
    """Return what the checks of December and January decide."""
    days = (DECEMBER, JANUARY)[-len(ahead) :]
    return outcome(
        position, [check(day, points) for day, points in zip(days, ahead, strict=True)]
    )


# --- The evaluation to come -----------------------------------------------------------


def test_l16_a_tier_reached_on_the_way_is_credited_and_protected() -> None:
    found = decided(ENOUGH_FOR_PLATINUM, ENOUGH_FOR_GOLD)

    assert found.rises == ((DECEMBER, PLATINUM),)
    assert found.performing is GOLD
    assert found.decision.tier is PLATINUM
    assert found.decision.cause is Cause.PROTECTED


def test_l17_one_reached_on_the_day_alone_is_credited_on_the_day() -> None:
    found = decided(ENOUGH_FOR_GOLD, ENOUGH_FOR_PLATINUM)

    assert found.rises == ((JANUARY, PLATINUM),)
    assert found.decision.cause is Cause.UPGRADED
    assert found.decision.tier is PLATINUM


def test_l18_a_tier_that_nothing_reached_falls_to_the_best_of_the_period() -> None:
    position = replace(
        GOLD_SINCE_JULY, credited=DIAMOND, credited_on=date(2026, 1, 15), held=True
    )

    found = decided(ENOUGH_FOR_PLATINUM, NOTHING, position=position)

    assert found.decision.tier is PLATINUM
    assert found.decision.cause is Cause.DOWNGRADED


def test_who_is_not_in_good_standing_does_not_rise() -> None:
    found = decided(
        ENOUGH_FOR_PLATINUM,
        ENOUGH_FOR_PLATINUM,
        position=replace(GOLD_SINCE_JULY, held=True),
    )

    assert found.rises == ()
    assert found.decision.tier is GOLD
    assert found.performing is PLATINUM


def test_who_is_not_certified_neither_rises_nor_is_safe() -> None:
    found = outcome(
        GOLD_SINCE_JULY, [check(JANUARY, ENOUGH_FOR_PLATINUM, certified=False)]
    )

    assert found.decision.cause is Cause.CERTIFICATION_EXPIRED
    assert found.decision.tier is GOLD


def test_elite_needs_an_invitation_in_force_by_then() -> None:
    def performing(invited_on: date | None) -> Tier:
        position = replace(GOLD_SINCE_JULY, invited_on=invited_on)
        return decided(ENOUGH_FOR_ELITE, position=position).performing

    assert performing(None) is DIAMOND
    assert performing(JANUARY + timedelta(days=1)) is DIAMOND
    assert performing(JANUARY) is ELITE


def test_a_provider_has_no_tier() -> None:
    position = replace(GOLD_SINCE_JULY, membership=Membership.PROVIDER, credited=NONE)

    found = decided(ENOUGH_FOR_ELITE, position=position)

    assert (found.decision.tier, found.performing) == (NONE, NONE)


def test_without_a_check_to_come_there_is_nothing_to_decide() -> None:
    with pytest.raises(ValueError, match="its own check"):
        outcome(GOLD_SINCE_JULY, [])


def test_a_new_partner_has_no_day_of_credit() -> None:
    position = replace(GOLD_SINCE_JULY, credited=NONE, credited_on=None, behind=())

    assert decided(NOTHING, position=position).decision.tier is NONE


# --- What holds back ------------------------------------------------------------------


def test_l19_the_binding_minimum_misses_the_largest_part() -> None:
    found = binding(gaps(totals=totals((298, 377, 150)), rulebook=B, tier=PLATINUM))

    assert found is not None
    assert found.constraint is Constraint.TOTAL
    assert found.short == 100 * MICRO


def test_nothing_binds_where_all_is_met_or_not_enforced() -> None:
    lenient = edition(
        (
            "managed_minimum_enforced = { value = true",
            "managed_minimum_enforced = { value = false",
        )
    )
    numbers = totals((325, 600, 0))

    assert binding(gaps(totals=numbers, rulebook=lenient, tier=PLATINUM)) is None
    assert lack(totals=numbers, rulebook=lenient, tier=PLATINUM).nothing


def test_of_equal_parts_the_first_binds() -> None:
    found = binding(gaps(totals=totals(NOTHING), rulebook=B, tier=GOLD))

    assert found is not None
    assert found.constraint is Constraint.SOLD


# --- The shortest ways ----------------------------------------------------------------

DEAL_A = Candidate(key="A", on=date(2026, 12, 1), points=180 * MICRO, sold=True)
DEAL_B = Candidate(key="B", on=date(2026, 12, 10), points=130 * MICRO, sold=True)
DEAL_C = Candidate(key="C", on=date(2026, 12, 20), points=60 * MICRO, sold=False)
DEAL_D = Candidate(key="D", on=date(2026, 12, 5), points=50 * MICRO, sold=False)
FOUR = (DEAL_A, DEAL_B, DEAL_C, DEAL_D)


def names(ways: Sequence[Way]) -> list[str]:
    return [" + ".join(sorted(deal.key for deal in way.deals)) for way in ways]


def ways_to_platinum(points: tuple[int, int, int], *deals: Candidate) -> tuple[Way, ...]:
    missing = lack(totals=totals(points), rulebook=B, tier=PLATINUM)
    return shortest_ways(deals, missing=missing)


def test_l20_the_shortest_ways_are_a_or_b_with_d_or_b_with_c() -> None:
    assert names(ways_to_platinum((200, 400, 150), *FOUR)) == ["A", "B + D", "B + C"]


def test_l21_no_deal_brings_managed_points() -> None:
    missing = lack(totals=totals((200, 400, 140)), rulebook=B, tier=PLATINUM)

    assert shortest_ways(FOUR, missing=missing) == ()
    # With ten managed points more, which count in the total, it is L20 again.
    assert names(shortest_ways(FOUR, missing=missing.by_deals))[0] == "A"


def test_l22_assisted_deals_alone_bring_no_sourced_points() -> None:
    assert ways_to_platinum((200, 400, 150), DEAL_C, DEAL_D) == ()


def test_l23_what_rounding_forgives_need_not_be_brought() -> None:
    just = replace(DEAL_A, points=174_995_000)
    less = replace(DEAL_A, points=174_994_999)

    assert names(ways_to_platinum((200, 400, 150), just)) == ["A"]
    assert ways_to_platinum((200, 400, 150), less) == ()


def test_a_way_that_is_reached_already_has_no_deals() -> None:
    assert ways_to_platinum(ENOUGH_FOR_PLATINUM, *FOUR) == ()


def test_a_deal_worth_nothing_is_on_no_way() -> None:
    worthless = replace(DEAL_B, key="Z", points=0)

    assert names(ways_to_platinum((200, 400, 150), DEAL_A, worthless)) == ["A"]


def test_no_more_ways_than_asked_for() -> None:
    many = [replace(DEAL_A, key=f"{n:02}") for n in range(20)]
    missing = Lack(sold=MICRO, total=MICRO)

    assert len(shortest_ways(many, missing=missing, limit=3)) == 3


def test_a_long_way_stands_alone() -> None:
    many = [replace(DEAL_A, key=f"{n:02}", points=MICRO) for n in range(40)]

    (way,) = shortest_ways(many, missing=Lack(sold=20 * MICRO, total=20 * MICRO))

    assert len(way.deals) == 20


candidates = st.lists(
    st.builds(
        Candidate,
        key=st.just(""),
        on=st.dates(date(2026, 12, 1), date(2026, 12, 6)),
        points=st.integers(0, 12),
        sold=st.booleans(),
    ),
    max_size=7,
).map(lambda found: [replace(one, key=str(n)) for n, one in enumerate(found)])
lacks = st.builds(Lack, sold=st.integers(0, 25), total=st.integers(0, 40))


def is_enough(deals: Sequence[Candidate], missing: Lack) -> bool:
    sold = sum(deal.points for deal in deals if deal.sold)
    return sold >= missing.sold and sum(one.points for one in deals) >= missing.total


@given(candidates, lacks)
def test_the_ways_are_those_of_trying_every_set(
    deals: list[Candidate], missing: Lack
) -> None:
    """By brute force: the shortest set, complete first, and no set within another."""
    every = [
        chosen
        for length in range(1, len(deals) + 1)
        for chosen in combinations(deals, length)
        if is_enough(chosen, missing)
    ]
    minimal = {
        frozenset(one.key for one in chosen)
        for chosen in every
        if not any(
            is_enough([one for one in chosen if one is not left], missing)
            for left in chosen
        )
    }

    found = shortest_ways(deals, missing=missing, limit=200)

    if missing.nothing:
        assert found == ()
        return
    keys = [frozenset(deal.key for deal in way.deals) for way in found]
    assert len(set(keys)) == len(keys)
    assert set(keys) <= minimal
    assert bool(found) == bool(every)
    order = [(len(way.deals), way.on) for way in found]
    assert order == sorted(order)
    if found:
        shortest = min(len(chosen) for chosen in every)
        first = min(
            max(one.on for one in chosen) for chosen in every if len(chosen) == shortest
        )
        assert order[0] == (shortest, first)
        # Whatever is dropped from the first way, another is found if there is one.
        for key in keys[0]:
            others = [one for one in every if key not in {each.key for each in one}]
            assert bool(others) == any(key not in way for way in keys)


@given(st.tuples(*[st.integers(0, 3_000 * MICRO)] * 3), st.sampled_from(Tier))
def test_what_is_lacking_is_exactly_what_reaches_the_tier(
    points: tuple[int, int, int], tier: Tier
) -> None:
    sourced, assisted, managed = points
    missing = lack(
        totals=Totals(sourced=sourced, assisted=assisted, managed=managed),
        rulebook=B,
        tier=tier,
    )
    sold = sourced + missing.sold
    managed += missing.managed
    rest = max(0, missing.total - missing.sold - missing.managed)
    filled = Totals(sourced=sold, assisted=assisted + rest, managed=managed)

    assert reached_tier(totals=filled, rulebook=B) >= tier
    if missing.sold:
        short = replace(filled, sourced=sold - 1)
        assert reached_tier(totals=short, rulebook=B) < tier
