"""What the database knows about its tables, after an import has filled them."""

from __future__ import annotations

from datetime import date

from django.db import connection


def gather(*, on: date) -> None:
    """Let the database look at its tables: the plans of its queries rest on that.

    PostgreSQL would do it within minutes, and until then scan where it should search.
    SQLite never does it by itself; 400 rows an index are enough for it.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 400")
        cursor.execute("ANALYZE")
