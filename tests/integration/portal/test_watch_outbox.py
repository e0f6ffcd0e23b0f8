"""The watch works when nobody else does, and only then."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.db.models.functions import Now

from outbox import registry, services
from outbox.models import Job
from outbox.registry import Lane
from portal.management.commands import watch_outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return what a handler that exists for this test has run."""
    ran: list[int] = []

    def run(*, number: int, **_future: object) -> None:
        ran.append(number)

    handler = registry.Handler(kind="test.note", lane=Lane.MAIL, run=run)
    known = {**registry._handlers, "test.note": handler}
    monkeypatch.setattr(registry, "_handlers", known)
    return ran


def waiting(*, seconds: int, number: int) -> None:
    services.put("test.note", key=f"note:{number}", number=number)
    Job.objects.filter(key=f"note:{number}").update(
        due_at=Now() - timedelta(seconds=seconds)
    )


def test_leaves_work_to_the_workers_for_fifteen_seconds(ran: list[int]) -> None:
    waiting(seconds=10, number=1)

    assert watch_outbox.look() == 0
    assert ran == []


def test_does_the_work_that_waited_longer(ran: list[int]) -> None:
    waiting(seconds=20, number=1)
    waiting(seconds=1, number=2)

    assert watch_outbox.look() == 2
    assert ran == [1, 2]


def test_ticks_and_outlives_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop = threading.Event()
    ticks: list[int] = []

    def tick(**_at: object) -> int:
        ticks.append(len(ticks))
        if len(ticks) == 1:
            raise OperationalError("the server closed the connection")
        return 0

    def look() -> int:
        stop.set()
        return 0

    monkeypatch.setattr(services, "tick", tick)
    monkeypatch.setattr(watch_outbox, "look", look)
    monkeypatch.setattr(watch_outbox, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(watch_outbox, "OVERDUE", timedelta(0))
    monkeypatch.setattr(connections, "close_all", lambda: None)

    watch_outbox.watch(stop)

    assert ticks == [0, 1]
