"""Putting work: with the change that makes it necessary, once per event."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from outbox import services
from outbox.clock import database_now
from outbox.models import Job
from outbox.registry import Lane, UnknownKindError, handler
from outbox.services import bell

pytestmark = pytest.mark.django_db


def test_is_gone_with_the_transaction_that_put_it(put: Callable[[int], Job]) -> None:
    with contextlib.suppress(RuntimeError), transaction.atomic():
        put(1)
        raise RuntimeError

    assert not Job.objects.exists()


def test_stores_a_second_row_for_the_same_event_not_at_all(ran: list[int]) -> None:
    services.put("test.count", key="win-1", number=1)
    services.put("test.count", key="win-1", number=2)

    assert services.run_due() == 1
    assert ran == [1]


def test_puts_work_of_several_kinds_by_one_statement(ran: list[int]) -> None:
    @handler("test.mail", lane=Lane.MAIL)
    def mail(**_future: object) -> None: ...

    work = [
        services.Work("test.count", key="one", facts={"number": 1}),
        services.Work("test.mail", key="two", facts={"person_id": 7}),
    ]
    with CaptureQueriesContext(connections["default"]) as queries:
        services.put_many(work)

    assert len(queries) == 1
    assert [(job.lane, job.payload) for job in Job.objects.order_by("pk")] == [
        (Lane.POINTS, {"number": 1}),
        (Lane.MAIL, {"person_id": 7}),
    ]
    services.put_many([])
    assert Job.objects.count() == 2


def test_takes_the_lane_of_the_kind_and_keeps_the_facts() -> None:
    @handler("test.mail", lane=Lane.MAIL)
    def mail(**_future: object) -> None: ...

    services.put("test.mail", key="m", person_id=7, on="2025-07-15", tags=["a", None])

    job = Job.objects.get()
    assert (job.lane, job.kind) == (Lane.MAIL, "test.mail")
    assert job.payload == {"person_id": 7, "on": "2025-07-15", "tags": ["a", None]}


def test_is_due_at_once_by_the_database_s_clock(put: Callable[[int], Job]) -> None:
    before = database_now()

    job = put(1)

    assert before <= job.due_at <= database_now() + timedelta(milliseconds=1)
    assert job.created_at == job.due_at


def test_waits_for_its_time(ran: list[int]) -> None:
    tomorrow = database_now() + timedelta(days=1)

    services.put("test.count", key="later", due_at=tomorrow, number=1)
    services.run_due()

    assert ran == []
    assert Job.objects.with_state().get().state == "waiting"


def test_refuses_a_kind_that_nobody_handles() -> None:
    with pytest.raises(UnknownKindError, match=r"'test\.typo'.*handlers\.py"):
        services.put("test.typo", key="x")


@pytest.mark.parametrize(
    "fact",
    [
        date(2025, 7, 15),
        datetime(2025, 7, 15, tzinfo=UTC),
        {1, 2},
        float("nan"),
        b"x",
        1.5,
        [{"rate": 0.2}],
        {"by": {1: "one"}},
        Decimal(1),
    ],
    ids=[
        *("day", "moment", "set", "not a number", "bytes", "float", "float inside"),
        *("name that is no text", "decimal"),
    ],
)
def test_refuses_facts_that_are_not_json(fact: Any, ran: list[int]) -> None:
    with pytest.raises(TypeError, match="must be JSON"):
        services.put("test.count", key="x", number=fact)


def test_refuses_facts_that_go_round_in_circles(ran: list[int]) -> None:
    circle: list[Any] = []
    circle.append(circle)

    with pytest.raises(TypeError, match="must be JSON"):
        services.put("test.count", key="x", number=circle)


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        ("x\x00", {}),
        ("x\ud800", {}),
        ("x", {"note": "a\x00b"}),
        ("x", {"notes": ["fine", {"deep": "\udfff"}]}),
        ("x", {"notes": {"a\x00": 1}}),
    ],
    ids=["NUL in the key", "half a character in it", "NUL", "half a character", "name"],
)
def test_refuses_text_that_only_sqlite_would_store(
    key: str, facts: dict[str, Any], ran: list[int]
) -> None:
    with pytest.raises(ValueError, match="NUL or half a character"):
        services.put("test.count", key=key, **facts)

    assert not Job.objects.exists()


def test_keeps_characters_outside_the_basic_plane(ran: list[int]) -> None:
    services.put("test.count", key="🎉", number=1, note="\U0001f389 ǝ \x7f")

    assert Job.objects.get().payload["note"] == "\U0001f389 ǝ \x7f"


@pytest.mark.parametrize("key", ["", "x" * 201], ids=["empty", "201 characters"])
def test_refuses_a_key_that_the_column_would_not_hold(key: str, ran: list[int]) -> None:
    with pytest.raises(ValueError, match="1 to 200 characters"):
        services.put("test.count", key=key, number=1)


def test_refuses_to_be_the_only_thing_that_happens(
    monkeypatch: pytest.MonkeyPatch, ran: list[int]
) -> None:
    # A test runs in a transaction; this is what the service would see without one.
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)

    with pytest.raises(
        transaction.TransactionManagementError, match="in the transaction"
    ):
        services.put("test.count", key="x", number=1)


def test_rings_once_per_lane_and_transaction_and_only_after_the_commit(
    monkeypatch: pytest.MonkeyPatch,
    put: Callable[[int], Job],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rung: list[Lane] = []
    monkeypatch.setattr(bell.Bell, "ring", lambda _, lane: rung.append(lane))

    with django_capture_on_commit_callbacks(execute=True):
        for number in range(50):
            put(number)
        assert rung == []

    assert rung == [Lane.POINTS]


def test_rings_although_an_earlier_ring_was_rolled_back(
    monkeypatch: pytest.MonkeyPatch,
    put: Callable[[int], Job],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rung: list[Lane] = []
    monkeypatch.setattr(bell.Bell, "ring", lambda _, lane: rung.append(lane))

    with django_capture_on_commit_callbacks(execute=True):
        with contextlib.suppress(RuntimeError), transaction.atomic():
            put(1)
            raise RuntimeError
        put(2)

    assert rung == [Lane.POINTS]
    assert Job.objects.get().key == "test.count-2"
