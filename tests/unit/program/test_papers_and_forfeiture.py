"""Which papers are needed where, and what is lost for want of them (rulebook 3.8)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.commission import forfeited_on
from program.forfeiture import Held, late_needs, lost_through, unmet
from program.payout import (
    TAXED_COUNTRIES,
    Need,
    Paper,
    demandable,
    expires_on,
    lasting,
    needs_of,
)
from tests.unit.program.editions import B

CLOSED = date(2025, 3, 10)
LOST = date(2025, 9, 10)
BANK, W9 = Need((Paper.BANK_FORM,)), Need((Paper.W9,))
W8 = Need((Paper.W8BEN, Paper.W8BEN_E))
INVOICE = Need((Paper.TAX_INVOICE,), quarterly=True)
SECURITY = Need((Paper.SOCIAL_SECURITY,), quarterly=True)
COLOMBIA = (BANK, W8, Need((Paper.RUT,)), Need((Paper.BANK_CERTIFICATE,)), INVOICE)


@pytest.mark.parametrize(
    ("country", "demanded", "needs"),
    [
        pytest.param("US", (), (BANK, W9), id="Z1"),
        pytest.param("DE", (), (BANK, W8, INVOICE), id="Z2"),
        pytest.param("HK", (), (BANK, W8), id="Z3"),
        pytest.param("CO", (), COLOMBIA, id="Z4"),
        pytest.param("CO", (Paper.SOCIAL_SECURITY,), (*COLOMBIA, SECURITY), id="Z5"),
        ("DE", (Paper.SOCIAL_SECURITY,), (BANK, W8, INVOICE)),
        ("MY", (), (BANK, W8)),
        ("JP", (), (BANK, W8, INVOICE)),
        ("MX", (), (BANK, W8, INVOICE)),
    ],
)
def test_a_country_needs_these_papers(
    country: str, demanded: tuple[Paper, ...], needs: tuple[Need, ...]
) -> None:
    assert needs_of(country, demanded=demanded) == needs


def test_what_is_filed_for_a_quarter_is_not_lasting() -> None:
    assert lasting(needs_of("CO", demanded=demandable("CO"))) == COLOMBIA[:4]
    assert "US" not in TAXED_COUNTRIES


@pytest.mark.parametrize(
    ("paper", "signed_on", "until"),
    [
        pytest.param(
            Paper.W8BEN_E, date(2026, 2, 5), date(2030, 1, 1), id="Z6 three years more"
        ),
        (Paper.W8BEN, date(2025, 12, 31), date(2029, 1, 1)),
        (Paper.W9, date(2020, 1, 1), None),
        (Paper.RUT, date(2020, 1, 1), None),
    ],
)
def test_a_w8_holds_until_the_end_of_the_third_year_after(
    paper: Paper, signed_on: date, until: date | None
) -> None:
    assert expires_on(paper, signed_on) == until


def held(paper: Paper, from_on: date, until_on: date | None = None) -> Held:
    return Held(paper, from_on, until_on)


BOTH = (BANK, W9)
FORM = held(Paper.BANK_FORM, date(2025, 1, 1))


@pytest.mark.parametrize(
    ("papers", "late"),
    [
        # M10 of the dossier: nothing came in within six months.
        pytest.param((), BOTH, id="Z7 nothing filed (M10)"),
        pytest.param((FORM,), (W9,), id="Z8 one of two"),
        pytest.param((FORM, held(Paper.W9, date(2025, 9, 9))), (), id="Z9 last day"),
        pytest.param((FORM, held(Paper.W9, LOST)), (W9,), id="Z10 a day late"),
        pytest.param(
            (
                held(Paper.BANK_FORM, date(2025, 1, 1), date(2025, 5, 1)),
                held(Paper.W9, date(2025, 4, 1)),
            ),
            (),
            id="Z11 together for a month",
        ),
        pytest.param(
            (
                held(Paper.BANK_FORM, date(2025, 1, 1), date(2025, 4, 1)),
                held(Paper.W9, date(2025, 4, 1)),
            ),
            (BANK,),
            id="Z12 never together",
        ),
        (
            (
                held(Paper.BANK_FORM, date(2024, 1, 1), CLOSED),
                held(Paper.W9, date(2024, 1, 1)),
            ),
            (BANK,),
        ),
        (
            (
                held(Paper.BANK_FORM, date(2024, 1, 1), CLOSED + timedelta(days=1)),
                held(Paper.W9, date(2024, 1, 1)),
            ),
            (),
        ),
    ],
)
def test_papers_that_came_in_time_save_what_accrued(
    papers: tuple[Held, ...], late: tuple[Need, ...]
) -> None:
    assert late_needs(BOTH, papers, closed_on=CLOSED, lost_on=LOST) == late


def test_z13_what_is_lost_is_what_accrued_before_the_day() -> None:
    lost_on = forfeited_on(CLOSED, rulebook=B)

    assert lost_on == LOST
    assert lost_through(lost_on) == date(2025, 8, 1)
    assert lost_through(date(2025, 1, 1)) == date(2024, 12, 1)


DAYS = st.integers(-30, 40).map(lambda days: CLOSED + timedelta(days=days))
PAPERS = st.lists(
    st.builds(
        lambda paper, one, other: Held(
            paper, min(one, other), None if one == other else max(one, other)
        ),
        st.sampled_from([Paper.BANK_FORM, Paper.W9, Paper.W8BEN, Paper.W8BEN_E]),
        DAYS,
        DAYS,
    ),
    max_size=8,
)
NEEDS = st.lists(st.sampled_from([BANK, W9, W8]), unique=True).map(tuple)


@given(needs=NEEDS, papers=PAPERS, days=st.integers(1, 30))
def test_every_day_is_looked_at(
    needs: tuple[Need, ...], papers: list[Held], days: int
) -> None:
    """The few days that are looked at find what a look at each day finds."""
    lost_on = CLOSED + timedelta(days=days)
    each_day = [CLOSED + timedelta(days=number) for number in range(days)]
    in_time = any(not unmet(needs, papers, on=day) for day in each_day)

    late = late_needs(needs, papers, closed_on=CLOSED, lost_on=lost_on)

    assert in_time == (late == ())
    assert set(late) <= set(needs)


@given(needs=NEEDS, papers=PAPERS, more=PAPERS)
def test_another_paper_never_loses_anything(
    needs: tuple[Need, ...], papers: list[Held], more: list[Held]
) -> None:
    days = {"closed_on": CLOSED, "lost_on": CLOSED + timedelta(days=20)}

    before = late_needs(needs, papers, **days)
    after = late_needs(needs, [*papers, *more], **days)

    assert set(after) <= set(before)
