"""Days, months and the calendar of checks and evaluations (rulebook 1.5, 1.6)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from program.calendar import EvaluationCalendar, add_months, program_day

CALENDAR = EvaluationCalendar()
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        pytest.param((2025, 7, 14, 22, 30), "UTC", date(2025, 7, 14), id="D1"),
        pytest.param((2025, 7, 14, 22, 30), "Europe/Paris", date(2025, 7, 15), id="D2"),
        pytest.param(
            (2025, 7, 15, 3, 30), "America/New_York", date(2025, 7, 14), id="D3"
        ),
        pytest.param((2025, 10, 26, 0, 30), "Europe/Paris", date(2025, 10, 26), id="D4"),
        pytest.param((2025, 3, 29, 23, 30), "Europe/Paris", date(2025, 3, 30), id="D5"),
    ],
)
def test_the_programmes_zone_decides_the_day(
    at: tuple[int, int, int, int, int], zone: str, expected: date
) -> None:
    assert program_day(datetime(*at, tzinfo=UTC), ZoneInfo(zone)) == expected


def test_a_moment_without_a_zone_has_no_day() -> None:
    naive = datetime(2025, 7, 15, 12, tzinfo=UTC).replace(tzinfo=None)

    with pytest.raises(ValueError, match="without a time zone"):
        program_day(naive, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        pytest.param(date(2025, 1, 31), 1, date(2025, 2, 28), id="D6"),
        pytest.param(date(2024, 1, 31), 1, date(2024, 2, 29), id="D7"),
        pytest.param(date(2024, 2, 29), 12, date(2025, 2, 28), id="D8"),
        pytest.param(date(2025, 12, 15), 6, date(2026, 6, 15), id="D9"),
        pytest.param(date(2025, 8, 31), -6, date(2025, 2, 28), id="D10"),
        pytest.param(date(2024, 11, 30), 3, date(2025, 2, 28), id="D11"),
        pytest.param(date(2025, 1, 31), 11, date(2025, 12, 31), id="into December"),
        pytest.param(date(1, 1, 1), 0, date(1, 1, 1), id="the first day"),
        pytest.param(date(9999, 11, 30), 1, date(9999, 12, 30), id="the last month"),
    ],
)
def test_months_are_clamped_to_their_end(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("day", "months"), [(date(9999, 12, 31), 1), (date(1, 1, 1), -1)]
)
def test_months_end_where_dates_end(day: date, months: int) -> None:
    with pytest.raises(ValueError, match="year"):
        add_months(day, months)


@given(day=days, months=st.integers(-600, 600))
def test_adding_months_lands_in_that_month(day: date, months: int) -> None:
    later = add_months(day, months)

    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day <= day.day
    assert later.day == day.day or add_months(later.replace(day=1), 1) == (
        date.fromordinal(later.toordinal() + 1)
    )


@given(day=days, other=days, months=st.integers(0, 600))
def test_adding_months_keeps_the_order_of_days(
    day: date, other: date, months: int
) -> None:
    first, second = sorted([day, other])

    assert add_months(first, months) <= add_months(second, months)


@pytest.mark.parametrize(
    ("evaluation_on", "months"),
    [
        pytest.param(
            date(2025, 7, 15),
            [(2025, 2), (2025, 3), (2025, 4), (2025, 5), (2025, 6), (2025, 7)],
            id="K1",
        ),
        pytest.param(
            date(2026, 1, 15),
            [(2025, 8), (2025, 9), (2025, 10), (2025, 11), (2025, 12), (2026, 1)],
            id="K2",
        ),
        pytest.param(
            date(2026, 7, 15),
            [(2026, 2), (2026, 3), (2026, 4), (2026, 5), (2026, 6), (2026, 7)],
            id="K3",
        ),
    ],
)
def test_a_period_is_the_six_checks_up_to_the_evaluation(
    evaluation_on: date, months: list[tuple[int, int]]
) -> None:
    expected = tuple(date(year, month, 15) for year, month in months)

    assert CALENDAR.period(evaluation_on) == expected


@pytest.mark.parametrize("day", [date(2025, 7, 14), date(2025, 6, 15)])
def test_only_an_evaluation_day_has_a_period(day: date) -> None:
    with pytest.raises(ValueError, match="not an evaluation day"):
        CALENDAR.period(day)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2025, 7, 15), date(2025, 7, 15), id="K4"),
        pytest.param(date(2025, 7, 16), date(2026, 1, 15), id="K5"),
        pytest.param(date(2025, 12, 31), date(2026, 1, 15), id="K6"),
        pytest.param(date(2024, 2, 29), date(2024, 7, 15), id="K7"),
    ],
)
def test_the_next_evaluation_may_be_today(day: date, expected: date) -> None:
    assert CALENDAR.next_evaluation(day) == expected


def test_checks_of_a_span_include_both_ends() -> None:
    checks = CALENDAR.snapshot_days(date(2025, 6, 15), date(2025, 8, 15))

    assert checks == (date(2025, 6, 15), date(2025, 7, 15), date(2025, 8, 15))
    assert CALENDAR.snapshot_days(date(2025, 6, 16), date(2025, 7, 14)) == ()
    assert CALENDAR.snapshot_days(date(2025, 7, 15), date(2025, 6, 15)) == ()
    assert CALENDAR.snapshot_days(date(9999, 12, 1), date.max) == (date(9999, 12, 15),)


def test_evaluations_of_a_span() -> None:
    assert CALENDAR.evaluation_days(date(2025, 1, 16), date(2026, 7, 15)) == (
        date(2025, 7, 15),
        date(2026, 1, 15),
        date(2026, 7, 15),
    )


@given(first=days, last=days)
def test_snapshot_days_are_the_days_that_say_so(first: date, last: date) -> None:
    last = min(last, date.fromordinal(first.toordinal() + 800))
    span = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]

    assert CALENDAR.snapshot_days(first, last) == tuple(
        day for day in span if CALENDAR.is_snapshot_day(day)
    )
    assert CALENDAR.evaluation_days(first, last) == tuple(
        day for day in span if CALENDAR.is_evaluation_day(day)
    )


@given(day=days)
def test_periods_follow_each_other_without_sharing_a_check(day: date) -> None:
    evaluation = CALENDAR.next_evaluation(day)
    following = CALENDAR.next_evaluation(add_months(evaluation, 1))
    between = CALENDAR.snapshot_days(
        CALENDAR.period(evaluation)[0], CALENDAR.period(following)[-1]
    )

    assert CALENDAR.period(evaluation) + CALENDAR.period(following) == between


@pytest.mark.parametrize(
    ("calendar", "reason"),
    [
        ({"snapshot_day": 0}, "1 to 28"),
        ({"snapshot_day": 29}, "1 to 28"),
        ({"evaluation_months": ()}, "distinct and in order"),
        ({"evaluation_months": (7, 1)}, "distinct and in order"),
        ({"evaluation_months": (1, 1)}, "distinct and in order"),
        ({"evaluation_months": (0, 7)}, "between 1 and 12"),
        ({"evaluation_months": (1, 13)}, "between 1 and 12"),
        ({"period_checks": 0}, "share a check"),
        ({"period_checks": 7}, "share a check"),
        ({"evaluation_months": (1, 11), "period_checks": 3}, "share a check"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(
    calendar: dict[str, int | tuple[int, ...]], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        EvaluationCalendar(**calendar)  # type: ignore[arg-type]
