"""Thresholds, the performing tier and upgrades (rulebook 2.5, 3.4.2)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program import MICRO
from program.rulebook import Kind, Membership, Rulebook, Tier
from program.tiers import (
    Constraint,
    Gap,
    Totals,
    gaps,
    is_upgrade_day,
    performing_tier,
    reached_tier,
    upgrade,
)
from tests.unit.program.editions import A, B, edition

NONE, GOLD, PLATINUM, DIAMOND, ELITE = Tier
PARTNER, PROVIDER = Membership.PARTNER, Membership.PROVIDER

points = st.integers(0, 12_000 * MICRO)
tiers = st.sampled_from(Tier)


def totals(text: str) -> Totals:
    sourced, assisted, managed = (
        int(Decimal(part) * MICRO) for part in text.split(" / ")
    )
    return Totals(sourced=sourced, assisted=assisted, managed=managed)


def performing(
    numbers: Totals,
    rulebook: Rulebook,
    *,
    membership: Membership = PARTNER,
    admitted: bool = False,
) -> Tier:
    return performing_tier(
        totals=numbers, rulebook=rulebook, membership=membership, elite_admitted=admitted
    )


@pytest.mark.parametrize(
    ("numbers", "by_table_a", "by_table_b"),
    [
        pytest.param("60 / 200 / 45", GOLD, NONE, id="T1"),
        pytest.param("110 / 150 / 65", GOLD, GOLD, id="T2 exactly enough"),
        pytest.param("110 / 178 / 37.99", NONE, NONE, id="T3"),
        pytest.param("325 / 450 / 150", PLATINUM, PLATINUM, id="T4"),
        pytest.param("949.99 / 1700 / 600", DIAMOND, PLATINUM, id="T5"),
        pytest.param("2100 / 5200 / 1700", DIAMOND, DIAMOND, id="T6 not invited"),
        pytest.param("113 / 0 / 186.995", GOLD, NONE, id="T10 rounds up"),
        pytest.param("113 / 0 / 186.994999", NONE, NONE, id="T11 rounds down"),
        pytest.param("0 / 0 / 0", NONE, NONE, id="T14"),
    ],
)
def test_rulebook_examples(numbers: str, by_table_a: Tier, by_table_b: Tier) -> None:
    assert performing(totals(numbers), A) is by_table_a
    assert performing(totals(numbers), B) is by_table_b


def test_t3_is_gold_when_the_managed_minimum_is_off() -> None:
    lenient = edition(
        (
            "managed_minimum_enforced = { value = true",
            "managed_minimum_enforced = { value = false",
        )
    )

    assert performing(totals("110 / 178 / 37.99"), lenient) is GOLD


def test_t6_is_a_candidate_and_t12_is_admitted() -> None:
    numbers = totals("2100 / 5200 / 1700")

    assert reached_tier(totals=numbers, rulebook=B) is ELITE
    assert performing(numbers, B, admitted=False) is DIAMOND
    assert performing(numbers, B, admitted=True) is ELITE


def test_t13_a_provider_has_no_tier() -> None:
    numbers = totals("2100 / 5200 / 1700")

    assert performing(numbers, B, membership=PROVIDER, admitted=True) is NONE


def test_an_edition_may_open_elite_to_numbers() -> None:
    open_to_all = edition(
        (
            "elite_requires_invitation = { value = true",
            "elite_requires_invitation = { value = false",
        )
    )

    assert performing(totals("2100 / 5200 / 1700"), open_to_all) is ELITE


def test_gaps_of_t1_to_gold_by_table_b() -> None:
    found = gaps(totals=totals("60 / 200 / 45"), rulebook=B, tier=GOLD)

    assert found == (
        Gap(
            constraint=Constraint.SOLD,
            have=60 * MICRO,
            need=110 * MICRO,
            short=50 * MICRO,
            met=False,
            enforced=True,
        ),
        Gap(
            constraint=Constraint.MANAGED,
            have=45 * MICRO,
            need=38 * MICRO,
            short=0,
            met=True,
            enforced=True,
        ),
        Gap(
            constraint=Constraint.TOTAL,
            have=305 * MICRO,
            need=325 * MICRO,
            short=20 * MICRO,
            met=False,
            enforced=True,
        ),
    )


def test_the_sold_gap_follows_the_basis_of_its_table() -> None:
    numbers = totals("60 / 200 / 45")

    sold = [gaps(totals=numbers, rulebook=rulebook, tier=GOLD)[0] for rulebook in (A, B)]

    assert [gap.have for gap in sold] == [260 * MICRO, 60 * MICRO]


def test_a_gap_counts_what_rounding_does_not_give() -> None:
    numbers = totals("112.994 / 0 / 0")

    gap = gaps(totals=numbers, rulebook=A, tier=GOLD)[0]

    assert (gap.have, gap.short, gap.met) == (112_994_000, 10_000, False)


def test_an_unenforced_minimum_is_shown_as_such() -> None:
    lenient = edition(
        (
            "managed_minimum_enforced = { value = true",
            "managed_minimum_enforced = { value = false",
        )
    )

    gap = gaps(totals=Totals(), rulebook=lenient, tier=GOLD)[1]

    assert (gap.met, gap.enforced, gap.short) == (False, False, 38 * MICRO)


def test_no_tier_has_no_gaps_and_no_row() -> None:
    assert gaps(totals=Totals(), rulebook=B, tier=NONE) == ()
    with pytest.raises(KeyError):
        B.table.rows_by(NONE)


def test_totals_sum_each_kind_once() -> None:
    numbers = Totals(sourced=1, assisted=20, managed=300)

    assert numbers.total == 321
    assert numbers.of([Kind.SOURCED, Kind.SOURCED]) == 1
    assert numbers.of(A.table.sold_basis) == 21
    assert numbers.of([]) == 0


@given(
    sourced=points, assisted=points, managed=points, more=points, kind=st.integers(0, 2)
)
def test_more_points_never_give_a_lower_tier(
    sourced: int, assisted: int, managed: int, more: int, kind: int
) -> None:
    values = [sourced, assisted, managed]
    before = Totals(sourced=values[0], assisted=values[1], managed=values[2])
    values[kind] += more
    after = Totals(sourced=values[0], assisted=values[1], managed=values[2])

    for rulebook in (A, B):
        assert performing(before, rulebook) <= performing(after, rulebook)


@given(
    sourced=points, assisted=points, managed=points, tier=st.sampled_from(list(Tier)[1:])
)
def test_gaps_say_what_the_tier_says(
    sourced: int, assisted: int, managed: int, tier: Tier
) -> None:
    numbers = Totals(sourced=sourced, assisted=assisted, managed=managed)

    found = gaps(totals=numbers, rulebook=B, tier=tier)

    assert all(gap.met for gap in found) is (
        reached_tier(totals=numbers, rulebook=B) >= tier
    )
    assert all(gap.met is (gap.short == 0) for gap in found)


@given(
    sourced=points, assisted=points, managed=points, tier=st.sampled_from(list(Tier)[1:])
)
def test_closing_every_gap_reaches_the_tier(
    sourced: int, assisted: int, managed: int, tier: Tier
) -> None:
    sold, served, total = gaps(
        totals=Totals(sourced=sourced, assisted=assisted, managed=managed),
        rulebook=B,
        tier=tier,
    )

    closed = Totals(
        sourced=sourced + sold.short,
        assisted=assisted + total.short,
        managed=managed + served.short,
    )

    assert reached_tier(totals=closed, rulebook=B) >= tier


@pytest.mark.parametrize(
    ("credited", "performs", "certified", "expected"),
    [
        pytest.param(GOLD, PLATINUM, True, PLATINUM, id="U1"),
        pytest.param(NONE, DIAMOND, True, DIAMOND, id="U2"),
        pytest.param(GOLD, PLATINUM, False, None, id="U3 not certified"),
        pytest.param(PLATINUM, GOLD, True, None, id="U4"),
        pytest.param(PLATINUM, ELITE, True, DIAMOND, id="U5"),
        pytest.param(DIAMOND, ELITE, True, None, id="U6"),
        pytest.param(ELITE, ELITE, True, None, id="U7"),
    ],
)
def test_an_upgrade_at_a_check(
    credited: Tier, performs: Tier, certified: bool, expected: Tier | None
) -> None:
    found = upgrade(
        credited=credited, performing=performs, certified=certified, rulebook=B
    )

    assert found is expected


def test_an_edition_may_do_without_the_certification() -> None:
    lenient = edition(
        (
            'required = { value = true, rule = "R8, 3.4" }',
            'required = { value = false, rule = "R8, 3.4" }',
        )
    )

    found = upgrade(credited=NONE, performing=GOLD, certified=False, rulebook=lenient)

    assert found is GOLD


@given(credited=tiers, performs=tiers, certified=st.booleans())
def test_an_upgrade_rises_once_and_never_to_elite(
    credited: Tier, performs: Tier, certified: bool
) -> None:
    risen = upgrade(
        credited=credited, performing=performs, certified=certified, rulebook=B
    )

    assert risen is None or (credited < risen <= performs and risen is not ELITE)
    assert risen is None or (
        upgrade(credited=risen, performing=performs, certified=certified, rulebook=B)
        is None
    )


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("monthly_15", [date(2025, 8, 15), date(2025, 10, 15)]),
        ("quarterly", [date(2025, 10, 15)]),
        ("immediate", [date(2025, 8, 14), date(2025, 8, 15), date(2025, 10, 15)]),
    ],
)
def test_upgrades_are_granted_on_the_days_of_the_schedule(
    schedule: str, days: list[date]
) -> None:
    rulebook = edition(('value = "monthly_15"', f'value = "{schedule}"'))
    asked = [date(2025, 8, 14), date(2025, 8, 15), date(2025, 10, 15)]

    assert [day for day in asked if is_upgrade_day(on=day, rulebook=rulebook)] == days
