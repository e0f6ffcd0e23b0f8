"""The migration operation that makes the database refuse overlapping periods.

PostgreSQL gets an exclusion constraint (extension btree_gist, which the owner of a
database may create), SQLite two triggers: there is a single writer, so they suffice.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class ForbidOverlaps(Operation):
    """Refuse rows of one group whose half-open periods `from_on`..`until_on` meet."""

    reversible = True

    def __init__(self, model_name: str, group: list[str]) -> None:
        self.model_name = model_name
        self.group = group

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
        if schema_editor.connection.vendor == "postgresql":
            same = ", ".join(f"{column} WITH =" for column in self.group)
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
            schema_editor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_no_overlap EXCLUDE "
                f"USING gist ({same}, daterange(from_on, until_on) WITH &&)"
            )
            return
        same = " AND ".join(f"o.{column} = NEW.{column}" for column in self.group)
        for verb in ("INSERT", "UPDATE"):
            schema_editor.execute(
                # Names of our own models, not input.
                f"CREATE TRIGGER {table}_no_overlap_{verb.lower()} "  # noqa: S608
                f"AFTER {verb} ON {table} WHEN EXISTS ("
                f"SELECT 1 FROM {table} o WHERE {same} AND o.id <> NEW.id "
                f"AND (NEW.until_on IS NULL OR o.from_on < NEW.until_on) "
                f"AND (o.until_on IS NULL OR o.until_on > NEW.from_on)) "
                f"BEGIN SELECT RAISE(ABORT, 'overlapping periods: {table}'); END"
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_no_overlap"
            )
            return
        for verb in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_overlap_{verb}")

    def describe(self) -> str:
        return f"Forbid overlapping periods of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"forbid_overlaps_{self.model_name.lower()}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.group], {}
