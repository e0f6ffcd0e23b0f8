"""`any_of`: the same rows as `in`, whatever the type and however many values."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clients.models import Client, UsageReading

pytestmark = pytest.mark.django_db


@pytest.fixture
def clients() -> list[Client]:
    names = ["a", 'b"], --', "c{}\\", "d,é", "NULL"]
    return [Client.objects.create(ref=ref, name="x", country="FR") for ref in names]


def test_finds_texts_that_would_break_an_array_or_a_list(clients: list[Client]) -> None:
    asked = [client.ref for client in clients[1:]] + ["absent", "'"]

    found = Client.objects.filter(ref__any_of=asked).values_list("ref", flat=True)

    assert set(found) == {client.ref for client in clients[1:]}


def test_finds_numbers_days_and_rows_behind_foreign_keys(clients: list[Client]) -> None:
    first, other = clients[:2]
    days = [date(2025, 1, 31), date(2025, 2, 28)]
    for client in (first, other):
        for day in days:
            UsageReading.objects.create(
                client=client, tool="t", measured_on=day, activated=True,
                active_users=1, key_actions=1,
            )  # fmt: skip

    def count(**conditions: Any) -> int:
        return UsageReading.objects.filter(**conditions).count()

    assert count(client_id__any_of=[first.pk, 10**12]) == 2
    assert count(client__any_of=iter([first.pk, first.pk])) == 2
    assert count(client__ref__any_of=[other.ref], measured_on__any_of=days[:1]) == 1
    assert Client.objects.filter(pk__any_of={first.pk, other.pk}).count() == 2


def test_finds_nothing_among_nothing(clients: list[Client]) -> None:
    assert not Client.objects.filter(ref__any_of=[]).exists()
    assert not Client.objects.filter(pk__any_of=[]).exists()


def test_is_one_parameter_for_more_values_than_a_statement_takes(
    clients: list[Client],
) -> None:
    ids = range(1, 300_000)

    assert Client.objects.filter(pk__any_of=ids).count() == len(clients)


def test_compares_whole_values(clients: list[Client]) -> None:
    """A value longer than its column is equal to nothing that stands in it."""
    assert not Client.objects.filter(country__any_of=["FRA"]).exists()
    assert Client.objects.filter(country__any_of=["FR"]).count() == len(clients)
