"""Payout: the examples of docs/rulebook.md 3.7, and laws that always hold."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.money import Money
from program.payout import (
    Movements,
    balance,
    closes_on,
    exchanged,
    last_closed_quarter,
    month_end,
    quarter_end,
    quarter_of,
    still_due,
)
from program.statements import (
    LineKind,
    MissingRateError,
    Plain,
    RateBook,
    Rates,
    converted,
    seal,
    sum_up,
)

MARCH_END = date(2026, 3, 31)
EUR_E10, GBP_E10 = 10_800_000_000, 12_600_000_000
BOOK = RateBook({(MARCH_END, "EUR"): EUR_E10, (MARCH_END, "GBP"): GBP_E10})


def moved(**changes: int) -> Movements:
    facts = {"opening": 0, "accrued": 0, "adjusted": 0, "forfeited": 0, "paid": 0}
    return Movements(**(facts | changes))


@pytest.mark.parametrize(
    ("movements", "closing", "recovered", "payable"),
    [
        # Nothing before; 480 earned, payable.
        pytest.param(moved(accrued=48_000), 48_000, 0, 48_000, id="Y1"),
        # The 480 were paid, and another 160 earned.
        pytest.param(
            moved(opening=48_000, paid=48_000, accrued=16_000), 16_000, 0, 16_000, id="Y2"
        ),
        # M8: the client did not pay for three months of which 480 were paid out.
        pytest.param(
            moved(opening=48_000, paid=48_000, accrued=-48_000), -48_000, 0, 0, id="Y3"
        ),
        # The quarter after it earns 320: all of it makes good, nothing is paid.
        pytest.param(moved(opening=-48_000, accrued=32_000), -16_000, 32_000, 0, id="Y4"),
        # And the next 320: 160 make good, 160 are paid.
        pytest.param(
            moved(opening=-16_000, accrued=32_000), 16_000, 16_000, 16_000, id="Y5"
        ),
        # What is on its way is owed until it arrives; see Y12 for what is paid then.
        pytest.param(moved(opening=48_000, accrued=16_000), 64_000, 0, 64_000, id="Y6"),
        # 160 forfeited, a correction of +50.
        pytest.param(
            moved(accrued=48_000, forfeited=16_000, adjusted=5_000),
            37_000,
            0,
            37_000,
            id="Y7",
        ),
    ],
)
def test_what_a_statement_comes_to(
    movements: Movements, closing: int, recovered: int, payable: int
) -> None:
    owed = balance(movements, papers_missing=False, minimum=0)

    assert (owed.closing, owed.recovered, owed.payable) == (closing, recovered, payable)
    assert (owed.withheld, owed.below_minimum) == (0, 0)


@pytest.mark.parametrize(
    ("papers_missing", "minimum", "expected"),
    [
        pytest.param(True, 0, (48_000, 0, 0), id="Y8 withheld for papers"),
        pytest.param(False, 50_000, (0, 48_000, 0), id="Y9 below the minimum"),
        pytest.param(True, 50_000, (0, 48_000, 0), id="below, papers or not"),
        pytest.param(False, 48_000, (0, 0, 48_000), id="the minimum itself is paid"),
    ],
)
def test_what_waits(
    papers_missing: bool, minimum: int, expected: tuple[int, int, int]
) -> None:
    owed = balance(moved(accrued=48_000), papers_missing=papers_missing, minimum=minimum)

    assert (owed.withheld, owed.below_minimum, owed.payable) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        # EUR 100 at 1.08 in pounds of 1.26: 85.714… is 85.71.
        pytest.param(Money(10_000, "EUR"), "GBP", 8_571, id="Y10"),
        pytest.param(Money(-10_000, "EUR"), "GBP", -8_571, id="taken back alike"),
        pytest.param(Money(10_000, "EUR"), "EUR", 10_000, id="no exchange"),
        pytest.param(Money(1, "GBP"), "USD", 1, id="1.26 cents are one"),
        pytest.param(Money(0, "GBP"), "USD", 0, id="nothing needs no rate"),
    ],
)
def test_month_end_rates_convert_once(amount: Money, currency: str, minor: int) -> None:
    rates = BOOK.between(amount.currency, currency, MARCH_END)

    assert converted(amount, currency, rates) == minor


def test_y11_a_missing_rate_is_named_and_not_guessed() -> None:
    with pytest.raises(MissingRateError) as error:
        BOOK.between("EUR", "GBP", date(2026, 4, 30))

    assert (error.value.day, error.value.currency) == (date(2026, 4, 30), "EUR")
    with pytest.raises(ValueError, match="without rates"):
        converted(Money(1, "EUR"), "GBP", None)


@pytest.mark.parametrize(
    ("closing", "live", "owed", "due"),
    [
        # 640 owed of which 480 are on their way: 160.
        pytest.param(64_000, 48_000, 64_000, 16_000, id="Y12"),
        # The 480 bounced while 160 are on their way: their own statement's 480 again.
        pytest.param(64_000, 16_000, 48_000, 48_000, id="Y13"),
        # A debt came meanwhile: no more than what is owed in all.
        pytest.param(10_000, 0, 48_000, 10_000, id="less by now"),
        pytest.param(-10_000, 0, 48_000, 0, id="a debt"),
        pytest.param(10_000, 48_000, 48_000, 0, id="more on its way than owed"),
    ],
)
def test_what_may_be_paid(closing: int, live: int, owed: int, due: int) -> None:
    assert still_due(closing=closing, live=live, owed=owed) == due


@pytest.mark.parametrize(
    ("quarter", "end", "closes"),
    [
        pytest.param(date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 15), id="Y14"),
        (date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 15)),
        (date(2026, 7, 1), date(2026, 9, 30), date(2026, 10, 15)),
        (date(2026, 10, 1), date(2026, 12, 31), date(2027, 1, 15)),
    ],
)
def test_a_statement_closes_15_days_after_its_quarter(
    quarter: date, end: date, closes: date
) -> None:
    assert quarter_of(end) == quarter
    assert quarter_end(quarter) == end == month_end(end)
    assert closes_on(quarter) == closes
    assert last_closed_quarter(closes) == quarter
    assert last_closed_quarter(date.fromordinal(closes.toordinal() - 1)) < quarter


MINOR = st.integers(-(10**12), 10**12)
MOVED = st.builds(
    Movements,
    opening=MINOR,
    accrued=MINOR,
    adjusted=MINOR,
    forfeited=MINOR,
    paid=st.integers(0, 10**12),
)


@given(MOVED, st.booleans(), st.integers(0, 10**6))
def test_the_balance_adds_up(
    moved: Movements, papers_missing: bool, minimum: int
) -> None:
    owed = balance(moved, papers_missing=papers_missing, minimum=minimum)

    came = moved.accrued + moved.adjusted - moved.forfeited
    assert owed.closing == moved.opening + came - moved.paid
    assert owed.withheld + owed.payable + owed.below_minimum == max(owed.closing, 0)
    assert min(owed.withheld, owed.payable, owed.below_minimum, owed.recovered) >= 0
    assert [owed.withheld, owed.payable, owed.below_minimum].count(0) >= 2


@given(MOVED)
def test_recovery_never_exceeds_the_debt_nor_what_came(moved: Movements) -> None:
    owed = balance(moved, papers_missing=False, minimum=0)

    debt = max(moved.paid - moved.opening, 0)
    came = moved.accrued + moved.adjusted - moved.forfeited
    assert owed.recovered <= debt
    assert owed.recovered <= max(came, 0)


@given(st.lists(MINOR, max_size=8), st.booleans())
def test_quarter_after_quarter_pays_what_was_earned_and_no_more(
    earned: list[int], last_is_paid: bool
) -> None:
    opening = paid = total_paid = 0
    for accrued in earned:
        owed = balance(
            moved(opening=opening, accrued=accrued, paid=paid),
            papers_missing=False,
            minimum=0,
        )
        paid = still_due(closing=owed.closing, live=0, owed=owed.payable)
        total_paid += paid
        opening = owed.closing
    # Never more than the highest sum ever earned; all of it if the last one is a credit.
    sums = [sum(earned[: n + 1]) for n in range(len(earned))]
    assert total_paid == max([0, *sums])


LINES = st.lists(
    st.tuples(
        st.sampled_from(LineKind),
        st.builds(Money, MINOR, st.sampled_from(("EUR", "USD"))),
        MINOR,
    ),
    max_size=20,
)


@given(LINES, st.randoms(use_true_random=False))
def test_lines_come_to_the_same_in_any_order(
    lines: list[tuple[LineKind, Money, int]], random: Random
) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)

    one, other = (
        sum_up(7, some, papers_missing=False, minimum=0) for some in (lines, shuffled)
    )

    assert one == other
    assert one.balance.closing == 7 + sum(minor for _kind, _source, minor in lines)
    assert sum(count for count, _sum in one.controls.values()) == one.lines == len(lines)


@given(MINOR, st.integers(1, 10**15), st.integers(1, 10**15))
def test_an_exchange_is_within_half_a_unit(minor: int, rate: int, into: int) -> None:
    there = converted(Money(minor, "EUR"), "JPY", Rates(rate, into, MARCH_END))

    assert there == exchanged(Money(minor, "EUR"), "JPY", rate=rate, into=into).minor
    assert abs(there * into * 100 - minor * rate) * 2 <= into * 100
    assert converted(Money(-minor, "EUR"), "JPY", Rates(rate, into, MARCH_END)) == -there


def test_a_seal_covers_heading_lines_their_order_and_the_one_before() -> None:
    heading = {"number": 1, "closing": 5}
    lines: list[list[Plain]] = [[1, "accrual", None], [2, "payment", None]]
    said = seal(heading, lines, previous="")

    assert said == seal(dict(reversed(heading.items())), iter(lines), previous="")
    for other in (
        seal({**heading, "closing": 6}, lines, previous=""),
        seal(heading, lines[::-1], previous=""),
        seal(heading, lines[:1], previous=""),
        seal(heading, [*lines, [3, "payment", None]], previous=""),
        seal(heading, lines, previous=said),
    ):
        assert other != said
    assert len(said) == 64
