"""Migrated databases to copy from; whoever wants one first makes it for the whole run.

Migrating takes seconds, and a run wants dozens of databases: one for each process of
pytest, one for each test with processes of its own. A lock lets one process migrate while
the others wait.

SQLite's stays in pytest's cache until a source changes. PostgreSQL's goes at the end of
the run, whose processes all know the folder that `begin` made. That the migrations work
from zero is seen here: whoever changes one migrates both anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

from tests import postgresql

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".pytest_cache" / "migrated"

FIRST = "portal.settings.test"
"""The settings whose database is migrated from zero. That of others begins as its copy:
they have the same apps, or one more."""

BESIDE_SQLITE = ("-wal", "-shm")
"""What SQLite leaves beside a file, by the ends of its names."""

RUN = "PORTAL_TEST_RUN"
"""The variable that tells every process of a run where its folder is."""


def begin() -> None:
    os.environ[RUN] = tempfile.mkdtemp(prefix="portal-test-run-")


def end() -> None:
    """Leave nothing of the run behind."""
    folder = Path(os.environ.pop(RUN))
    for made in folder.glob("*.postgresql"):
        postgresql.drop(made.read_text(encoding="utf-8"))
    shutil.rmtree(folder)


def renew(name: str) -> None:
    """Give this process a migrated database of this name, whatever it had by it."""
    connection.close()
    if connection.vendor == "postgresql":
        copy_postgresql(name, settings.SETTINGS_MODULE)
    else:
        copy_sqlite(Path(name), settings.SETTINGS_MODULE)


def copy_sqlite(path: Path, settings_module: str) -> None:
    """Put a migrated database at a path."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for suffix in ("", *BESIDE_SQLITE):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    with _alone(KEPT):
        shutil.copyfile(_sqlite(settings_module), path)


def _sqlite(settings_module: str) -> Path:
    """Return the migrated database that is kept; make it if there is none."""
    kept = _kept(settings_module)
    if kept.exists():
        return kept
    unfinished = KEPT / "unfinished"
    for suffix in ("", *BESIDE_SQLITE):
        Path(f"{unfinished}{suffix}").unlink(missing_ok=True)
    if settings_module != FIRST:
        shutil.copyfile(_sqlite(FIRST), unfinished)
    _migrate(f"sqlite:///{unfinished}", settings_module)
    with closing(sqlite3.connect(unfinished)) as connection:
        # A copy is one file: leave nothing in the log beside it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if kept != _kept(settings_module):  # somebody has changed a source meanwhile
        return _sqlite(settings_module)
    for stale in KEPT.glob(f"{settings_module}-*"):
        stale.unlink()
    return unfinished.rename(kept)


def copy_postgresql(name: str | None, settings_module: str) -> str:
    """Make a migrated database, under a new name if it has none; return its URL."""
    run = Path(os.environ[RUN])
    with _alone(run):
        return postgresql.create(name, template=_postgresql(run, settings_module))


def _postgresql(run: Path, settings_module: str) -> str:
    """Return the URL of the run's migrated database; make it if there is none."""
    made = run / f"{settings_module}.postgresql"
    if made.exists():
        return made.read_text(encoding="utf-8")
    if settings_module == FIRST:
        url = postgresql.create()
    else:
        url = postgresql.create(template=_postgresql(run, FIRST))
    try:
        _migrate(url, settings_module)
    except BaseException:
        postgresql.drop(url)
        raise
    made.write_text(url, encoding="utf-8")
    return url


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kept(settings_module: str) -> Path:
    return KEPT / f"{settings_module}-{sources()}.sqlite3"


def _migrate(url: str, settings_module: str) -> None:
    done = subprocess.run(
        # What the checks find is for the tests to say, one by one.
        [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": settings_module,
            "PORTAL_ENV_FILE": os.devnull,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the migrations fail:\n{done.stdout}{done.stderr}")


def sources() -> str:
    """Return a fingerprint of everything that the rows after all migrations rest on."""
    found = {ROOT / "program", ROOT / "requirements", ROOT / "tests/chaos/probe"}
    found |= {Path(app.path) for app in apps.get_app_configs()}
    whole = hashlib.sha256(f"{sys.version} {sqlite3.sqlite_version}".encode())
    for place in sorted(place for place in found if place.is_relative_to(ROOT)):
        if ".venv" in place.parts:
            continue
        for path in sorted(place.rglob("*")):
            if path.suffix in {".py", ".toml", ".txt", ".sql"}:
                whole.update(f"{path}\0".encode() + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]
