"""A transaction that was only unlucky is repeated; one that is wrong is not."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from outbox import services
from outbox.models import Job
from outbox.registry import Lane, handler
from outbox.services import transient

pytestmark = pytest.mark.django_db


class UnluckyError(Exception):
    """What a driver raises when two transactions stood in each other's way."""

    def __init__(self, *, sqlstate: str = "", sqlite_errorname: str = "") -> None:
        super().__init__(sqlstate or sqlite_errorname)
        self.sqlstate = sqlstate
        self.sqlite_errorname = sqlite_errorname


@pytest.mark.parametrize(
    "cause",
    [
        UnluckyError(sqlstate="40001"),
        UnluckyError(sqlstate="40P01"),
        UnluckyError(sqlstate="55P03"),
        UnluckyError(sqlite_errorname="SQLITE_BUSY"),
        UnluckyError(sqlite_errorname="SQLITE_BUSY_SNAPSHOT"),
    ],
    ids=str,
)
def test_repeats_a_transaction_that_was_only_unlucky(
    cause: UnluckyError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transient, "LONGEST_PAUSE_S", 0.0)
    tries: list[int] = []

    @handler("test.unlucky", lane=Lane.POINTS)
    def unlucky(**_future: object) -> None:
        tries.append(1)
        if len(tries) < transient.TRIES:
            raise OperationalError from cause

    services.put("test.unlucky", key="x")

    assert services.run_due() == 1
    job = Job.objects.get()
    assert (job.attempts, job.last_error, len(tries)) == (1, "", 4)


def test_counts_a_failure_when_luck_never_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transient, "LONGEST_PAUSE_S", 0.0)
    tries: list[int] = []

    @handler("test.unlucky", lane=Lane.POINTS)
    def unlucky(**_future: object) -> None:
        tries.append(1)
        raise OperationalError from UnluckyError(sqlstate="40001")

    services.put("test.unlucky", key="x")

    assert services.run_due() == 0
    assert (Job.objects.get().attempts, len(tries)) == (1, transient.TRIES)


def test_does_not_repeat_what_is_simply_wrong() -> None:
    tries: list[int] = []

    @handler("test.wrong", lane=Lane.POINTS)
    def wrong(**_future: object) -> None:
        tries.append(1)
        raise OperationalError from UnluckyError(sqlstate="42P01")

    services.put("test.wrong", key="x")
    services.run_due()

    assert len(tries) == 1
