"""Periods of an ordered job run one after the other, oldest first."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from outbox import services
from outbox.clock import every_day
from outbox.models import Job
from outbox.registry import Lane, handler, periodic
from outbox.services.putting import NotInAnOrderedPeriodError
from tests.integration.outbox.waiting import make_due

pytestmark = pytest.mark.django_db

GO_LIVE = date(2025, 6, 10)
FIVE_DAYS_LATER = datetime(2025, 6, 15, 12, tzinfo=UTC)


class Daily:
    """A daily job that fails on the days in `fails_on`."""

    def __init__(self, *, ordered: bool) -> None:
        self.ran: list[int] = []
        self.fails_on: set[int] = set()
        periodic("test.daily", days=every_day, lane=Lane.BULK, ordered=ordered)(self.run)

    def run(self, *, day: str, **_future: object) -> None:
        number = date.fromisoformat(day).day
        if number in self.fails_on:
            raise ValueError(day)
        self.ran.append(number)


@pytest.fixture
def ordered() -> Daily:
    return owe_five_days(ordered=True)


def owe_five_days(*, ordered: bool) -> Daily:
    daily = Daily(ordered=ordered)
    services.go_live(on=GO_LIVE)
    services.tick(at=FIVE_DAYS_LATER)
    return daily


def states() -> list[str]:
    rows = Job.objects.with_state().filter(kind="test.daily").order_by("period", "pk")
    return [row.state for row in rows]


def test_runs_the_oldest_first_even_when_others_were_due_before(ordered: Daily) -> None:
    for age, job in enumerate(Job.objects.order_by("period")):
        Job.objects.filter(pk=job.pk).update(
            due_at=datetime(2025, 6, 10 - age, tzinfo=UTC)
        )

    assert services.run_due() == 5
    assert ordered.ran == [11, 12, 13, 14, 15]


def test_one_period_is_claimed_at_a_time(ordered: Daily) -> None:
    assert states() == ["due", "blocked", "blocked", "blocked", "blocked"]


def test_a_failed_period_holds_back_the_later_ones_until_it_is_done(
    ordered: Daily,
) -> None:
    ordered.fails_on = {12}

    services.run_due()
    assert ordered.ran == [11]
    assert states() == ["done", "waiting", "blocked", "blocked", "blocked"]

    ordered.fails_on = set()
    make_due()
    services.run_due()
    assert ordered.ran == [11, 12, 13, 14, 15]


def test_a_dead_period_blocks_visibly_and_a_retry_lets_all_go_on(ordered: Daily) -> None:
    ordered.fails_on = {12}
    for _ in range(5):
        services.run_due()
        Job.objects.filter(period=date(2025, 6, 12)).update(due_at=FIVE_DAYS_LATER)

    assert states() == ["done", "dead", "blocked", "blocked", "blocked"]
    # Restarting workers would not help, so the watchdog is not told.
    assert services.oldest_due_age() is None
    assert services.dead_count() == 1

    ordered.fails_on = set()
    dead = Job.objects.dead().get()
    assert services.retry(job_ids=[dead.pk]) == [dead.pk]
    assert services.run_due() == 4
    assert ordered.ran == [11, 12, 13, 14, 15]


def test_days_of_an_unordered_job_do_not_wait_for_each_other() -> None:
    daily = owe_five_days(ordered=False)
    daily.fails_on = {12}

    services.run_due()

    assert daily.ran == [11, 13, 14, 15]


def test_jobs_do_not_wait_for_periods_of_other_jobs(ordered: Daily) -> None:
    other: list[str] = []

    @periodic("test.other", days=every_day, lane=Lane.BULK)
    def run(*, day: str, **_future: object) -> None:
        other.append(day)

    ordered.fails_on = {11}
    services.tick(at=FIVE_DAYS_LATER)
    services.run_due()

    assert len(other) == 5


def test_the_next_period_waits_for_the_parts_of_the_one_before() -> None:
    ran: list[str] = []

    @handler("test.range", lane=Lane.BULK)
    def run_range(*, day: str, part: int, **_future: object) -> None:
        if part == 2 and "broken" in ran:
            ran.remove("broken")
            raise ValueError(part)
        ran.append(f"{day[-2:]}/{part}")

    @periodic("test.split", days=every_day, lane=Lane.BULK)
    def split(*, day: str, **_future: object) -> None:
        ran.append(day[-2:])
        for part in (1, 2):
            services.put_part("test.range", key=f"{day}/{part}", day=day, part=part)

    services.go_live(on=date(2025, 6, 13))
    services.tick(at=FIVE_DAYS_LATER)
    ran.append("broken")
    services.run_due()
    assert ran == ["14", "14/1"]

    make_due()
    services.run_due()
    assert ran == ["14", "14/1", "14/2", "15", "15/1", "15/2"]


def test_refuses_a_part_of_nothing() -> None:
    daily = Daily(ordered=False)

    @handler("test.lonely", lane=Lane.BULK)
    def lonely(**_future: object) -> None:
        services.put_part("test.daily", key="x", day="2025-06-11")

    with pytest.raises(NotInAnOrderedPeriodError):
        services.put_part("test.daily", key="x", day="2025-06-11")
    services.put("test.lonely", key="lonely")
    services.run_due()

    assert daily.ran == []
    assert Job.objects.get().last_error.startswith("NotInAnOrderedPeriodError")
