"""Fills a database with the made-up programme, once, and says how it came out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from benchmarks import history, world
from benchmarks.indexes import built_afterwards
from benchmarks.sizes import SEED, Size
from benchmarks.stores import Store, make_migrated, mark_of, migrations
from benchmarks.world import Row, Table
from partners.selectors import Editions, published_editions
from partners.services import refresh_standings

_NUMBERED = (
    "partners_partner", "partners_person", "partners_certification",
    "partners_tierchange", "partners_pointsentry", "clients_client",
    "clients_subscription", "clients_relationship", "deals_deal", "deals_dealline",
)  # fmt: skip


def fingerprint(size: Size) -> int:
    """Return the mark of a database of this size: of its rows and of its tables.

    Another seed, another way to invent rows or a changed migration is another mark.
    """
    ours = [Path(world.__file__), Path(history.__file__)]
    return mark_of([*ours, *migrations()], f"{size} {SEED}")


def ensure(store: Store, size: Size, *, fresh: bool) -> None:
    """Make and fill the database of a size unless it is there, as it should be."""
    wanted = fingerprint(size)
    if not fresh and store.mark(size.name) == wanted:
        return
    print(f"Filling {size.words} …", flush=True)
    started = time.monotonic()
    make_migrated(store, size.name)
    _fill(size)
    connection.close()
    store.set_mark(size.name, wanted)
    print(f"Filled in {time.monotonic() - started:.0f} s.\n", flush=True)


def _fill(size: Size) -> None:
    _without_checks()
    editions = published_editions()
    with built_afterwards([*_NUMBERED, world.STANDINGS.name]):
        _load_all(size, editions)
    _continue_numbers()
    refresh_standings(on=world.TODAY)
    tidy()


def _load_all(size: Size, editions: Editions) -> None:
    owners = world.partner_of_clients(size)
    _load(world.PARTNERS, world.partners(size))
    _load(world.PEOPLE, world.people(size))
    _load(world.CERTIFICATIONS, world.certifications(size))
    _load(world.TIER_CHANGES, world.tier_changes(size))
    _load(world.STANDINGS, world.standings(size, editions.on(world.TODAY).id))
    _load(world.CLIENTS, world.clients(size))
    _load(world.SUBSCRIPTIONS, world.subscriptions(size))
    _load(world.RELATIONSHIPS, world.relationships(owners))
    for chunk in history.history(size, owners, editions):
        _load(history.DEALS, chunk.deals)
        _load(history.LINES, chunk.lines)
        _load(history.ENTRIES, chunk.entries)


def tidy() -> None:
    """Do what autovacuum does in time: visibility for index-only scans, statistics."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Autovacuum may be at a table already: it is waited for.
            cursor.execute("SET lock_timeout = 0")
            cursor.execute("VACUUM ANALYZE")


def _without_checks() -> None:
    """Spare the rows of this connection what they are known to fulfil."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET synchronous_commit = off")
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone()[0]:
                cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA foreign_keys = OFF")


def _load(table: Table, rows: Iterable[Row]) -> None:
    columns = ", ".join(table.columns)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write("\t".join(map(_text, row)) + "\n")
            return
        marks = ", ".join(["%s"] * len(table.columns))
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608
        cursor.executemany(statement, rows)  # type: ignore[arg-type]  # an iterator does


def _text(value: Any) -> str:
    """Return a value for COPY; the made-up texts hold no tabs, breaks or backslashes."""
    return r"\N" if value is None else str(value)


def _continue_numbers() -> None:
    """Let new rows be numbered after the loaded ones."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in _NUMBERED:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'),"  # noqa: S608
                f" (SELECT max(id) FROM {table}))",
                [table],
            )
