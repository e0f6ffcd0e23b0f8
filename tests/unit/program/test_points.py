"""Points from money (rulebook 2.1 to 2.3, 3.1, 3.10)."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from program import MICRO
from program.money import Money
from program.points import (
    PointsCalculation,
    UnknownUnitError,
    managed_points,
    managed_share,
    sold_points,
)
from program.rulebook import Kind, Rulebook
from tests.unit.program.editions import A, B, edition

SOURCED, ASSISTED = Kind.SOURCED, Kind.ASSISTED

units = st.sampled_from(sorted(B.points.units))
minors = st.integers(0, 10**13)
sold_kinds = st.sampled_from([SOURCED, ASSISTED])
territories = st.sampled_from(["US", "FR", "MA", "IN", "PL", "BR", "RE"])


@pytest.mark.parametrize("rulebook", [A, B], ids=["2025-A", "2025-B"])
@pytest.mark.parametrize(
    ("kind", "territory", "mrr", "micro"),
    [
        pytest.param(SOURCED, "US", "1000 USD", 50_000_000, id="P1"),
        pytest.param(SOURCED, "PL", "750 EUR", 100_000_000, id="P2 growth"),
        pytest.param(ASSISTED, "FR", "750 EUR", 30_000_000, id="P3"),
        pytest.param(ASSISTED, "IN", "1000 USD", 60_000_000, id="P4 growth"),
        pytest.param(SOURCED, "JP", "18000 JPY", 7_500_000, id="P7 half a unit"),
        pytest.param(SOURCED, "CO", "300300 COP", 10_000_000, id="P8"),
        pytest.param(SOURCED, "RE", "75 EUR", 10_000_000, id="P9 stored as RE"),
        pytest.param(SOURCED, "FR", "75 EUR", 5_000_000, id="P9 stored as FR"),
        pytest.param(SOURCED, "MA", "100 USD", 5_000_000, id="P10 not listed"),
        pytest.param(SOURCED, "CA", "130 CAD", 5_000_000, id="P11"),
        pytest.param(SOURCED, "SG", "140 SGD", 10_000_000, id="P12"),
        pytest.param(SOURCED, "PR", "100 USD", 10_000_000, id="P13 boundary"),
        pytest.param(SOURCED, "FR", "0.01 EUR", 667, id="P15 one cent"),
        pytest.param(ASSISTED, "FR", "100 EUR", 4_000_000, id="P16"),
        pytest.param(SOURCED, "FR", "-100 EUR", -6_666_667, id="P17 taken back"),
    ],
)
def test_rulebook_examples_of_sold_points(
    kind: Kind, territory: str, mrr: str, micro: int, rulebook: Rulebook
) -> None:
    amount, currency = mrr.split()

    found = sold_points(
        mrr=Money.of(amount, currency), kind=kind, territory=territory, rulebook=rulebook
    )

    assert found.points == micro


@pytest.mark.parametrize(
    ("territory", "amount", "currency", "micro"),
    [
        pytest.param("GB", "6250", "GBP", [100_000_000], id="P5 one partner"),
        pytest.param("GB", "6250", "GBP", [50_000_000] * 2, id="P5 two partners"),
        pytest.param("BR", "1000", "USD", [20_000_000], id="P6 growth"),
        pytest.param("FR", "100", "EUR", [444_445, 444_444, 444_444], id="P18 three"),
    ],
)
def test_rulebook_examples_of_managed_points(
    territory: str, amount: str, currency: str, micro: list[int]
) -> None:
    mrr = Money.of(amount, currency)

    found = [
        managed_points(
            mrr=mrr, territory=territory, parts=len(micro), part=part, rulebook=B
        )
        for part in range(len(micro))
    ]

    assert [calculation.points for calculation in found] == micro
    assert [calculation.part for calculation in found] == list(range(len(micro)))


@pytest.mark.parametrize(
    ("whole", "shares"),
    [
        pytest.param(100_000_000, [50_000_000, 50_000_000], id="S1"),
        pytest.param(1_333_333, [444_445, 444_444, 444_444], id="S2"),
        pytest.param(7, [2, 2, 3], id="S3 the odd one to the last"),
        pytest.param(8, [3, 2, 3], id="S4 past the last to the first"),
        pytest.param(0, [0, 0], id="nothing"),
        pytest.param(42, [42], id="one partner"),
    ],
)
def test_rulebook_examples_of_shares(whole: int, shares: list[int]) -> None:
    parts = len(shares)

    assert shares == [
        managed_share(whole=whole, parts=parts, part=part) for part in range(parts)
    ]


@given(whole=st.integers(0, 10**15), parts=st.integers(1, 40))
def test_shares_of_a_sum_add_up_whoever_gets_the_remainder(
    whole: int, parts: int
) -> None:
    shares = [managed_share(whole=whole, parts=parts, part=part) for part in range(parts)]

    assert sum(shares) == whole
    assert max(shares) - min(shares) <= 1


@given(parts=st.integers(2, 12))
def test_no_partner_is_favoured_on_all_its_clients(parts: int) -> None:
    """Over `parts` neighbouring sums with a remainder of 1, each partner gets it once."""
    sums = [share * parts + 1 for share in range(parts)]

    lucky = [
        [managed_share(whole=whole, parts=parts, part=part) for part in range(parts)]
        for whole in sums
    ]

    assert {shares.index(max(shares)) for shares in lucky} == set(range(parts))


def test_p14_a_currency_without_a_unit_keeps_the_points_pending() -> None:
    mrr = Money.of("1000", "NOK")

    with pytest.raises(UnknownUnitError, match=r"NOK is not on .* 2025-B") as caught:
        sold_points(mrr=mrr, kind=SOURCED, territory="NO", rulebook=B)

    assert (caught.value.currency, caught.value.edition) == ("NOK", "2025-B")


@pytest.mark.parametrize(
    ("frozen", "micro"),
    [
        pytest.param(True, 10_000_000, id="P19 frozen as growth"),
        pytest.param(False, 5_000_000, id="frozen as ordinary"),
    ],
)
def test_a_frozen_growth_flag_outlives_the_list(frozen: bool, micro: int) -> None:
    territory = "US" if frozen else "IN"

    found = sold_points(
        mrr=Money.of("100", "USD"),
        kind=SOURCED,
        territory=territory,
        growth=frozen,
        rulebook=B,
    )

    assert (found.points, found.growth) == (micro, frozen)


def test_a_calculation_carries_every_fact_of_its_receipt() -> None:
    found = sold_points(
        mrr=Money.of("750", "EUR"), kind=SOURCED, territory="PL", rulebook=B
    )

    assert found == PointsCalculation(
        points=100_000_000,
        mrr=Money(75_000, "EUR"),
        unit=Money(7_500, "EUR"),
        rate=5,
        multiplier=2,
        growth=True,
        territory="PL",
        kind=SOURCED,
        parts=1,
        part=0,
    )


def test_managed_points_are_not_sold() -> None:
    with pytest.raises(ValueError, match="managed points are not sold"):
        sold_points(mrr=Money(100, "USD"), kind=Kind.MANAGED, territory="US", rulebook=B)


@pytest.mark.parametrize(("parts", "part"), [(0, 0), (2, 2), (2, -1)])
def test_a_part_is_one_of_its_parts(parts: int, part: int) -> None:
    with pytest.raises(ValueError, match="is not one of"):
        managed_points(
            mrr=Money(100, "USD"), territory="US", parts=parts, part=part, rulebook=B
        )


def test_a_half_of_a_millionth_goes_away_from_zero() -> None:
    scale = edition(
        ('USD = { value = 100, rule = "R24" }', 'USD = { value = 800000, rule = "R24" }')
    )

    found = [
        sold_points(mrr=Money(minor, "USD"), kind=SOURCED, territory="US", rulebook=scale)
        for minor in (8, -8)
    ]

    assert [calculation.points for calculation in found] == [1, -1]


@given(minor=minors, more=minors, currency=units, kind=sold_kinds, territory=territories)
def test_more_money_never_gives_fewer_points(
    minor: int, more: int, currency: str, kind: Kind, territory: str
) -> None:
    less, greater = (
        sold_points(
            mrr=Money(amount, currency), kind=kind, territory=territory, rulebook=B
        ).points
        for amount in (minor, minor + more)
    )

    assert less <= greater


@given(minor=minors, currency=units, kind=sold_kinds, territory=territories)
@example(minor=1, currency="EUR", kind=SOURCED, territory="FR")
def test_points_are_the_exact_quotient_rounded_once(
    minor: int, currency: str, kind: Kind, territory: str
) -> None:
    mrr = Money(minor, currency)

    found = sold_points(mrr=mrr, kind=kind, territory=territory, rulebook=B)
    back = sold_points(mrr=-mrr, kind=kind, territory=territory, rulebook=B)

    exact = minor * found.rate * found.multiplier * MICRO
    assert 2 * abs(found.points * found.unit.minor - exact) <= found.unit.minor
    assert back.points == -found.points


@given(minor=minors, currency=units, kind=sold_kinds)
def test_growth_markets_give_at_least_as_much(
    minor: int, currency: str, kind: Kind
) -> None:
    ordinary, growth = (
        sold_points(
            mrr=Money(minor, currency), kind=kind, territory=territory, rulebook=B
        ).points
        for territory in ("US", "IN")
    )

    assert abs(growth - 2 * ordinary) <= 1


@given(minor=minors, currency=units, territory=territories, parts=st.integers(1, 40))
def test_shares_of_a_client_add_up_to_the_client(
    minor: int, currency: str, territory: str, parts: int
) -> None:
    mrr = Money(minor, currency)

    shares = [
        managed_points(
            mrr=mrr, territory=territory, parts=parts, part=part, rulebook=B
        ).points
        for part in range(parts)
    ]
    whole = managed_points(
        mrr=mrr, territory=territory, parts=1, part=0, rulebook=B
    ).points

    assert sum(shares) == whole
    assert max(shares) - min(shares) <= 1


@dataclass(frozen=True)
class Line:
    minor: int
    currency: str
    kind: Kind
    territory: str


lines_of_all_kinds = st.lists(
    st.builds(Line, minors, units, st.sampled_from(Kind), territories), max_size=8
)


def totals(lines: Sequence[Line]) -> dict[Kind, int]:
    """Return the points of each kind, computed from one line after the other."""
    sums = dict.fromkeys(Kind, 0)
    for line in lines:
        mrr = Money(line.minor, line.currency)
        if line.kind is Kind.MANAGED:
            found = managed_points(
                mrr=mrr, territory=line.territory, parts=1, part=0, rulebook=B
            )
        else:
            found = sold_points(
                mrr=mrr, kind=line.kind, territory=line.territory, rulebook=B
            )
        sums[found.kind] += found.points
    return sums


@given(lines=lines_of_all_kinds, data=st.data())
def test_totals_do_not_depend_on_the_order_of_the_lines(
    lines: list[Line], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(lines))

    assert totals(shuffled) == totals(lines)


@given(lines=lines_of_all_kinds, more=lines_of_all_kinds)
def test_totals_of_two_lots_are_the_sum_of_theirs(
    lines: list[Line], more: list[Line]
) -> None:
    """No line is worth more or less for what was computed before it."""
    together, first, second = totals(more + lines), totals(lines), totals(more)

    assert together == {kind: first[kind] + second[kind] for kind in Kind}
