"""Who joins a deal (R44, R47, R48, C3; rulebook 2.7)."""

from __future__ import annotations

import random

import pytest

from program.assignments import (
    Area,
    Candidate,
    Line,
    Need,
    Passed,
    Task,
    choose,
    needs,
    reaches_engineer,
)
from program.money import Money
from program.rulebook import Edition
from tests.unit.program.editions import B

RULEBOOK = B
GROWTH = Need(task=Task.GROWTH, product_line="", rule="R44", reason="shared")


def line(
    product: str = "sales_hub",
    edition: str = "professional",
    minor: int = 100_000,
    currency: str = "USD",
    credits: int | None = None,
) -> Line:
    return Line(
        product_line=product,
        edition=Edition(edition),
        mrr=Money(minor, currency),
        credits=credits,
    )


def tasks(*lines: Line) -> list[tuple[str, str]]:
    return [
        (each.task.value, each.product_line) for each in needs(lines, rulebook=RULEBOOK)
    ]


def test_every_shared_deal_needs_a_growth_specialist() -> None:
    assert tasks() == [("growth", "")]
    assert tasks(line()) == [("growth", "")]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (True, line("service_hub", "professional")),
        (True, line("operations_hub", "enterprise")),
        (False, line("service_hub", "starter")),
        (True, line("breeze_intelligence", "professional", credits=10_001)),
        (False, line("breeze_intelligence", "professional", credits=10_000)),
        (False, line("breeze_intelligence", "professional")),
    ],
)
def test_a_product_specialist_joins_for_these_products(wanted: bool, given: Line) -> None:
    assert (("product", given.product_line) in tasks(given)) is wanted


@pytest.mark.parametrize(
    ("lines", "reached"),
    [
        ([line(minor=300_000)], True),
        ([line(minor=299_999)], False),
        ([line(minor=225_000, currency="EUR")], True),
        ([line(minor=150_000), line("content_hub", minor=112_500, currency="EUR")], True),
        (
            [line(minor=150_000), line("content_hub", minor=112_499, currency="EUR")],
            False,
        ),
        ([line(minor=10**12, currency="INR")], False),
    ],
    ids=["3,000", "a cent less", "EUR 2,250", "half and half", "not quite", "no unit"],
)
def test_an_engineer_joins_from_3000_by_the_point_scale(
    lines: list[Line], reached: bool
) -> None:
    assert reaches_engineer(lines, rulebook=RULEBOOK) is reached
    assert (("engineer", "") in tasks(*lines)) is reached


def candidate(number: int, *areas: Area, **facts: object) -> Candidate:
    return Candidate(id=number, task=Task.GROWTH, areas=areas, **facts)  # type: ignore[arg-type]


def chosen(
    *candidates: Candidate, territory: str = "FR", segment: str = "small"
) -> int | None:
    shuffled = list(candidates)
    random.shuffle(shuffled)
    return choose(GROWTH, shuffled, territory=territory, segment=segment).candidate


def test_the_closest_area_comes_first() -> None:
    everywhere = candidate(1, Area())
    segment = candidate(2, Area(segment="small"))
    territory = candidate(3, Area(territory="FR"), open_deals=99)
    both = candidate(4, Area(territory="FR", segment="small"), open_deals=99)

    assert chosen(everywhere, segment, territory, both) == 4
    assert chosen(everywhere, segment, territory) == 3
    assert chosen(everywhere, segment) == 2
    assert chosen(everywhere) == 1


def test_then_the_lightest_load_and_the_oldest() -> None:
    busy = candidate(1, Area(), open_deals=5, capacity=10)
    idle = candidate(2, Area(), open_deals=8, capacity=20)
    assert chosen(busy, idle) == 2
    assert chosen(candidate(7, Area()), candidate(3, Area())) == 3


def test_says_why_others_were_passed_over() -> None:
    choice = choose(
        GROWTH,
        [
            candidate(1, Area(territory="DE")),
            candidate(2, Area(), absent=True),
            candidate(3, Area(), open_deals=2, capacity=2),
            candidate(4, Area(), open_deals=1, capacity=2),
            Candidate(id=5, task=Task.ENGINEER, areas=(Area(),)),
        ],
        territory="FR",
        segment="",
    )
    assert choice.candidate == 4
    assert choice.passed == {Passed.ELSEWHERE: 1, Passed.ABSENT: 1, Passed.FULL: 1}


def test_nobody_free_is_an_answer() -> None:
    choice = choose(GROWTH, [candidate(1)], territory="FR", segment="small")
    assert (choice.candidate, choice.area) == (None, None)
    assert choice.passed == {Passed.ELSEWHERE: 1}
