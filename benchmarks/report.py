"""Results as text for people and as JSON for whoever compares runs."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection

from benchmarks.harness import MS, Goal, Result, Times

_HEAD = (
    f"{'case':<34}{'ours ms':>10}{'min':>9}{'max':>9}"
    f"{'reference':>12}{'min':>9}{'max':>9}{'ratio':>8}  rows"
)


def machine(database: str, *, with_contents: bool) -> str:
    """Return what the figures were measured on: versions, and what the database holds."""
    words = [
        database,
        f"Python {platform.python_version()}",
        f"{os.cpu_count()} cores",
        f"a million additions in {_yardstick() * MS:.0f} ms",
        *(_contents() if with_contents else ()),
    ]
    return ", ".join(words)


def _yardstick() -> float:
    """Return the seconds of a fixed piece of work: how fast the machine is just now."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        sum(range(1_000_000))
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _contents() -> Iterator[str]:
    most = (
        "SELECT count(*) FROM partners_pointsentry"
        " GROUP BY partner_id ORDER BY 1 DESC LIMIT 1"
    )
    with connection.cursor() as cursor:
        for label, query in (
            ("partners", "SELECT count(*) FROM partners_partner"),
            ("deals", "SELECT count(*) FROM deals_deal"),
            ("ledger entries", "SELECT count(*) FROM partners_pointsentry"),
            ("of the largest partner", most),
        ):
            cursor.execute(query)
            yield f"{cursor.fetchone()[0]:,} {label}"


def head() -> str:
    return _HEAD


def lines(result: Result) -> Iterator[str]:
    """Yield a line of numbers, then a line for each goal, note and plan."""
    same = "same" if result.same else "DIFFERENT"
    yield (
        f"{result.case:<34}{_numbers(result.ours, 10)}"
        f"{_numbers(result.reference, 12)}{result.ratio:>8.2f}  {same}"
    )
    for goal in result.goals:
        yield f"    goal: {goal_text(goal)}"
    for note in result.notes:
        yield f"    {note}"
    for plan in result.plans:
        yield ""
        yield from (f"    {line}" for line in plan.splitlines())


def goal_text(goal: Goal) -> str:
    sign = "≥" if goal.at_least else "≤"
    met = "met" if goal.met else "MISSED"
    return f"{goal.what} {_short(goal.value)} {sign} {_short(goal.limit)}: {met}"


def as_data(result: Result) -> dict[str, Any]:
    return {
        "case": result.case,
        "ours_ms": _times(result.ours),
        "reference_ms": _times(result.reference),
        "ratio": round(result.ratio, 3),
        "same": result.same,
        "goals": [
            {
                "what": goal.what,
                "value": round(goal.value, 3),
                "limit": goal.limit,
                "at_least": goal.at_least,
                "met": goal.met,
            }
            for goal in result.goals
        ],
        "notes": list(result.notes),
    }


def _numbers(times: Times, width: int) -> str:
    return (
        f"{times.median * MS:>{width}.2f}{times.least * MS:>9.2f}{times.most * MS:>9.2f}"
    )


def _times(times: Times) -> dict[str, float]:
    return {
        "median": round(times.median * MS, 3),
        "min": round(times.least * MS, 3),
        "max": round(times.most * MS, 3),
    }


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004
