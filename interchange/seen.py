"""The keys of a file's rows and the lines they came on: on disk, in a few megabytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable
from typing import Final, Self

_CACHE_KIB: Final = 4_096


class SeenKeys:
    """Remembers hashes of keys in a file that nobody else sees and that is never kept.

    Two keys with the same 64 bits would refuse a good row; among five million that is
    less likely than one in a million.
    """

    def __init__(self) -> None:
        # "" is a file of its own that is gone when it is closed.
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.executescript(
            f"PRAGMA cache_size = -{_CACHE_KIB}; PRAGMA journal_mode = OFF;"
            "CREATE TABLE seen (hashed INTEGER PRIMARY KEY, line INTEGER NOT NULL); BEGIN"
        )
        self._cursor = self._file.cursor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def first_line(self, key: Hashable, line: int) -> int | None:
        """Return the line on which the key came before; None if `line` is the first."""
        hashed = hash(key)
        found = self._cursor.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?)", (hashed, line)
        )
        if found.rowcount:
            return None
        query = "SELECT line FROM seen WHERE hashed = ?"
        before: int = self._cursor.execute(query, (hashed,)).fetchone()[0]
        return before
