"""Storing by keys: once created, then only what differs is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clients.models import Client, UsageReading
from interchange.upsert import Upserted, find, find_ids, upsert

pytestmark = pytest.mark.django_db

Wanted = dict[tuple[Any, ...], dict[str, Any]]


def clients(**names: str) -> Wanted:
    return {
        (ref,): {"name": name, "country": "FR", "domain": "", "segment": "small"}
        for ref, name in names.items()
    }


def store(wanted: Wanted) -> Upserted[Client]:
    return upsert(Client, wanted, key=("ref",))


def test_creates_what_is_not_there() -> None:
    result = store(clients(a="Ann", b="Bob"))

    assert result.counts == {"new": 2, "changed": 0, "unchanged": 0}
    assert [client.name for client in result.new] == ["Ann", "Bob"]
    assert [client.pk for client in result.new] == [
        client.pk for client in Client.objects.order_by("ref")
    ]


def test_writes_nothing_when_nothing_differs(
    django_assert_num_queries: Any,
) -> None:
    store(clients(a="Ann", b="Bob"))

    with django_assert_num_queries(1):
        result = store(clients(a="Ann", b="Bob"))

    assert result.counts == {"new": 0, "changed": 0, "unchanged": 2}


def test_tells_what_stood_there_before() -> None:
    store(clients(a="Ann", b="Bob", c="Cid"))

    result = store(clients(a="Ann", b="Bobby", d="Dan"))

    assert result.counts == {"new": 1, "changed": 1, "unchanged": 1}
    [(old, client)] = result.changed
    assert (old, client.name) == ({"name": "Bob"}, "Bobby")
    assert dict(Client.objects.values_list("ref", "name")) == {
        "a": "Ann",
        "b": "Bobby",
        "c": "Cid",
        "d": "Dan",
    }


def test_keeps_identity_and_what_it_was_not_given() -> None:
    before = Client.objects.create(ref="a", name="Ann", country="FR", domain="a.example")

    upsert(Client, {("a",): {"name": "Anna"}}, key=("ref",))

    after = Client.objects.get()
    assert (after.pk, after.public_id) == (before.pk, before.public_id)
    assert (after.name, after.domain) == ("Anna", "a.example")


def test_writes_only_the_fields_that_differ() -> None:
    store(clients(a="Ann", b="Bob"))
    Client.objects.filter(ref="b").update(country="RE")

    with CaptureQueriesContext(connection) as queries:
        store(clients(a="Anna", b="Bob"))

    written = [
        query["sql"].partition("UPDATE SET")[2].split("=")[0].strip()
        for query in queries
        if "UPDATE SET" in query["sql"]
    ]
    assert written == ['"name"', '"country"']


def test_a_key_may_have_several_fields() -> None:
    [ann, bob] = store(clients(a="Ann", b="Bob")).new
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    key = ("client_id", "tool", "measured_on")
    first: Wanted = {
        (ann.pk, "email", monday): {"activated": True, "active_users": 3},
        (bob.pk, "forms", tuesday): {"activated": True, "active_users": None},
    }
    upsert(UsageReading, first, key=key)

    result = upsert(
        UsageReading,
        {
            # Every value of every column exists, but not together.
            (ann.pk, "forms", tuesday): {"activated": False},
            (bob.pk, "forms", tuesday): {"activated": False, "active_users": None},
            (ann.pk, "email", monday): {"activated": True},
        },
        key=key,
    )

    assert result.counts == {"new": 1, "changed": 1, "unchanged": 1}
    assert UsageReading.objects.count() == 3


def test_works_beyond_the_parameters_of_one_statement() -> None:
    names = {f"c{n}": f"Client {n}" for n in range(2_500)}
    store(clients(**names))

    result = store(clients(**{ref: f"{name}!" for ref, name in names.items()}))

    assert len(result.changed) == 2_500
    assert Client.objects.filter(name__endswith="!").count() == 2_500
    assert len(find_ids(Client, names)) == 2_500


def test_locking_changes_nothing_else() -> None:
    store(clients(a="Ann"))

    result = upsert(Client, clients(a="Anna", b="Bob"), key=("ref",), lock=True)

    assert result.counts == {"new": 1, "changed": 1, "unchanged": 0}


@pytest.mark.postgres
def test_locks_what_it_found() -> None:
    store(clients(a="Ann"))

    with CaptureQueriesContext(connection) as queries:
        find(Client, [("a",)], key=("ref",), lock=True)

    assert "FOR NO KEY UPDATE" in queries[0]["sql"]


@pytest.mark.parametrize("field", ["client", "nobody"])
def test_columns_go_by_their_names(field: str) -> None:
    with pytest.raises(TypeError, match=field):
        upsert(UsageReading, {(1, "email"): {field: 1}}, key=("client_id", "tool"))


def test_stores_nothing_when_the_database_refuses_one() -> None:
    [ann] = store(clients(a="Ann")).new
    readings: Wanted = {
        (ann.pk, "email", date(2026, 3, day)): {"activated": True, "active_users": users}
        for day, users in ((2, 1), (3, -1))
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        upsert(UsageReading, readings, key=("client_id", "tool", "measured_on"))

    assert not UsageReading.objects.exists()
