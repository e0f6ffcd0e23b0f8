"""Prometheus reads whether the work is being done; nobody else reads anything."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from interchange.models import ImportRun
from outbox.models import Job, PeriodRun
from outbox.registry import Lane
from portal import metrics

TOKEN = "a-long-secret"


@pytest.fixture(autouse=True)
def token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape(client: Client, token: str = TOKEN) -> Any:
    return client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def figures(client: Client) -> dict[tuple[str, ...], float]:
    text = scrape(client).content.decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.django_db
def test_says_what_waits_and_what_was_given_up(client: Client) -> None:
    for number, (lane, waiting, dead) in enumerate(
        [(Lane.BULK, 5, False), (Lane.BULK, 9, False), (Lane.MAIL, 90, True)]
    ):
        Job.objects.create(
            kind="portal.day",
            key=f"m-{number}",
            lane=lane,
            due_at=Now() - timedelta(minutes=waiting),
            dead_at=Now() if dead else None,
        )

    found = figures(client)

    assert found["portal_outbox_due", "bulk"] == 2
    assert found["portal_outbox_due", "mail"] == 0
    assert 540 <= found["portal_outbox_oldest_due_seconds", "bulk"] < 600
    assert found["portal_outbox_oldest_due_seconds", "mail"] == 0
    assert found["portal_outbox_dead",] == 1


@pytest.mark.django_db
def test_says_how_far_the_calendar_and_the_imports_have_come(client: Client) -> None:
    ended = datetime(2026, 3, 2, 4, tzinfo=UTC)
    PeriodRun.objects.create(job="portal.day", period=date(2026, 3, 1))
    ImportRun.objects.create(
        started_at=ended, finished_at=ended, exit_code=1, folder="f", refused_count=7
    )
    ImportRun.objects.create(started_at=ended + timedelta(hours=1), folder="running")

    found = figures(client)

    midnight = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
    assert found["portal_calendar_newest_day_timestamp_seconds",] == midnight
    assert found["portal_import_timestamp_seconds",] == ended.timestamp()
    assert found["portal_import_refused_rows",] == 7
    assert found["portal_standing_oldest_timestamp_seconds",] == 0


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["", "a-long-secreT", "é", "a-long-secret\x00"])
def test_is_not_there_without_the_token(client: Client, wrong: str) -> None:
    assert scrape(client, wrong).status_code == 404
    assert client.get("/metrics").status_code == 404


@pytest.mark.django_db
def test_is_not_there_where_no_token_is_set(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert scrape(client, "").status_code == 404


@pytest.mark.django_db
def test_says_that_the_database_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> int:
        raise OperationalError

    monkeypatch.setattr(metrics, "dead_count", away)

    assert scrape(client).status_code == 503
