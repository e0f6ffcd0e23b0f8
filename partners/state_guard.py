"""Migration operations: what may change in a row, by the database (reliability R8)."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

Pairs = list[tuple[str, str]]


class AllowSteps(Operation):
    """Make the database refuse a change of `field` that is not one of `steps`.

    `steps` are pairs (from, to). The table of steps is code (`program.deal_life`); this
    is the last wall behind it, for whoever writes past the services. SQLite loses the
    trigger of a table that a later migration rebuilds: such a migration names it again.
    """

    reversible = True

    def __init__(self, model_name: str, field: str, steps: Pairs) -> None:
        self.model_name = model_name
        self.field = field
        self.steps = sorted(tuple(step) for step in steps)

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
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        name = self._name(table)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {name}()")
        else:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")

    def describe(self) -> str:
        return f"Allow only known steps of {self.model_name}.{self.field}"

    @property
    def migration_name_fragment(self) -> str:
        return f"allow_steps_{self.model_name.lower()}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.field, self.steps], {}

    def _name(self, table: str) -> str:
        return f"{table}_{self.field}_steps"

    def _install(self, vendor: str, table: str) -> list[str]:
        name = self._name(table)
        known = ", ".join(f"'{before}>{after}'" for before, after in self.steps)
        illegal = (
            f"OLD.{self.field} <> NEW.{self.field} AND "
            f"(OLD.{self.field} || '>' || NEW.{self.field}) NOT IN ({known})"
        )
        if vendor == "postgresql":
            return [
                f"""
                CREATE OR REPLACE FUNCTION {name}() RETURNS trigger
                LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'illegal step: % > %', OLD.{self.field},
                        NEW.{self.field} USING ERRCODE = 'integrity_constraint_violation';
                END $$
                """,
                (
                    f"CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OF {self.field} "
                    f"ON {table} FOR EACH ROW WHEN ({illegal}) "
                    f"EXECUTE FUNCTION {name}()"
                ),
            ]
        refusal = f"SELECT RAISE(ABORT, 'illegal step: {table}.{self.field}')"
        return [
            (
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE UPDATE OF {self.field} "
                f"ON {table} WHEN {illegal} BEGIN {refusal}; END"
            )
        ]


class FreezeFields(Operation):
    """Make the database refuse any change of these columns once a row is written.

    For rows that live on while an amount in them must not: what was approved is what is
    paid. SQLite loses the trigger of a table that a later migration rebuilds: such a
    migration names it again.
    """

    reversible = True

    def __init__(self, model_name: str, fields: list[str]) -> None:
        self.model_name = model_name
        self.fields = fields

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the state of the models as it is."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        columns = [model._meta.get_field(name).column for name in self.fields]
        for statement in self._install(schema_editor.connection.vendor, table, columns):
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
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_frozen{on_table}")

    def describe(self) -> str:
        return f"Freeze {', '.join(self.fields)} of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"freeze_{self.model_name.lower()}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.fields], {}

    def _install(self, vendor: str, table: str, columns: list[str]) -> list[str]:
        name = f"{table}_frozen"
        if vendor == "postgresql":
            changed = " OR ".join(
                f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns
            )
            return [
                """
                CREATE OR REPLACE FUNCTION refuse_frozen() RETURNS trigger
                LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'frozen: %', TG_TABLE_NAME
                        USING ERRCODE = 'integrity_constraint_violation';
                END $$
                """,
                (
                    f"CREATE OR REPLACE TRIGGER {name} "
                    f"BEFORE UPDATE OF {', '.join(columns)} ON {table} "
                    f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION refuse_frozen()"
                ),
            ]
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
        return [
            (
                f"CREATE TRIGGER IF NOT EXISTS {name} "
                f"BEFORE UPDATE OF {', '.join(columns)} ON {table} WHEN {changed} "
                f"BEGIN SELECT RAISE(ABORT, 'frozen: {table}'); END"
            )
        ]
