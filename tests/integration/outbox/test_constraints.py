"""What must never be true of a row, the database refuses: both databases."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.db.models.functions import Now

from outbox.models import Job, PeriodRun

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("done_or_dead_not_both", {"done_at": Now(), "dead_at": Now()}),
        ("claim_iff_lease", {"claim": uuid.uuid4()}),
        ("claim_iff_lease", {"lease_until": Now()}),
        (
            "ended_is_not_claimed",
            {"claim": uuid.uuid4(), "lease_until": Now(), "done_at": Now()},
        ),
        ("series_iff_period", {"series": "test.daily"}),
        ("series_iff_period", {"period": date(2025, 7, 15)}),
        ("lane_is_known", {"lane": "fast"}),
        ("attempts", {"attempts": -1}),
        ("kind_has_a_length", {"kind": ""}),
        ("key_has_a_length", {"key": ""}),
    ],
)
def test_refuses_a_job_that_cannot_be(constraint: str, values: dict[str, Any]) -> None:
    whole = {"kind": "test.kind", "key": "test-1", "lane": "bulk"}
    Job.objects.create(**whole | {"key": "possible"})

    with pytest.raises(IntegrityError, match=constraint):
        Job.objects.create(**whole | values)


@pytest.mark.parametrize("values", [{"kind": "x" * 101}, {"key": "x" * 201}], ids=str)
def test_refuses_text_longer_than_its_column(values: dict[str, str]) -> None:
    # PostgreSQL by the column's type, SQLite by the constraint.
    with pytest.raises(DatabaseError, match=r"has_a_length|too long"):
        Job.objects.create(**{"kind": "test", "key": "k", "lane": "bulk"} | values)


def test_refuses_the_same_key_twice() -> None:
    Job.objects.create(kind="a", key="same", lane="bulk")

    with pytest.raises(IntegrityError):
        Job.objects.create(kind="b", key="same", lane="mail")


def test_refuses_the_same_period_of_a_job_twice() -> None:
    PeriodRun.objects.create(job="test.daily", period=date(2025, 7, 15))
    PeriodRun.objects.create(job="test.other", period=date(2025, 7, 15))

    with pytest.raises(IntegrityError):
        PeriodRun.objects.create(job="test.daily", period=date(2025, 7, 15))


def test_refuses_a_second_go_live_day() -> None:
    PeriodRun.objects.create(job="go-live", period=date(2025, 7, 15))

    with pytest.raises(IntegrityError):
        PeriodRun.objects.create(job="go-live", period=date(2025, 7, 16))
