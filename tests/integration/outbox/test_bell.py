"""The bell may fail: nobody who rings notices, and no broker gets a heap of messages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import Celery
from celery.beat import Scheduler
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from outbox import services, tasks
from outbox.models import Job
from outbox.registry import Lane
from outbox.services import bell
from portal.settings.celery import celery_settings
from tests.live import LiveBroker, live_broker, live_stack

__all__ = ["live_broker", "live_stack"]

NOWHERE = "redis+socket:///nowhere/broker.sock"


@pytest.fixture
def use_broker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str], bell.Bell]:
    """Return a function that gives this process a bell on another broker."""

    def use(url: str) -> bell.Bell:
        app = Celery("test", set_as_current=False)
        app.conf.update(celery_settings(broker_url=url, process="web", var=tmp_path))
        monkeypatch.setattr(bell, "current_app", app)
        fresh = bell.Bell()
        monkeypatch.setattr(bell, "_bell", fresh)
        return fresh

    return use


def message_files(folder: Path) -> list[Path]:
    return list((folder / "broker" / "messages").iterdir())


@pytest.fixture
def beat(file_bell: bell.Bell) -> Scheduler:
    """Return the scheduler of a beat that rings on the files of `file_bell`."""
    app = vars(bell)["current_app"]
    # As beat does it: the tasks are known, and so their own way of being sent.
    assert isinstance(app.tasks["drain"], tasks.WakeUp)
    return Scheduler(app=app)


@pytest.fixture
def file_bell(use_broker: Callable[[str], bell.Bell], tmp_path: Path) -> bell.Bell:
    for name in ("messages", "control"):
        (tmp_path / "broker" / name).mkdir(parents=True)
    return use_broker("filesystem://")


def test_leaves_no_more_than_four_messages_per_lane(
    file_bell: bell.Bell, tmp_path: Path
) -> None:
    rung = [file_bell.ring(Lane.POINTS) for _ in range(50)]

    assert rung == [True] * 4 + [False] * 46
    assert len(message_files(tmp_path)) == 4


def test_beat_leaves_no_heap_while_no_worker_takes_its_messages(
    file_bell: bell.Bell, beat: Scheduler, tmp_path: Path
) -> None:
    for _ in range(20):
        for entry in list(beat.schedule.values()):
            beat.apply_entry(entry, producer=beat.producer)
        file_bell.ring(Lane.POINTS)

    waiting = {
        lane.value: bell.messages_waiting(beat.app, lane.value, beat.producer)
        for lane in Lane
    }
    # Four rings each, and one place for the tick.
    assert waiting == {"points": 5, "money": 4, "mail": 4, "bulk": 4}
    assert len(message_files(tmp_path)) == sum(waiting.values())


def test_a_lane_full_of_rings_has_a_place_for_the_tick(
    file_bell: bell.Bell, beat: Scheduler, tmp_path: Path
) -> None:
    for _ in range(10):
        file_bell.ring(Lane.POINTS)

    for _ in range(2):
        beat.apply_entry(beat.schedule["tick"], producer=beat.producer)

    messages = [path.read_text() for path in message_files(tmp_path)]
    assert len(messages) == 5
    assert sum('"task": "tick"' in message for message in messages) == 1


def test_a_lane_with_messages_does_not_silence_another(
    file_bell: bell.Bell, tmp_path: Path
) -> None:
    for _ in range(5):
        file_bell.ring(Lane.BULK)

    assert file_bell.ring(Lane.POINTS)
    assert len(message_files(tmp_path)) == 5


def test_a_broken_broker_costs_a_request_nothing_but_the_ring(
    use_broker: Callable[[str], bell.Bell],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    put: Callable[[int], Job],
    caplog: pytest.LogCaptureFixture,
    db: None,
) -> None:
    use_broker(NOWHERE)

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        put(1)

    assert Job.objects.open().count() == 1
    assert "The bell for points did not ring" in caplog.text
    assert services.run_due() == 1


def test_does_not_try_again_for_a_while_after_a_failure(
    use_broker: Callable[[str], bell.Bell], caplog: pytest.LogCaptureFixture
) -> None:
    broken = use_broker(NOWHERE)

    for lane in (Lane.POINTS, Lane.POINTS, Lane.MAIL):
        assert not broken.ring(lane)

    failures = [record for record in caplog.records if record.name == bell.__name__]
    assert [failure.levelno for failure in failures] == [logging.WARNING]


@pytest.mark.processes
def test_rings_again_when_a_broker_that_was_killed_is_back(
    live_broker: LiveBroker,
    use_broker: Callable[[str], bell.Bell],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bell, "QUIET_S", 0.0)
    healing = use_broker(live_broker.url)
    assert healing.ring(Lane.POINTS)

    live_broker.kill()
    assert not healing.ring(Lane.POINTS)

    live_broker.start()
    assert healing.ring(Lane.POINTS)
    with live_broker.client() as client:
        assert client.llen("portal:points") == 1


@pytest.mark.processes
def test_does_not_wait_for_a_broker_that_never_answers(
    live_broker: LiveBroker, use_broker: Callable[[str], bell.Bell]
) -> None:
    patient = use_broker(live_broker.url)
    assert patient.ring(Lane.POINTS)

    live_broker.freeze()

    assert not patient.ring(Lane.POINTS)


@pytest.mark.processes
def test_leaves_no_more_than_four_messages_in_redis(
    live_broker: LiveBroker, use_broker: Callable[[str], bell.Bell]
) -> None:
    busy = use_broker(live_broker.url)

    rung = [busy.ring(Lane.MAIL) for _ in range(50)]

    assert sum(rung) == 4
    with live_broker.client() as client:
        assert client.llen("portal:mail") == 4
