"""The benchmarks still run, and what they measure gives the same rows as by hand.

Nothing here looks at a time: a tiny programme says nothing about speed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from benchmarks.cli import main
from benchmarks.stores import (
    MIGRATED,
    UnusableDatabaseError,
    mark_of,
    store_of,
    tables,
)
from tests import migrated

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.processes


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Return where benchmarks may make their databases: beside the one of the tests.

    On PostgreSQL the migrated one they begin with is there already, a copy of the run's.
    """
    if connection.vendor != "postgresql":
        yield f"sqlite:///{quote(str(tmp_path))}"
        return
    at = connection.settings_dict
    server = {"host": at["HOST"], "port": at["PORT"] or None, "user": at["USER"] or None}
    prefix = f"portal_bench_test_{os.getpid()}"
    host = quote(at["HOST"], safe="")
    login = ":".join(
        quote(part, safe="") for part in (at["USER"], at["PASSWORD"]) if part
    )
    port = f":{at['PORT']}" if at["PORT"] else ""
    address = f"postgres://{f'{login}@' if login else ''}{host}{port}/{prefix}"
    migrated.copy_postgresql(f"{prefix}_{MIGRATED}", settings.SETTINGS_MODULE)
    store_of(address).set_mark(MIGRATED, mark_of(tables()))
    yield address
    with psycopg.connect(
        dbname="postgres", password=at["PASSWORD"] or None, autocommit=True, **server
    ) as maintenance:
        found = maintenance.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{prefix}%"]
        ).fetchall()
        for (name,) in found:
            maintenance.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def run(*arguments: str, var: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, "PORTAL_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.postgres  # the goals are about it, and both take a minute
def test_ours_and_the_reference_come_to_the_same_rows(
    address: str, tmp_path: Path
) -> None:
    out = tmp_path / "results.json"

    done = run(
        *("all", "--size", "tiny", "--rounds", "1", "--database", address),
        *("--json", str(out)),
        var=tmp_path,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
    cases = {each["benchmark"]: each["results"] for each in found}
    assert list(cases) == [
        "reevaluation",
        "rehearsal",
        "posting",
        "accrual",
        "import",
        "pages",
        "simulator",
        "statements",
    ]
    for results in cases.values():
        assert results
        assert all(result["same"] for result in results)
        assert all(result["ours_ms"]["median"] > 0 for result in results)


def test_lists_the_benchmarks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0

    printed = capsys.readouterr().out
    assert printed.split() == [
        "reevaluation",
        "rehearsal",
        "posting",
        "accrual",
        "import",
        "pages",
        "simulator",
        "statements",
    ]


@pytest.mark.parametrize(
    "address", ["postgres://postgres@db.example:5432/portal", "mysql://localhost/portal"]
)
def test_touches_no_other_database(address: str) -> None:
    with pytest.raises(UnusableDatabaseError):
        store_of(address)
