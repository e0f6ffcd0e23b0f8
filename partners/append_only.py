"""Tables that are only added to: the model base and the migration operation.

Three walls, from the outside in: the queryset and the model refuse, the application's
SQL role has no such right (`manage.py grant_app_role`), and a trigger on both databases
refuses whoever asks (reliability: ledgers are append-only by force).

SQLite loses the triggers of a table that a later migration rebuilds: such a migration
must name `ForbidChanges` again, and `tests/architecture/test_append_only.py` fails until
it does.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete a row of a ledger."""


M = TypeVar("M", bound=models.Model)


class AppendOnlyQuerySet(models.QuerySet[M]):
    """A queryset that adds and reads."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(self._refusal())

    def delete(self) -> NoReturn:
        raise AppendOnlyError(self._refusal())

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(self._refusal())

    def _refusal(self) -> str:
        return f"{self.model.__name__} is append-only: add a correcting row instead."


class AppendOnlyModel(models.Model):
    """A row that is written once. A correction is a new row that names the old one."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(
                f"{type(self).__name__} is append-only: add a correcting row instead."
            )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{type(self).__name__} is append-only.")


class ForbidChanges(Operation):
    """Make the database refuse UPDATE, DELETE and TRUNCATE on a model's table.

    With `when`, a condition on `OLD`, only such rows are frozen (a published edition);
    TRUNCATE is then refused too, because it would take frozen rows along.
    """

    reversible = True

    def __init__(self, model_name: str, *, when: str = "") -> None:
        self.model_name = model_name
        self.when = when

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the state of the models as it is."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        for statement in self._install(schema_editor.connection.vendor, table):
            # Without parameters a "%" in a statement is only a percent sign.
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        on_table = (
            f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        )
        for name in trigger_names(table, schema_editor.connection.vendor):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")

    def describe(self) -> str:
        return f"Forbid changes to {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"forbid_changes_{self.model_name.lower()}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            type(self).__name__,
            [self.model_name],
            {"when": self.when} if self.when else {},
        )

    def _install(self, vendor: str, table: str) -> list[str]:
        changed, emptied = f"{table}_append_only", f"{table}_no_truncate"
        if vendor == "postgresql":
            when = f"WHEN ({self.when})" if self.when else ""
            return [
                """
                CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
                LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME
                        USING ERRCODE = 'integrity_constraint_violation';
                END $$
                """,
                (
                    f"CREATE OR REPLACE TRIGGER {changed} "
                    f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {when} "
                    f"EXECUTE FUNCTION refuse_change()"
                ),
                (
                    f"CREATE OR REPLACE TRIGGER {emptied} "
                    f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
                    f"EXECUTE FUNCTION refuse_change()"
                ),
            ]
        when = f"WHEN {self.when}" if self.when else ""
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} "
            f"BEFORE {verb} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
            for verb in ("UPDATE", "DELETE")
        ]


def trigger_names(table: str, vendor: str) -> tuple[str, ...]:
    """Return the names of the triggers that guard a table on this kind of database."""
    if vendor == "postgresql":
        return (f"{table}_append_only", f"{table}_no_truncate")
    return (f"{table}_no_update", f"{table}_no_delete")
