"""What the calendar owes is put once, whatever happens to the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from outbox import services
from outbox.clock import database_now, every_day, program_day, start_of
from outbox.models import Job, PeriodRun
from outbox.registry import Lane, periodic

pytestmark = pytest.mark.django_db

GO_LIVE = date(2025, 6, 10)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def fifteenths(first: date, last: date) -> list[date]:
    return [day for day in every_day(first, last) if day.day == 15]


@pytest.fixture
def ran() -> list[str]:
    """Register the daily job `test.daily`; collect the days it ran for."""
    days: list[str] = []

    @periodic("test.daily", days=every_day, lane=Lane.BULK)
    def daily(*, day: str, **_future: object) -> None:
        days.append(day)

    return days


def put_days(job: str = "test.daily") -> list[date]:
    runs = PeriodRun.objects.filter(job=job).order_by("period")
    return list(runs.values_list("period", flat=True))


def test_the_first_tick_ever_is_the_go_live_and_owes_nothing(ran: list[str]) -> None:
    assert services.tick(at=noon(GO_LIVE)) == 0

    assert put_days("go-live") == [GO_LIVE]
    assert put_days() == []


def test_owes_the_days_after_the_go_live_up_to_today(ran: list[str]) -> None:
    services.go_live(on=GO_LIVE)

    assert services.tick(at=noon(GO_LIVE + timedelta(days=3))) == 3

    expected = [date(2025, 6, 11), date(2025, 6, 12), date(2025, 6, 13)]
    assert put_days() == expected
    assert services.run_due() == 3
    assert ran == [str(day) for day in expected]


def test_catches_up_on_forty_days_in_which_nothing_ticked() -> None:
    ran: list[str] = []

    @periodic("test.snapshot", days=fifteenths, lane=Lane.BULK)
    def snapshot(*, day: str, **_future: object) -> None:
        ran.append(day)

    services.go_live(on=GO_LIVE)
    services.tick(at=noon(GO_LIVE))

    assert services.tick(at=noon(GO_LIVE + timedelta(days=40))) == 2

    services.run_due()
    assert ran == ["2025-06-15", "2025-07-15"]


def test_a_second_tick_puts_nothing(ran: list[str]) -> None:
    services.go_live(on=GO_LIVE)
    at = noon(GO_LIVE + timedelta(days=2))

    assert [services.tick(at=at), services.tick(at=at)] == [2, 0]

    services.run_due()
    assert len(ran) == 2
    assert services.tick(at=at) == 0


def test_a_clock_that_jumps_back_changes_nothing(ran: list[str]) -> None:
    services.go_live(on=GO_LIVE)
    services.tick(at=noon(GO_LIVE + timedelta(days=5)))
    services.run_due()

    assert services.tick(at=noon(GO_LIVE + timedelta(days=1))) == 0
    assert services.tick(at=noon(GO_LIVE - timedelta(days=400))) == 0
    assert services.tick(at=noon(GO_LIVE + timedelta(days=6))) == 1
    assert services.run_due() == 1


def test_a_host_whose_clock_runs_ahead_puts_nothing_early(ran: list[str]) -> None:
    today = program_day(database_now())
    services.go_live(on=today - timedelta(days=2))

    services.tick(at=database_now() + timedelta(days=400))

    # Unless midnight has just passed, two days; never one that the database calls future.
    assert put_days()[:2] == [today - timedelta(days=1), today]
    assert max(put_days()) <= program_day(database_now())
    assert not Job.objects.filter(due_at__gt=database_now()).exists()


def test_the_first_tick_of_a_host_ahead_of_time_goes_live_by_the_database_s_clock(
    ran: list[str],
) -> None:
    before = program_day(database_now())

    services.tick(at=database_now() + timedelta(days=400))

    assert put_days("go-live")[0] in {before, program_day(database_now())}


def test_the_programme_s_midnight_begins_the_day(
    ran: list[str], settings: Settings
) -> None:
    settings.PROGRAM_TIME_ZONE = "Europe/Berlin"
    services.go_live(on=date(2025, 7, 14))

    # 23:59:59 and 00:00 in Berlin, which is two hours ahead of UTC in July.
    assert services.tick(at=datetime(2025, 7, 14, 21, 59, 59, tzinfo=UTC)) == 0
    assert services.tick(at=datetime(2025, 7, 14, 22, 0, tzinfo=UTC)) == 1

    assert Job.objects.get().due_at == datetime(2025, 7, 14, 22, 0, tzinfo=UTC)
    assert Job.objects.get().due_at == start_of(date(2025, 7, 15))


def test_goes_live_once(ran: list[str]) -> None:
    services.go_live(on=GO_LIVE)
    services.go_live(on=GO_LIVE)

    with pytest.raises(services.AlreadyLiveError, match="2025-06-10, not on 2025-06-11"):
        services.go_live(on=date(2025, 6, 11))

    assert put_days("go-live") == [GO_LIVE]


def test_owes_nothing_before_a_go_live_that_lies_ahead(ran: list[str]) -> None:
    services.go_live(on=GO_LIVE)

    assert services.tick(at=noon(GO_LIVE - timedelta(days=3))) == 0


def test_a_job_added_later_need_not_catch_up() -> None:
    @periodic(
        "test.new", days=every_day, lane=Lane.MAIL, first=GO_LIVE + timedelta(days=9)
    )
    def new(**_future: object) -> None: ...

    services.go_live(on=GO_LIVE)
    services.tick(at=noon(GO_LIVE + timedelta(days=10)))

    assert put_days("test.new") == [date(2025, 6, 19), date(2025, 6, 20)]


def test_ignores_days_that_a_calendar_returns_beyond_what_it_was_asked_for() -> None:
    def too_many(first: date, last: date) -> list[date]:
        return [first - timedelta(days=1), last, last, last + timedelta(days=1)]

    @periodic("test.odd", days=too_many, lane=Lane.BULK)
    def odd(**_future: object) -> None: ...

    services.go_live(on=GO_LIVE)
    services.tick(at=noon(GO_LIVE + timedelta(days=3)))

    assert put_days("test.odd") == [GO_LIVE + timedelta(days=3)]


def test_does_not_put_again_what_was_done_and_purged(ran: list[str]) -> None:
    services.go_live(on=GO_LIVE)
    at = noon(GO_LIVE + timedelta(days=2))
    services.tick(at=at)
    services.run_due()
    services.purge(on=program_day(database_now()) + timedelta(days=32))
    assert not Job.objects.exists()

    assert services.tick(at=at) == 0


def test_a_day_between_two_others_that_the_calendar_names_later_is_still_owed() -> None:
    days = [date(2025, 6, 11), date(2025, 6, 15)]

    @periodic("test.changed", days=lambda first, last: days, lane=Lane.BULK)
    def changed(**_future: object) -> None: ...

    services.go_live(on=GO_LIVE)
    services.tick(at=noon(date(2025, 6, 20)))
    days.append(date(2025, 6, 13))

    assert services.tick(at=noon(date(2025, 6, 20))) == 1
    assert date(2025, 6, 13) in put_days("test.changed")
