"""Names that are nearly the same: the index PostgreSQL finds them by, and the rule.

PostgreSQL compares by trigrams (extension `pg_trgm`, which every distribution ships).
SQLite has none: there a key is alike if it is equal, or one of the two begins the other
and has at least `MIN_PREFIX` characters. Both rules only bring more to a human; neither
refuses anything by itself.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CharField, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Length, Substr
from django.db.models.lookups import GreaterThanOrEqual

SIMILAR: Final = 0.6
"""Trigram similarity from which two keys are alike: a typing error or a short suffix."""

MIN_PREFIX: Final = 6

M = TypeVar("M", bound=models.Model)


class Similarity(Func):
    """`similarity(a, b)` of `pg_trgm`."""

    function = "SIMILARITY"
    output_field = FloatField()


class TrigramAlike(models.Lookup[Any]):
    """`field % value`: similar enough for the index to say so (`pg_trgm`)."""

    lookup_name = "trigram_alike"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} %% {right}", (*left_params, *right_params)


CharField.register_lookup(TrigramAlike)


def alike(rows: QuerySet[M], field: str, key: str) -> QuerySet[M]:
    """Return the rows whose `field`, a `company_key`, is like `key`; none if it is empty.

    On PostgreSQL those that are `SIMILAR` or more, on SQLite by the rule above.
    """
    if not key:
        return rows.none()
    if connection.vendor == "postgresql":
        near = GreaterThanOrEqual(Similarity(F(field), Value(key)), SIMILAR)
        # The operator for the index, the function for our own limit.
        return rows.filter(near, **{f"{field}__trigram_alike": key})
    begun = Q(
        GreaterThanOrEqual(Length(field), MIN_PREFIX),
        **{field: Substr(Value(key), 1, Length(field))},
    )
    found = Q(**{field: key}) | begun
    if len(key) >= MIN_PREFIX:
        found |= Q(**{f"{field}__startswith": key})
    return rows.filter(found)


class TrigramIndex(Operation):
    """Install `pg_trgm` and index a column by its trigrams; on SQLite do nothing."""

    reversible = True

    def __init__(self, model_name: str, field: str) -> None:
        self.model_name = model_name
        self.field = field

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the state of the models as it is."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        schema_editor.execute(
            f"CREATE INDEX {self._name(table)} ON {table} "
            f"USING gin ({self.field} gin_trgm_ops)"
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
            schema_editor.execute(f"DROP INDEX IF EXISTS {self._name(table)}")

    def describe(self) -> str:
        return f"Index {self.model_name}.{self.field} by trigrams"

    @property
    def migration_name_fragment(self) -> str:
        return f"trigrams_{self.model_name.lower()}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.field], {}

    def _name(self, table: str) -> str:
        return f"{table}_{self.field}_trigrams"
