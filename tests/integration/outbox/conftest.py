"""A registry of the test's own, so that a test declares the work it needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from outbox import registry, services
from outbox.models import Job


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start with no handlers; what the test registers is gone after it."""
    monkeypatch.setattr(registry, "_handlers", {})
    monkeypatch.setattr(registry, "_periodics", {})
    monkeypatch.setattr(registry, "_errands", {})
    monkeypatch.setattr(registry, "_events", {})
    monkeypatch.setattr(registry, "_followers", {})


@pytest.fixture
def ran() -> list[int]:
    """Collect the numbers with which `test.count` ran."""
    numbers: list[int] = []

    @registry.handler("test.count", lane=registry.Lane.POINTS)
    def count(*, number: int, **_future: object) -> None:
        numbers.append(number)

    return numbers


@pytest.fixture
def put(ran: list[int]) -> Callable[..., Job]:
    """Put `test.count` with a number, and return its row."""

    def put_count(number: int, kind: str = "test.count") -> Job:
        key = f"{kind}-{number}"
        with transaction.atomic():
            services.put(kind, key=key, number=number)
        return Job.objects.get(key=key)

    return put_count
