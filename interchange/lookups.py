"""The condition "the column is one of these", however many they are, in one parameter."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, ForeignKey, Lookup


@ForeignKey.register_lookup
@Field.register_lookup
class AnyOf(Lookup[Any]):
    """`field__any_of=values`: texts, whole numbers or days, all of the column's type.

    One array on PostgreSQL, one JSON text on SQLite. Django's `in` has a parameter for
    each value: with thousands, preparing and parsing the statement takes longer than
    running it, and SQLite takes only so many.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Iterable[Any]) -> None:
        super().__init__(lhs, list(dict.fromkeys(rhs)))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, parameters = self.process_lhs(compiler, connection)
        # Without its length: a cast to varchar(2) would cut values until they match.
        kind = self.lhs.output_field.db_type(connection).partition("(")[0]
        # Not `= ANY(…)`: as a filter that compares each row with each value, and without
        # statistics, as in an import into new tables, a filter is what it becomes.
        return f"{left} IN (SELECT unnest(%s::{kind}[]))", [*parameters, self.rhs]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, parameters = self.process_lhs(compiler, connection)
        values = json.dumps(self.rhs, cls=DjangoJSONEncoder)
        found = f"{left} IN (SELECT value FROM json_each(%s))"  # noqa: S608  (a column)
        return found, [*parameters, values]
