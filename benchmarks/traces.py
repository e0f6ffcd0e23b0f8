"""Takes back what a benchmark added to the ledger and around it.

The made-up programme stays what it was, so that the next run measures the same. Only here
may rows of a ledger go: in a database that exists to be measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from benchmarks.world import TODAY
from partners.services import refresh_standings

# What names another table comes first.
_TABLES: Final = (
    "outbox_job", "deals_dealtransition", "partners_pointsentry", "deals_dealline",
    "deals_deal",
)  # fmt: skip


@contextmanager
def leaving_none(*, partner_ids: Sequence[int]) -> Iterator[None]:
    """Remove the rows added within the block, and refresh the partners' standings."""
    last = {table: _last_id(table) for table in _TABLES}
    try:
        yield
    finally:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Not a web process's: each row is looked for in all that may name it.
                cursor.execute("SET LOCAL statement_timeout = 0")
            for table, pk in last.items():
                _delete(cursor, table, after=pk)
        for partner_id in partner_ids:
            refresh_standings(on=TODAY, first=partner_id, last=partner_id)


def _last_id(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _delete(cursor: CursorWrapper, table: str, *, after: int) -> None:
    """Delete the newest rows, past the triggers that refuse it."""
    statement = f"DELETE FROM {table} WHERE id > %s"  # noqa: S608
    if connection.vendor == "postgresql":
        # Foreign keys that are to be checked at the end would forbid the ALTER.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, [after])
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    cursor.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        [table],
    )
    triggers = cursor.fetchall()
    for name, _creation in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    cursor.execute(statement, [after])
    for _name, creation in triggers:
        cursor.execute(creation)
