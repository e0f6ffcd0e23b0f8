"""Running work: each row once, a failure harms only itself, nothing is lost."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from outbox import registry, services
from outbox.clock import database_now
from outbox.models import Job, PeriodRun
from outbox.registry import Lane, handler
from outbox.services import bell, draining
from tests.integration.outbox.waiting import end_leases, make_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def failing() -> list[str]:
    """Register `test.fail`, which fails with the text that is in the list, if any."""
    texts = ["no"]

    @handler("test.fail", lane=Lane.POINTS)
    def fail(**_future: object) -> None:
        PeriodRun.objects.create(job="test.effect", period="2025-01-15")
        if texts:
            raise ValueError(texts[-1])

    return texts


def state_of(job: Job) -> str:
    return Job.objects.with_state().get(pk=job.pk).state


def claim_by_another(*jobs: Job) -> None:
    """Let a worker of which nothing is heard hold these rows."""
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
        claim=uuid.uuid4(),
        lease_until=Now() + timedelta(minutes=1),
        attempts=F("attempts") + 1,
    )


def test_runs_what_is_due_oldest_first_and_once(
    put: Callable[[int], Job], ran: list[int]
) -> None:
    for number in range(25):
        put(number)

    assert services.run_due() == 25
    assert services.run_due() == 0
    assert ran == list(range(25))
    assert not Job.objects.open().exists()


def test_runs_only_the_lane_it_is_asked_for(ran: list[int]) -> None:
    @handler("test.mail", lane=Lane.MAIL)
    def mail(**_future: object) -> None: ...

    services.put("test.count", key="points", number=1)
    services.put("test.mail", key="mail")

    assert services.drain(lane=Lane.MAIL) == 1
    assert ran == []


def test_tries_no_more_than_the_limit(put: Callable[[int], Job], ran: list[int]) -> None:
    for number in range(15):
        put(number)

    assert services.run_due(limit=12) == 12
    assert len(ran) == 12


def test_runs_what_becomes_due_meanwhile(ran: list[int]) -> None:
    @handler("test.first", lane=Lane.BULK)
    def first(**_future: object) -> None:
        services.put("test.count", key="follows", number=1)

    services.put("test.first", key="first")

    assert services.run_due() == 2
    assert ran == [1]


def test_takes_back_what_a_failed_handler_wrote_and_tries_again_later(
    put: Callable[..., Job], failing: list[str]
) -> None:
    job = put(1, "test.fail")

    assert services.run_due() == 0

    job.refresh_from_db()
    assert not PeriodRun.objects.exists()
    assert (job.attempts, job.last_error) == (1, "ValueError: no")
    assert (job.claim, job.lease_until, job.done_at, job.dead_at) == (None,) * 4

    failing.clear()
    make_due()
    assert services.run_due() == 1
    assert PeriodRun.objects.count() == 1


@pytest.mark.parametrize(
    ("attempt", "pause_s"), [(1, 5), (2, 30), (3, 120), (4, 600)], ids=str
)
def test_waits_longer_after_each_failure(
    put: Callable[..., Job], failing: list[str], attempt: int, pause_s: int
) -> None:
    job = put(1, "test.fail")
    Job.objects.update(attempts=attempt - 1)

    before = database_now()
    services.run_due()
    after = database_now()

    job.refresh_from_db()
    assert before + 0.8 * timedelta(seconds=pause_s) <= job.due_at
    # SQLite's clock counts milliseconds.
    latest = after + timedelta(milliseconds=1)
    assert job.due_at <= latest + 1.2 * timedelta(seconds=pause_s)


def test_gives_up_after_the_fifth_failure_and_raises_an_alarm(
    put: Callable[..., Job], failing: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    job = put(1, "test.fail")

    for _ in range(6):
        make_due()
        services.run_due()

    job.refresh_from_db()
    assert job.attempts == 5
    assert job.dead_at
    assert job.last_error == "ValueError: no"
    assert services.dead_count() == 1
    alarms = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [alarm.getMessage() for alarm in alarms] == [
        "test.fail-1 is dead: ValueError: no"
    ]


def test_a_failing_job_does_not_hold_up_the_others(
    put: Callable[..., Job], failing: list[str], ran: list[int]
) -> None:
    put(1)
    put(2, "test.fail")
    put(3)

    services.run_due()

    assert ran == [1, 3]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        pytest.param("a\x00b", "ValueError: ab", id="NUL"),
        pytest.param("a\udc80b", "ValueError: a?b", id="lone surrogate"),
        pytest.param("x" * 5_000, f"ValueError: {'x' * 1_988}", id="very long"),
    ],
)
def test_stores_errors_that_a_database_would_refuse(
    put: Callable[..., Job],
    failing: list[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    stored: str,
) -> None:
    # A report with half a character cannot travel from one test process to another.
    monkeypatch.setattr(draining.logger, "disabled", True)
    failing.append(text)
    job = put(1, "test.fail")

    services.run_due()
    job.refresh_from_db()
    assert job.last_error == stored


def test_a_kind_without_a_handler_dies_with_a_message_and_not_a_crash(
    put: Callable[[int], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = put(1)
    monkeypatch.setattr(registry, "_handlers", {})

    for _ in range(5):
        make_due()
        services.run_due()

    job.refresh_from_db()
    assert job.dead_at
    assert job.last_error.startswith("UnknownKindError: No handler is registered for")


def test_leaves_alone_what_another_worker_holds(
    put: Callable[[int], Job], ran: list[int]
) -> None:
    job = put(1)
    claim_by_another(job)

    assert services.run_due() == 0
    assert state_of(job) == "running"
    assert ran == []


def test_takes_over_when_the_lease_of_a_lost_worker_ends(
    put: Callable[[int], Job], ran: list[int]
) -> None:
    job = put(1)
    claim_by_another(job)
    end_leases()

    assert services.run_due() == 1

    job.refresh_from_db()
    assert (job.attempts, job.last_error) == (2, draining.WORKER_LOST)
    assert ran == [1]


def test_gives_up_a_job_that_took_its_worker_down_five_times(
    put: Callable[[int], Job], ran: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    jobs = [put(number) for number in range(12)]
    for _ in range(5):
        claim_by_another(*jobs[:11])
    end_leases()

    assert services.run_due() == 1, "the twelfth, behind eleven that are given up"

    assert Job.objects.dead().filter(last_error=draining.WORKER_LOST).count() == 11
    assert ran == [11]
    assert "test.count-0 is dead: The worker ended" in caplog.text


def test_a_job_that_was_tried_before_is_claimed_alone(
    put: Callable[[int], Job], ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two neighbours of a job that killed its process: each must get its own chance.
    jobs = [put(number) for number in range(4)]
    claim_by_another(jobs[0], jobs[1])
    end_leases()
    neighbours: list[int] = []

    @handler("test.look", lane=Lane.POINTS)
    def look(**_future: object) -> None:
        neighbours.append(Job.objects.filter(lease_until__gt=Now()).count())

    Job.objects.update(kind="test.look")
    services.run_due()

    # Alone, alone, and the two that were never tried together.
    assert neighbours == [0, 0, 1, 0]


def test_does_nothing_with_a_claim_that_somebody_took_over(
    put: Callable[[int], Job], ran: list[int]
) -> None:
    @handler("test.slow", lane=Lane.POINTS)
    def slow(**_future: object) -> None:
        # While this one ran, the lease of its neighbour ended, and it was taken.
        claim_by_another(neighbour)

    services.put("test.slow", key="slow")
    neighbour = put(1)

    assert services.run_due() == 1
    assert ran == []
    assert state_of(neighbour) == "running"


def test_does_nothing_with_a_claim_on_work_that_is_done(
    put: Callable[[int], Job], ran: list[int]
) -> None:
    @handler("test.slow", lane=Lane.POINTS)
    def slow(**_future: object) -> None:
        neighbour = Job.objects.filter(key="test.count-1")
        neighbour.update(done_at=Now(), claim=None, lease_until=None)

    services.put("test.slow", key="slow")
    put(1)

    assert services.run_due() == 1
    assert ran == []


def test_stops_after_its_time_gives_back_the_rest_and_rings_again(
    put: Callable[[int], Job], ran: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Lane] = []
    monkeypatch.setattr(bell.Bell, "ring", lambda _, lane: rung.append(lane))
    monkeypatch.setattr(draining, "STOP_AFTER_S", 0.0)
    for number in range(4):
        put(number)

    assert services.drain(lane=Lane.POINTS) == 1

    assert ran == [0]
    assert rung == [Lane.POINTS]
    waiting = Job.objects.open()
    assert set(waiting.values_list("attempts", "claim", "lease_until")) == {
        (0, None, None)
    }


def test_does_not_ring_when_nothing_is_left(
    put: Callable[[int], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Lane] = []
    monkeypatch.setattr(bell.Bell, "ring", lambda _, lane: rung.append(lane))
    monkeypatch.setattr(draining, "STOP_AFTER_S", 0.0)
    put(1)

    services.drain(lane=Lane.POINTS)

    assert rung == []


def test_tells_for_how_long_the_oldest_due_row_has_waited(
    put: Callable[[int], Job],
) -> None:
    assert services.oldest_due_age() is None

    jobs = [put(number) for number in range(3)]
    for hours, job in zip((3, 2, -1), jobs, strict=True):
        Job.objects.filter(pk=job.pk).update(due_at=Now() - timedelta(hours=hours))
    claim_by_another(jobs[0])  # somebody is at it: no reason to worry

    age = services.oldest_due_age(lane=Lane.POINTS)
    assert age is not None
    assert timedelta(hours=2) <= age < timedelta(hours=3)
    assert services.oldest_due_age(lane=Lane.MAIL) is None


# --- What is on the disk --------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one commit")
def test_only_what_is_claimed_does_not_wait_for_the_disk(
    put: Callable[[int], Job],
) -> None:
    put(1)

    with CaptureQueriesContext(connection) as queries:
        assert services.run_due() == 1
        assert services.run_due() == 0

    said = [query["sql"] for query in queries]
    (at,) = (n for n, sql in enumerate(said) if "synchronous_commit" in sql)
    assert said[at] == "SET LOCAL synchronous_commit = off"
    assert said[at + 1].startswith('UPDATE "outbox_job" SET "claim"')


def test_a_claim_within_another_transaction_is_refused(put: Callable[[int], Job]) -> None:
    put(1)

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        services.run_due()
