"""Every append-only table is guarded by its triggers, on the database of this run.

SQLite rebuilds a table to change it and loses its triggers on the way; this is where a
migration that forgot to name `ForbidChanges` again is found.
"""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Manager, Model

from partners.append_only import AppendOnlyModel, AppendOnlyQuerySet, trigger_names
from partners.models import RulebookEdition

LEDGERS: list[type[Model]] = [
    model for model in apps.get_models() if issubclass(model, AppendOnlyModel)
]


def triggers_of(table: str) -> dict[str, str]:
    """Return name → definition of a table's enabled triggers."""
    sql = {
        "sqlite": "SELECT name, sql FROM sqlite_master "
        "WHERE type = 'trigger' AND tbl_name = %s",
        # 'O': fires in ordinary sessions; 'D' would be disabled.
        "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger "
        "WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled = 'O'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql, [table])
        return dict(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model", [*LEDGERS, RulebookEdition], ids=lambda model: model.__name__
)
def test_is_guarded(model: type[Model]) -> None:
    table = model._meta.db_table
    triggers = triggers_of(table)
    guards = [triggers.get(name, "") for name in trigger_names(table, connection.vendor)]
    verbs = {
        verb
        for verb in ("UPDATE", "DELETE", "TRUNCATE")
        if any(verb in guard.partition(" ON ")[0] for guard in guards)
    }

    expected = {"UPDATE", "DELETE"}
    if connection.vendor == "postgresql":
        expected.add("TRUNCATE")
    assert verbs == expected
    assert all("BEFORE" in guard for guard in guards)


@pytest.mark.django_db
def test_only_the_editions_guard_has_a_condition() -> None:
    for model in LEDGERS:
        for guard in triggers_of(model._meta.db_table).values():
            assert " WHEN " not in guard, model


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_sqlite_shows_the_guards_what_replace_deletes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize("model", LEDGERS, ids=lambda model: model.__name__)
def test_every_manager_refuses_in_words(model: type[Model]) -> None:
    managers: list[Manager[Model]] = list(model._meta.managers)

    assert managers
    for manager in managers:
        assert isinstance(manager.get_queryset(), AppendOnlyQuerySet)


def test_there_are_ledgers() -> None:
    assert len(LEDGERS) >= 6
