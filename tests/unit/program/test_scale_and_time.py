"""Amounts by the scale, the proof and the window (rulebook 2.2, 3.1, 3.10)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.calendar import add_months
from program.money import Money
from program.points import (
    UnknownUnitError,
    proof_is_valid,
    reaches,
    sold_expiry,
    unit_of,
)
from tests.unit.program.editions import B, edition

units = st.sampled_from(sorted(B.points.units))
minors = st.integers(0, 10**13)


@pytest.mark.parametrize(
    ("amount", "currency", "enough"),
    [
        pytest.param("3000", "USD", True, id="V1 exactly"),
        pytest.param("2999.99", "USD", False, id="V2"),
        pytest.param("2250", "EUR", True, id="V3"),
        pytest.param("2249.99", "EUR", False, id="V4"),
        pytest.param("360000", "JPY", True, id="V5"),
    ],
)
def test_amounts_are_compared_by_the_scale(
    amount: str, currency: str, enough: bool
) -> None:
    found = reaches(
        amount=Money.of(amount, currency), minimum=Money.of("3000", "USD"), rulebook=B
    )

    assert found is enough


def test_v6_an_amount_off_the_scale_cannot_be_compared() -> None:
    minimum = Money.of("3000", "USD")

    with pytest.raises(UnknownUnitError, match="NOK"):
        reaches(amount=Money.of("100000", "NOK"), minimum=minimum, rulebook=B)


@given(minor=minors, minimum=minors, currency=units)
def test_within_one_currency_the_scale_changes_nothing(
    minor: int, minimum: int, currency: str
) -> None:
    found = reaches(
        amount=Money(minor, currency), minimum=Money(minimum, currency), rulebook=B
    )

    assert found is (minor >= minimum)


def test_the_scale_of_the_guide() -> None:
    amounts = {code: unit_of(code, rulebook=B).amount for code in B.points.units}

    assert {code: str(amount) for code, amount in amounts.items()} == {
        "USD": "100.00",
        "AUD": "105.00",
        "COP": "300300.00",
        "EUR": "75.00",
        "GBP": "62.50",
        "SGD": "140.00",
        "JPY": "12000",
        "ZAR": "1545.00",
        "CAD": "130.00",
    }


@pytest.mark.parametrize(
    ("closed_on", "poi_on", "counts"),
    [
        pytest.param(date(2025, 4, 1), date(2025, 1, 1), True, id="F1"),
        pytest.param(date(2025, 4, 1), date(2024, 12, 31), False, id="F2"),
        pytest.param(date(2025, 4, 1), date(2025, 4, 1), True, id="F3"),
        pytest.param(date(2025, 4, 1), date(2025, 4, 15), True, id="F4"),
        pytest.param(date(2025, 4, 1), date(2025, 4, 16), False, id="F5"),
        pytest.param(date(2025, 4, 1), None, False, id="F6"),
        pytest.param(date(2024, 5, 31), date(2024, 3, 2), True, id="F7"),
        pytest.param(date(1, 1, 1), date(1, 1, 1), True, id="the first day of all"),
        pytest.param(date.max, date.max, True, id="the last day of all"),
    ],
)
def test_proof_is_valid_from_90_days_before_to_14_after(
    closed_on: date, poi_on: date | None, counts: bool
) -> None:
    assert proof_is_valid(closed_on=closed_on, poi_on=poi_on, rulebook=B) is counts


def test_an_edition_may_do_without_proof() -> None:
    lenient = edition(
        (
            'required = { value = true, rule = "R45, 3.10" }',
            'required = { value = false, rule = "R45, 3.10" }',
        )
    )

    assert proof_is_valid(closed_on=date(2025, 4, 1), poi_on=None, rulebook=lenient)


@pytest.mark.parametrize(
    ("closed_on", "expiry"),
    [
        pytest.param(date(2024, 7, 15), date(2025, 7, 15), id="W1"),
        pytest.param(date(2024, 7, 16), date(2025, 7, 16), id="W2"),
        pytest.param(date(2024, 2, 29), date(2025, 2, 28), id="W3"),
        pytest.param(date(2024, 2, 28), date(2025, 2, 28), id="W4"),
        pytest.param(date(2024, 3, 1), date(2025, 3, 1), id="W5"),
    ],
)
def test_sold_points_leave_on_the_same_day_a_year_later(
    closed_on: date, expiry: date
) -> None:
    assert sold_expiry(closed_on, B) == expiry


@given(closed_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_deal_counts_for_a_whole_year(closed_on: date) -> None:
    counted = sold_expiry(closed_on, B) - closed_on

    assert timedelta(days=365) <= counted <= timedelta(days=366)
    assert sold_expiry(closed_on, B) == add_months(closed_on, 12)
