"""The ways in: two Celery tasks, two commands, and what apps declare by themselves."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.db.models.functions import Now
from pytest_django import Settings

from outbox import clock, handlers, services, tasks
from outbox.models import Job, PeriodRun
from outbox.registry import Lane, handler_of, periodic


@pytest.mark.django_db
def test_the_drain_task_runs_its_lane_and_tolerates_what_is_newer(
    put: Callable[[int], Job], ran: list[int]
) -> None:
    put(1)

    tasks.drain(lane="mail", added_later=True)
    assert ran == []
    tasks.drain(lane="points")
    assert ran == [1]


@pytest.mark.django_db
def test_the_tick_task_puts_what_is_owed_now() -> None:
    @periodic("test.daily", days=clock.every_day, lane=Lane.BULK)
    def daily(**_future: object) -> None: ...

    services.go_live(on=clock.today() - timedelta(days=2))

    tasks.tick()

    assert PeriodRun.objects.filter(job="test.daily").count() >= 2


def test_celery_knows_two_tasks_and_they_are_the_ones_that_beat_sends() -> None:
    current_app.loader.import_default_modules()
    ours = {name for name in current_app.tasks if not name.startswith("celery.")}

    assert ours == {"drain", "tick"}
    assert {entry["task"] for entry in settings.CELERY["beat_schedule"].values()} == ours


def test_every_lane_has_a_queue_and_a_sweep() -> None:
    swept = {
        entry["kwargs"]["lane"]
        for entry in settings.CELERY["beat_schedule"].values()
        if entry["task"] == "drain"
    }

    assert swept == set(Lane.values) == set(settings.CELERY["task_queues"])


@pytest.mark.parametrize("task", [tasks.drain, tasks.tick], ids=lambda task: task.name)
def test_a_task_takes_keyword_arguments_and_tolerates_unknown_ones(
    task: Callable[..., None],
) -> None:
    kinds = {parameter.kind for parameter in inspect.signature(task).parameters.values()}

    assert inspect.Parameter.VAR_KEYWORD in kinds
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}


@pytest.mark.django_db
def test_the_drain_command_needs_no_broker_and_names_the_dead(
    put: Callable[[int], Job], ran: list[int]
) -> None:
    put(1)
    Job.objects.filter(pk=put(2).pk).update(dead_at=Now())
    out, err = io.StringIO(), io.StringIO()

    call_command("drain", lane="points", stdout=out, stderr=err)

    assert out.getvalue() == "1 done\n"
    assert "1 dead" in err.getvalue()


@pytest.mark.django_db
def test_the_tick_command_says_how_much_was_owed() -> None:
    out = io.StringIO()

    call_command("tick", stdout=out)

    assert out.getvalue() == "0 put\n"
    assert PeriodRun.objects.get().job == "go-live"


@pytest.mark.django_db
def test_the_purge_is_the_outbox_s_own_daily_job(put: Callable[[int], Job]) -> None:
    put(1)
    services.run_due()
    tomorrow = clock.today() + timedelta(days=32)

    handlers.purge(day=tomorrow.isoformat(), added_later=True)

    assert not Job.objects.exists()


def test_what_apps_declare_is_known_when_django_is_ready(
    own_registry: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Back to what was registered at the start, instead of this test's own registry.
    monkeypatch.undo()

    assert handler_of("outbox.purge").run is handlers.purge


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("UTC", datetime(2025, 7, 14, 23, 59, tzinfo=UTC), date(2025, 7, 14)),
        ("Europe/Berlin", datetime(2025, 7, 14, 23, 59, tzinfo=UTC), date(2025, 7, 15)),
        ("America/New_York", datetime(2025, 7, 15, 3, tzinfo=UTC), date(2025, 7, 14)),
    ],
)
def test_the_day_is_the_programme_s(
    zone: str, at: datetime, day: date, settings: Settings
) -> None:
    settings.PROGRAM_TIME_ZONE = zone

    assert clock.program_day(at) == day
    assert clock.start_of(day) <= at < clock.start_of(day + timedelta(days=1))


def test_a_day_may_have_23_hours(settings: Settings) -> None:
    settings.PROGRAM_TIME_ZONE = "Europe/Paris"

    begin, end = clock.start_of(date(2025, 3, 30)), clock.start_of(date(2025, 3, 31))

    assert end - begin == timedelta(hours=23)


@pytest.mark.django_db
def test_the_database_s_clock_is_a_moment_in_utc() -> None:
    before = clock.now()

    # Within a second: the database may be another machine, but not for these tests.
    assert abs(clock.database_now() - before) < timedelta(seconds=60)
    assert clock.database_now().tzinfo is UTC


def test_every_day_includes_both_ends() -> None:
    assert clock.every_day(date(2024, 2, 28), date(2024, 3, 1)) == [
        date(2024, 2, 28),
        date(2024, 2, 29),
        date(2024, 3, 1),
    ]
    assert clock.every_day(date(2025, 1, 2), date(2025, 1, 1)) == []
