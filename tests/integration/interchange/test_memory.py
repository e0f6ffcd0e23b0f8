"""Reading needs the same memory for a small bundle and for a large one."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from interchange import cells
from interchange.files import Batch, BundleFile, Column
from interchange.report import Report
from interchange.services import find_files, import_files

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ROWS = 4_000
ALLOWED_GROWTH = 384 * 1024
"""Bytes: what caches and the kept refusals may add, far less than four times the rows."""


def count_only(batch: Batch) -> None:
    batch.count(unchanged=len(batch.rows))


DEALS = BundleFile(
    name="deals.csv",
    columns=(
        Column("ref", cells.ref, required=True),
        Column("name", cells.text(200), required=True),
        Column("closed_on", cells.day),
        Column("mrr", cells.decimal),
    ),
    key=("ref",),
    load=count_only,
    batch_size=500,
)


def peak_of_import(folder: Path, rows: int, *, good: bool) -> int:
    folder.mkdir()
    with (folder / "deals.csv").open("w") as file:
        file.write("ref,name,closed_on,mrr\n")
        for n in range(rows):
            month = n % 12 + 1 if good else 13
            file.write(
                f'D-{n},"Deal, number {n}",2025-{month:02}-{n % 28 + 1:02},{n}.50\n'
            )
    found = find_files(folder=folder, files=[DEALS])
    tracemalloc.start()
    try:
        import_files(
            found=found,
            report=Report(),
            on=date(2026, 3, 31),
            clock=lambda: datetime(2026, 3, 31, 12, tzinfo=UTC),
        )
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("good", [True, False], ids=["good rows", "refused rows"])
def test_peak_does_not_grow_with_the_bundle(tmp_path: Path, *, good: bool) -> None:
    small = peak_of_import(tmp_path / "small", ROWS, good=good)

    large = peak_of_import(tmp_path / "large", 5 * ROWS, good=good)

    assert large - small < ALLOWED_GROWTH
