"""What the database knows about its tables, after an import has filled them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction
from django.db.models import Model


def gather(*, on: date) -> None:
    """Let the database look at its tables: the plans of its queries rest on that.

    PostgreSQL would do it within minutes, and until then scan where it should search; its
    own catalogue, which takes longer than the tables of a small programme, is left to it.
    SQLite never does it by itself; 400 rows an index are enough for it.
    """
    if connection.vendor == "sqlite":
        _analyze("")
    else:
        _analyze(_listed(connection.introspection.django_table_names()))


def gather_of(*models: type[Model]) -> None:
    """Let PostgreSQL look at what the following statements rest on.

    A table that it has seen empty is empty to it until then, whatever was written since.
    SQLite keeps to its indexes and is spared.
    """
    if connection.vendor == "postgresql":
        _analyze(_listed(model._meta.db_table for model in models))


def _listed(tables: Iterable[str]) -> str:
    """Return the tables in the one order in which two imports lock them alike."""
    return ", ".join(map(connection.ops.quote_name, sorted(tables)))


@transaction.atomic
def _analyze(tables: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 400")
        else:
            # Its own vacuum may hold a table for longer than anybody else should wait.
            cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute(f"ANALYZE {tables}")
