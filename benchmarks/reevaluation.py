"""Ledger to standings, for everybody: the statement behind each full re-evaluation.

The reference is the same task as one would write it by hand for one rulebook: totals per
partner from the covering index, the tier by the numbers of table B, and only rows that
differ are written. One row in fifty is wrong before each run. A second case is the first
run of a new day, which has to touch every row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final

from django.db import connection, transaction

from benchmarks import by_hand, plans
from benchmarks.fill import tidy
from benchmarks.harness import Benchmark, Case, Context, Result, ratio_goal
from benchmarks.world import TODAY
from partners import standing_sql
from partners.selectors import edition_on
from partners.services import refresh_standings

ROUNDS: Final = 9
RATIO: Final = 1.5
WRONG_EACH: Final = 50


def run(context: Context) -> Iterator[Result]:
    tidy()
    yield _compare(context, "one row in fifty is wrong", on=TODAY, before=_make_wrong)
    tomorrow = TODAY + timedelta(days=1)
    yield _compare(context, "a new day: every row", on=tomorrow, before=_back_to_today)


def _compare(
    context: Context, name: str, *, on: date, before: Callable[[], None]
) -> Result:
    parameters = by_hand.parameters(on=on, edition_id=edition_on(on).id)
    ours, reference, same = Case(
        before=before,
        ours=lambda: refresh_standings(on=on),
        reference=lambda: _refresh_by_hand(parameters),
        ours_says=_rows,
        reference_says=_rows,
    ).run(rounds=context.rounds or ROUNDS)
    before()
    our_plan, reference_plan = _plans(on, parameters)
    refresh_standings(on=TODAY)
    _vacuum()
    return Result(
        case=name,
        ours=ours,
        reference=reference,
        same=same,
        goals=[ratio_goal(ours, reference, RATIO)],
        notes=[
            f"{ours.median * 1e6 / context.size.partners:.2f} µs a partner",
            f"ours reads the ledger by {plans.ledger_access(our_plan)}",
            f"the reference by {plans.ledger_access(reference_plan)}",
        ],
        plans=[our_plan, reference_plan] if context.plan else [],
    )


def _refresh_by_hand(parameters: dict[str, Any]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(by_hand.SETTINGS)
        cursor.execute(by_hand.STANDINGS, parameters)
        return int(cursor.rowcount)


def _make_wrong() -> None:
    """Falsify one standing in fifty, so that both sides have the same rows to mend."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE partners_standing SET sourced = sourced + 1, as_of = %s"
            " WHERE partner_id %% %s = 0",
            [str(TODAY - timedelta(days=1)), WRONG_EACH],
        )
    _vacuum()


def _back_to_today() -> None:
    refresh_standings(on=TODAY)
    _vacuum()


def _vacuum() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM partners_standing")


def _rows(changed: int) -> tuple[int, list[tuple[Any, ...]]]:
    """Return how many rows a run wrote, and all standings as they are now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM partners_standing ORDER BY partner_id")
        return changed, cursor.fetchall()


def _plans(on: date, parameters: dict[str, Any]) -> tuple[str, str]:
    ours: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  (Django's signature)
        ours.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen), transaction.atomic():
        standing_sql.refresh(on=on, edition=edition_on(on))
        transaction.set_rollback(True)
    statement, its_parameters = ours[-1]
    settings = next((sql for sql, _ in ours if sql.startswith("SET ")), "")
    return (
        plans.explain(statement, its_parameters, before=settings),
        plans.explain(by_hand.STANDINGS, parameters, before=by_hand.SETTINGS),
    )


BENCHMARK = Benchmark(
    about="the ledger to all standings, against one hand-written statement",
    run=run,
)
