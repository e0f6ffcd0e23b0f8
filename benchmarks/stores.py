"""The databases of the benchmarks: on a PostgreSQL server, or SQLite files in a folder.

Their names begin with `portal_bench`, and no other database is ever touched. A database
keeps a mark, a number that says what it was filled with, so that the next run can tell
whether it may use it again.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from scripts.check import MissingServiceError, libpq_url, postgres_url

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = Path(os.environ.get("PORTAL_VAR", ROOT / "var")).resolve() / "bench"
PREFIX: Final = "portal_bench"
MIGRATED: Final = "migrated"


class UnusableDatabaseError(ValueError):
    """The address names no database that the benchmarks may fill and drop."""


class Store(Protocol):
    """Makes, marks and drops databases; `name` is what comes after the prefix."""

    @property
    def version(self) -> str:
        """Return what it is, like "PostgreSQL 15.20"."""

    def url(self, name: str) -> str: ...

    def mark(self, name: str) -> int:
        """Return the mark of a database; 0 if it has none or does not exist."""

    def set_mark(self, name: str, mark: int) -> None: ...

    def copy(self, source: str, name: str) -> None:
        """Make a database with everything another one has; replace what is there."""

    def make(self, name: str) -> None:
        """Make an empty database; replace what is there."""

    def drop(self, name: str) -> None: ...


def store_of(address: str) -> Store:
    """Return the store of an address.

    "" is the PostgreSQL that `scripts/check.py` finds, else SQLite; "postgres" and
    "sqlite" say which. `postgres://user@host:5432` is a server; a database in its path,
    or the folder of `sqlite:///FOLDER`, is where several stores live side by side.
    """
    if address in {"", "postgres"}:
        try:
            return PostgresStore(postgres_url())
        except MissingServiceError:
            if address:
                raise
            return SqliteStore(FOLDER)
    if address == "sqlite":
        return SqliteStore(FOLDER)
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        return SqliteStore(Path(parts.path[1:]))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise UnusableDatabaseError(f"{address}: a postgres:// or sqlite:// URL, please.")
    prefix = parts.path.strip("/") or PREFIX
    if not prefix.startswith(PREFIX):
        raise UnusableDatabaseError(
            f"{prefix}: benchmarks drop and fill databases, so only {PREFIX}… will do."
        )
    return PostgresStore(f"{parts.scheme}://{parts.netloc}", prefix=prefix)


class PostgresStore:
    """Databases on one server."""

    def __init__(self, server: str, *, prefix: str = PREFIX) -> None:
        self._server, self._prefix = server, prefix

    @property
    def version(self) -> str:
        with self._connected() as server:
            major, minor = divmod(server.info.server_version, 10_000)
        return f"PostgreSQL {major}.{minor}"

    def url(self, name: str) -> str:
        return f"{self._server}/{self._prefix}_{name}"

    def mark(self, name: str) -> int:
        with self._connected() as server:
            found = server.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
                " WHERE datname = %s",
                [f"{self._prefix}_{name}"],
            ).fetchone()
        return int(found[0]) if found and found[0] else 0

    def set_mark(self, name: str, mark: int) -> None:
        self._run("COMMENT ON DATABASE {} IS {}", name, sql.Literal(str(mark)))

    def copy(self, source: str, name: str) -> None:
        self.drop(name)
        self._run("CREATE DATABASE {} TEMPLATE {}", name, self._identifier(source))

    def make(self, name: str) -> None:
        self.drop(name)
        self._run("CREATE DATABASE {}", name)

    def drop(self, name: str) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _run(self, statement: str, name: str, *more: sql.Composable) -> None:
        with self._connected() as server:
            server.execute(sql.SQL(statement).format(self._identifier(name), *more))

    def _identifier(self, name: str) -> sql.Identifier:
        return sql.Identifier(f"{self._prefix}_{name}")

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(libpq_url(self._server, "postgres"), autocommit=True)


class SqliteStore:
    """Files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def url(self, name: str) -> str:
        return f"sqlite:///{quote(str(self._path(name)))}"

    def mark(self, name: str) -> int:
        if not self._path(name).exists():
            return 0
        with closing(sqlite3.connect(self._path(name))) as file:
            return int(file.execute("PRAGMA user_version").fetchone()[0])

    def set_mark(self, name: str, mark: int) -> None:
        with closing(sqlite3.connect(self._path(name))) as file:
            file.execute(f"PRAGMA user_version = {int(mark)}")

    def copy(self, source: str, name: str) -> None:
        self.drop(name)
        # What is still in the log goes into the file first.
        with closing(sqlite3.connect(self._path(source))) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self._path(source), self._path(name))

    def make(self, name: str) -> None:
        self.drop(name)

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path(name)}{suffix}").unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{PREFIX}_{name}.sqlite3"


def environ(url: str, *, process: str = "command") -> dict[str, str]:
    """Return what makes a process use a database, and nothing else of this machine."""
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "PORTAL_ENV_FILE": os.devnull,
        "PORTAL_PROCESS": process,
        "PORTAL_VAR": str(FOLDER.parent),
    }


def make_migrated(store: Store, name: str) -> None:
    """Make a database with all tables and no data but the shipped rulebook.

    It is the copy of one that is kept until a migration or the rulebook changes.
    """
    wanted = mark_of(tables())
    if store.mark(MIGRATED) != wanted:
        store.make(MIGRATED)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=environ(store.url(MIGRATED)),
            check=True,
        )
        store.set_mark(MIGRATED, wanted)
    store.copy(MIGRATED, name)
    store.set_mark(name, 0)  # a file is copied with its mark


GUARDS: Final = ("append_only", "state_guard", "create_models", "periods", "look_alikes")
"""Modules beside migrations, from which they take triggers and indexes."""


def migrations() -> list[Path]:
    return sorted(ROOT.glob("[a-z]*/migrations/0*.py"))


def tables() -> list[Path]:
    """Return the sources of everything that stands in a migrated database."""
    beside = [path for name in GUARDS for path in ROOT.glob(f"[a-z]*/{name}.py")]
    rules = [*ROOT.glob("program/**/*.py"), *ROOT.glob("program/**/*.toml")]
    packages = ROOT / "requirements/base.txt"
    return [*migrations(), *sorted((*beside, *rules, packages))]


def mark_of(sources: Iterable[Path], *more: str) -> int:
    """Return the mark of what rests on these sources, and on what else is said."""
    texts = [*more, *(path.read_text(encoding="utf-8") for path in sources)]
    return (zlib.crc32("\n".join(texts).encode()) >> 1) or 1
