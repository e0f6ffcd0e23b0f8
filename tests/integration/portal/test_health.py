"""A supervisor learns whether the portal answers, and whether the work is done."""

from datetime import date, timedelta

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from outbox.models import Job, PeriodRun
from outbox.registry import Lane
from portal import views

LIVE, READY = "/health/live", "/health/ready"


def put_job(*, waiting: timedelta, dead: bool = False) -> None:
    Job.objects.create(
        kind="portal.day",
        key=f"health-{waiting}-{dead}",
        lane=Lane.BULK,
        due_at=Now() - waiting,
        dead_at=Now() if dead else None,
    )


def test_alive_without_a_database(client: Client) -> None:
    answer = client.get(LIVE)

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_ready(client: Client) -> None:
    PeriodRun.objects.create(job="portal.day", period=date(2026, 3, 1))
    put_job(waiting=timedelta(minutes=14))
    put_job(waiting=timedelta(hours=9), dead=True)

    answer = client.get(READY)

    assert answer.status_code == 200
    figures = answer.json()
    assert 14 * 60 <= figures.pop("oldest_due_seconds") < 15 * 60
    assert figures == {
        "ready": True,
        "database": True,
        "dead_rows": 1,
        "newest_day": "2026-03-01",
    }
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_ready_before_the_first_day(client: Client) -> None:
    assert client.get(READY).json() == {
        "ready": True,
        "database": True,
        "oldest_due_seconds": 0,
        "dead_rows": 0,
        "newest_day": None,
    }


@pytest.mark.django_db
def test_not_ready_while_work_is_not_done(client: Client, settings: Settings) -> None:
    put_job(waiting=timedelta(minutes=16))

    late = client.get(READY)
    settings.OUTBOX_OVERDUE = timedelta(minutes=20)
    patient = client.get(READY)

    assert (late.status_code, late.json()["ready"]) == (503, False)
    assert (patient.status_code, patient.json()["ready"]) == (200, True)


def test_not_ready_without_a_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("no server at 10.0.0.7, user portal")

    monkeypatch.setattr(views, "oldest_due_age", away)

    answer = client.get(READY)

    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": False}
