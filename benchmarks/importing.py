"""`import`: a whole bundle into an empty portal, and the memory that takes.

The bundle is the demo data, which has all files of docs/interchange.md. Ours checks every
cell, resolves references, keeps constraints and posts points. The reference only reads
the same files with `csv` and copies them into plain tables of text: the floor below any
import. Each run is a process of its own with a database of its own, so that its peak of
memory is its own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import Benchmark, Context, Goal, Result, Times
from benchmarks.sizes import SEED
from benchmarks.stores import FOLDER, ROOT, Store, environ, make_migrated
from benchmarks.world import TODAY
from portal import demo_bundle

DEALS_PER_SECOND: Final = 5_000.0
FLAT: Final = 1.2
"""How much more memory ten times the deals may take and still count as flat."""

ONCE: Final = (
    "import django; django.setup(); from benchmarks.import_once import main; main()"
)
EMPTY, TARGET = "empty", "import"
ROUNDS, ROUNDS_OF = 3, 75_000
"""At most so many rounds, and so many deals in all of them: one round of 250,000."""


@dataclass(frozen=True, slots=True)
class Run:
    """One import: how long, the peak of memory, and what was found afterwards.

    `spent` are the seconds of each file.
    """

    seconds: float
    peak_mb: float
    rows: int
    found: Any
    spent: Mapping[str, float]

    @property
    def deal_seconds(self) -> float:
        """What the deals, their lines and their points took, of all the files."""
        return self.spent["deals.csv"] + self.spent["deal_lines.csv"]


def run(context: Context) -> Iterator[Result]:
    make_migrated(context.store, EMPTY)
    try:
        yield from _sizes(context)
    finally:
        context.store.drop(TARGET)
        context.store.drop(EMPTY)


def _sizes(context: Context) -> Iterator[Result]:
    first_peak = 0.0
    for deals in context.size.bundles:
        folder = _bundle(deals)
        rounds = context.rounds or min(ROUNDS, max(1, ROUNDS_OF // deals))
        ours, reference = [], []
        for _ in range(rounds):
            ours.append(_import(context.store, folder, "ours"))
            reference.append(_import(context.store, folder, "reference"))
        peak = max(each.peak_mb for each in ours)
        first_peak = first_peak or peak
        yield _result(deals, ours, reference, peak=peak, first_peak=first_peak)


def _result(
    deals: int, ours: list[Run], reference: list[Run], *, peak: float, first_peak: float
) -> Result:
    times = Times([each.seconds for each in ours])
    rows = ours[0].rows
    other_peak = max(each.peak_mb for each in reference)
    goals = [
        Goal(
            what="deals a second",
            value=deals / statistics.median(each.deal_seconds for each in ours),
            limit=DEALS_PER_SECOND,
            at_least=True,
        )
    ]
    if peak != first_peak:
        goals.append(
            Goal(what="memory against the first", value=peak / first_peak, limit=FLAT)
        )
    return Result(
        case=f"bundle of {deals:,} deals",
        ours=times,
        reference=Times([each.seconds for each in reference]),
        same=all(each.found == ours[0].found for each in (*ours, *reference)),
        goals=goals,
        notes=[
            f"{rows:,} rows in all, {rows / times.median:,.0f} a second",
            f"peak of memory {peak:.0f} MB, of the reference {other_peak:.0f} MB",
        ],
    )


def _bundle(deals: int) -> Path:
    """Return the folder of a bundle; it is written if it is not there yet."""
    partners = max(12, deals // 36)
    size = demo_bundle.Size(partners=partners, clients=8 * partners, deals=deals)
    sources = sorted(Path(demo_bundle.__file__).parent.glob("*.py"))
    text = f"{size} {SEED} {TODAY}" + "".join(map(Path.read_text, sources))
    folder = FOLDER / f"bundle_{deals}_{zlib.crc32(text.encode()):08x}"
    if not folder.exists():
        beside = folder.with_suffix(".part")
        demo_bundle.write_bundle(folder=beside, size=size, seed=SEED, today=TODAY)
        beside.rename(folder)
    return folder


def _import(store: Store, folder: Path, way: str) -> Run:
    store.copy(EMPTY, TARGET)
    done = subprocess.run(
        [sys.executable, "-c", ONCE, str(folder), way],
        cwd=ROOT,
        env=environ(store.url(TARGET)),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Run(**json.loads(done.stdout))


BENCHMARK = Benchmark(
    about="a bundle into an empty portal, against copying its files as they are",
    run=run,
)
