"""Models that are created together are the same as those created one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddField, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from partners.create_models import CreateModels

pytestmark = pytest.mark.django_db


def creations() -> list[CreateModel]:
    number = ("id", models.BigAutoField(primary_key=True))
    house = models.ForeignKey("streets.house", models.PROTECT)
    only = models.UniqueConstraint(fields=["house"], name="one_door_per_house")
    return [
        CreateModel("House", [number]),
        CreateModel("Door", [number, ("house", house)], {"constraints": [only]}),
    ]


@contextmanager
def collecting() -> Iterator[BaseDatabaseSchemaEditor]:
    """Give an editor that writes nothing, outside of the transaction of the test."""
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    with closing(own), own.schema_editor(collect_sql=True, atomic=False) as editor:
        yield editor


def forwards(*operations: Operation) -> tuple[ProjectState, list[str]]:
    """Return the state after some operations, and the SQL that they asked for."""
    state = ProjectState()
    _ = state.apps
    with collecting() as editor:
        for operation in operations:
            before = state.clone()
            operation.state_forwards("streets", state)
            operation.database_forwards("streets", editor, before, state)
    return state, editor.collected_sql


def test_they_come_to_the_same_state_and_tables() -> None:
    together, sql = forwards(CreateModels(creations()))
    one_by_one, expected = forwards(*creations())

    assert together == one_by_one
    assert sql == expected
    assert any("one_door_per_house" in statement for statement in sql)


def test_what_follows_finds_their_classes() -> None:
    colour = AddField("door", "colour", models.CharField(max_length=9, default="red"))

    state, _sql = forwards(CreateModels(creations()), colour)

    door = state.apps.get_model("streets", "Door")
    assert {field.name for field in door._meta.fields} == {"id", "house", "colour"}


def test_backwards_the_last_one_goes_first() -> None:
    operation = CreateModels(creations())
    state, _sql = forwards(operation)
    with collecting() as editor:
        operation.database_backwards("streets", editor, state, ProjectState())

    dropped = [each for each in editor.collected_sql if each.startswith("DROP TABLE")]
    assert ["streets_door" in each for each in dropped] == [True, False]
