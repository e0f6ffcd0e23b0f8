"""One import, measured in a process of its own: `FOLDER ours|reference`.

Prints JSON: seconds, the peak of memory, the rows of all files, and what is in the
database afterwards, in words that both ways have in common.
"""

from __future__ import annotations

import csv
import hashlib
import json
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from benchmarks.world import NOON, TODAY
from interchange.report import Report
from interchange.services import ALL_WELL, find_files, import_files
from portal.management.commands.import_bundle import FILES, FINISH

OURS: Final = {
    "deals": """
        SELECT d.ref, p.ref, c.ref, d.name, d.motion, d.registered_on, d.stage,
            d.closed_on, d.poi_on, d.cancelled_on
        FROM deals_deal d JOIN partners_partner p ON p.id = d.partner_id
        JOIN clients_client c ON c.id = d.client_id
    """,
    "deal_lines": """
        SELECT d.ref, l.product_line, l.edition, l.mrr_minor, l.currency, l.credits
        FROM deals_dealline l JOIN deals_deal d ON d.id = l.deal_id
    """,
    "subscriptions": """
        SELECT s.ref, c.ref, s.product_line, s.edition, s.mrr_minor, s.currency,
            s.from_on, s.until_on, s.renews_on, s.seats
        FROM clients_subscription s JOIN clients_client c ON c.id = s.client_id
    """,
    "relationships": """
        SELECT p.ref, c.ref, r.kind, r.from_on, r.until_on
        FROM clients_relationship r JOIN partners_partner p ON p.id = r.partner_id
        JOIN clients_client c ON c.id = r.client_id
    """,
}
"""The rows of these files as the portal stores them, in the order of their columns."""

MRR: Final = {"deal_lines": 3, "subscriptions": 4}
"""Where these files have an amount: the portal stores minor units."""


def main() -> None:
    folder, way = Path(sys.argv[1]), sys.argv[2]
    work, query = {
        "ours": (_portal, OURS.__getitem__),
        "reference": (_plain_tables, lambda name: f"SELECT * FROM bench_{name}"),  # noqa: S608
    }[way]
    spent: dict[str, float] = {}
    started = time.perf_counter()
    rows = work(folder, spent)
    seconds = time.perf_counter() - started
    peak = peak_mb()
    found = {name: _digest(query(name), name) for name in OURS}
    facts = {"seconds": seconds, "peak_mb": peak, "rows": rows, "found": found}
    print(json.dumps(facts | {"spent": spent}))


def _portal(folder: Path, spent: dict[str, float]) -> int:
    report = Report()
    last = time.perf_counter()

    def progress(filename: str, *, bytes_read: int, rows: int) -> None:
        nonlocal last
        now = time.perf_counter()
        spent[filename] = spent.get(filename, 0.0) + now - last
        last = now

    code = import_files(
        found=find_files(folder=folder, files=FILES),
        report=report,
        on=TODAY,
        clock=lambda: NOON,
        finish=FINISH,
        progress=progress,
    )
    if code != ALL_WELL:
        raise SystemExit(f"The bundle was refused: {report.refusals[:3]}")
    total = report.total
    return total.new + total.changed + total.unchanged


def _plain_tables(folder: Path, spent: dict[str, float]) -> int:
    rows = 0
    for path in sorted(folder.glob("*.csv")):
        started = time.perf_counter()
        rows += _copy(path)
        spent[path.name] = time.perf_counter() - started
    return rows


def _copy(path: Path) -> int:
    """Copy a file into a table of text columns; a blank cell is null."""
    table = f"bench_{path.stem}"
    with (
        path.open(encoding="utf-8", newline="") as file,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        reader = csv.reader(file)
        names = next(reader)
        columns = ", ".join(f'"{name}" text' for name in names)
        cursor.execute(f"CREATE TABLE {table} ({columns})")
        rows = ([cell or None for cell in row] for row in reader)
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(names))
            cursor.executemany(
                f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608
                rows,  # type: ignore[arg-type]  # an iterator does, and saves memory
            )
        return reader.line_num - 1


def peak_mb() -> float:
    """Return the most memory this process has had resident.

    Linux counts what the parent had at the start into `ru_maxrss`, and knows better.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        peaks = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
        if peaks:
            return int(peaks[0]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _digest(query: str, name: str) -> tuple[int, str]:
    """Return the number of rows and the hash of them all, whatever their order."""
    amount = MRR.get(name)
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = sorted(_line(row, amount) for row in cursor.fetchall())
    return len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _line(row: Iterable[Any], amount: int | None) -> str:
    cells = ["" if cell is None else str(cell) for cell in row]
    if amount is not None:
        # 12.50 and 1250: the bundle has all decimals of a currency.
        cells[amount] = str(int(cells[amount].replace(".", "")))
    return ",".join(cells)
