"""Query plans: the whole text on request, and in any case what decides the speed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction


def explain(sql: str, parameters: Mapping[str, Any], *, before: str = "") -> str:
    """Return the plan of a statement; PostgreSQL runs it for that and rolls it back.

    `before` is a statement for the same transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            if before:
                cursor.execute(before)
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, SETTINGS) {sql}", parameters)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
            plan = "\n".join(str(row[3]) for row in cursor.fetchall())
        transaction.set_rollback(True)
    return plan


def ledger_access(plan: str) -> str:
    """Return how a plan reads the ledger, in one line."""
    found = re.findall(
        r"(?:Parallel )?(?:Seq|Index|Index Only|Bitmap Heap) Scan[^\n(]*"
        r"partners_pointsentry[^\n(]*"
        r"|(?:SCAN|SEARCH) (?:e|partners_pointsentry)\b[^\n]*",
        plan,
    )
    fetches = re.search(r"Heap Fetches: (\d+)", plan)
    text = "; ".join(dict.fromkeys(line.strip() for line in found)) or "not at all"
    return f"{text}; {fetches[1]} heap fetches" if fetches else text
