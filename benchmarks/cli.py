"""`python -m benchmarks`: chooses benchmarks and a database, starts them, writes JSON.

Each benchmark is a process of its own (`benchmarks.alone`), so that none inherits the
memory or the connection of another. The exit code is 1 if one of them failed, or if ours
and the reference came to different rows; how long anything took never changes it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.sizes import SIZES
from benchmarks.stores import ROOT, UnusableDatabaseError, environ, store_of


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a benchmark lives, what its process is, and whether it needs the world."""

    module: str
    process: str = "command"
    needs_world: bool = True


BENCHMARKS: Final = {
    "reevaluation": Entry("benchmarks.reevaluation"),
    "rehearsal": Entry("benchmarks.rehearsing"),
    "posting": Entry("benchmarks.posting"),
    "accrual": Entry("benchmarks.accrual"),
    "import": Entry("benchmarks.importing", needs_world=False),
    # With the pool of connections that web processes share.
    "pages": Entry("benchmarks.pages", process="web"),
    "simulator": Entry("benchmarks.simulating", process="web"),
    "statements": Entry("benchmarks.statements", process="web"),
}

FILL, ALL, LIST = "fill", "all", "list"


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if options.name == LIST:
        print("\n".join(BENCHMARKS))
        return 0
    try:
        url = store_of(options.database).url(options.size)
    except UnusableDatabaseError as error:
        print(error, file=sys.stderr)
        return 2
    names = list(BENCHMARKS) if options.name == ALL else [options.name]
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        if FILL in names or any(BENCHMARKS[name].needs_world for name in names):
            code = _start(FILL, "command", url, options, out)
            if code or FILL in names:
                return code
        code = 0
        for name in names:
            code = max(code, _start(name, BENCHMARKS[name].process, url, options, out))
            if out.exists():
                found.append(json.loads(out.read_text(encoding="utf-8")))
                out.unlink()
    if options.json:
        text = json.dumps(found, ensure_ascii=False, indent=2)
        options.json.write_text(f"{text}\n", encoding="utf-8")
    return code


def parser() -> argparse.ArgumentParser:
    described = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the portal against hand-written SQL (docs/performance.md).",
    )
    described.add_argument(
        "name",
        choices=[*BENCHMARKS, ALL, FILL, LIST],
        help="a benchmark; fill only builds the data",
    )
    described.add_argument("--size", choices=list(SIZES), default="small")
    described.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="postgres, sqlite, postgres://user@host:5432 or sqlite:///FOLDER",
    )
    described.add_argument("--json", type=Path, metavar="FILE")
    described.add_argument(
        "--rounds", type=int, default=0, metavar="N", help="how often to measure"
    )
    described.add_argument("--plan", action="store_true", help="print query plans, too")
    described.add_argument("--fresh", action="store_true", help="build the data anew")
    return described


def _start(
    name: str, process: str, url: str, options: argparse.Namespace, out: Path
) -> int:
    """Run one benchmark in a process of its own and return its exit code."""
    command = [
        *(sys.executable, "-m", "benchmarks.alone", name, "--json", str(out)),
        *("--size", options.size, "--database", options.database),
        *("--rounds", str(options.rounds)),
        *(["--plan"] if options.plan else []),
        *(["--fresh"] if options.fresh else []),
    ]
    return subprocess.run(
        command, cwd=ROOT, env=environ(url, process=process), check=False
    ).returncode
