"""Bulk inserts: the same rows as the ORM would have written."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from clients.models import Client, UsageReading
from interchange.bulk import build, insert
from interchange.models import ImportRun
from partners.models import Partner, PointsEntry, RulebookEdition, User

pytestmark = pytest.mark.django_db

AWKWARD = 'Ann\\N \t O\'Neil; "DROP" € 漢字 \U0001d4b3 {},\\.'


def client(ref: str, **fields: Any) -> Client:
    return Client(ref=ref, name=fields.pop("name", "Ann"), country="FR", **fields)


def raw(model: type[Model]) -> list[tuple[Any, ...]]:
    """Return what stands in the table, keys and random ids aside."""
    with connection.cursor() as cursor:
        columns = [
            str(field.column)
            for field in model._meta.concrete_fields
            if field.column not in ("id", "public_id")
        ]
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {model._meta.db_table} ORDER BY id"  # noqa: S608
        )
        return list(cursor.fetchall())


def entry(partner: Partner, edition: RulebookEdition, source_id: int) -> PointsEntry:
    return PointsEntry(
        partner=partner,
        kind="sourced",
        points=-(10**15),
        effective_on=date(2026, 2, 28),
        expires_on=date(2027, 2, 28),
        recorded_at=datetime(
            2026, 2, 28, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=2))
        ),
        source_kind="deal_line",
        source_id=source_id,
        seq=0,
        source_ref=AWKWARD,
        reason="won",
        facts={"text": AWKWARD, "none": None, "list": [1, 2.5, True]},
        edition=edition,
    )


def test_writes_what_bulk_create_writes() -> None:
    partner = Partner.objects.create(
        ref="P-1",
        name="P",
        membership="partner",
        country="FR",
        joined_on=date(2022, 2, 10),
    )
    edition = RulebookEdition.objects.earliest("effective_on")
    day, moment = date(2026, 3, 31), datetime(2026, 3, 31, 12, tzinfo=UTC)
    ann = Client.objects.create(ref="ann", name="Ann", country="FR")

    def rows() -> list[list[Model]]:
        return [
            [client("a", name=AWKWARD), client("b", domain="b.example")],
            [entry(partner, edition, 1), entry(partner, edition, 2)],
            [
                UsageReading(client=ann, tool="email", measured_on=day, activated=True),
                UsageReading(
                    client=ann, tool="forms", measured_on=day, activated=False,
                    active_users=0,
                ),
            ],
            [
                ImportRun(started_at=moment, folder="f"),
                ImportRun(
                    started_at=moment, finished_at=moment, exit_code=0, folder="f",
                    counts={"a": 1}, refusals=[{"é": None}],
                ),
            ],
        ]  # fmt: skip

    for ours, theirs in zip(rows(), rows(), strict=True):
        model = type(ours[0])
        with transaction.atomic():
            model._default_manager.bulk_create(theirs)
            expected = raw(model)
            transaction.set_rollback(True)

        insert(ours)

        assert raw(model) == expected


def test_objects_are_as_if_they_were_saved() -> None:
    rows = [client(ref) for ref in ("a", "b", "c")]

    insert(rows)

    for row in rows:
        stored = Client.objects.get(ref=row.ref)
        assert (stored.pk, stored.public_id) == (row.pk, row.public_id)
        assert isinstance(stored.public_id, uuid.UUID)
        row.name = "Anna"
        row.save(update_fields=["name"])
    assert Client.objects.filter(name="Anna").count() == 3


def test_builds_what_the_model_would_be() -> None:
    values = {"ref": "a", "name": AWKWARD, "country": "FR"}

    ours, theirs = build(Client, values), Client(**values)
    runs = [build(ImportRun, {}), build(ImportRun, {})]

    def state(row: Model) -> dict[str, Any]:
        return {
            name: value
            for name, value in vars(row).items()
            if name not in ("_state", "public_id")
        }

    assert state(ours) == state(theirs)
    assert isinstance(ours.public_id, uuid.UUID)
    assert ours.public_id != theirs.public_id
    assert vars(ours._state) == vars(theirs._state)
    assert runs[0].counts is not runs[1].counts
    assert runs[0].counts == {}


def test_keys_go_on_where_others_stopped() -> None:
    before = Client.objects.create(ref="a", name="A", country="FR")
    rows = [client("b"), client("c")]

    insert(rows)
    after = Client.objects.create(ref="d", name="D", country="FR")

    assert [before.pk + n for n in (1, 2, 3)] == [rows[0].pk, rows[1].pk, after.pk]


def test_keys_of_deleted_rows_do_not_come_back() -> None:
    gone = Client.objects.create(ref="a", name="A", country="FR")
    last = gone.pk
    gone.delete()
    row = client("b")

    insert([row])

    assert row.pk == last + 1


def test_the_database_says_no_and_nothing_is_there() -> None:
    rows = [client("a"), client("b"), client("a")]

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(rows)

    assert not Client.objects.exists()


def test_nothing_is_nothing() -> None:
    insert([])


def test_models_that_fill_themselves_in_are_not_for_it() -> None:
    with pytest.raises(TypeError, match="User needs bulk_create"):
        insert([User(email="a@lumen.example")])
