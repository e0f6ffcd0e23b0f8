"""A month's receipts to what every schedule earned: the statement of the monthly run.

Twelve months follow one another (large: three), each with new receipts, so that history
grows from round to round. Both sides begin with an empty ledger and write a line for
every schedule. The reference is the same task as one would write it by hand for a first
run: receipts summed up, dealt out oldest first by a window, into a table of its own with
the same keys and checks. It knows of no downgrades, of no lines that are there already
and of no reasons but one; ours does. Then ours runs again where nothing is to be done.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection, transaction

from benchmarks import plans
from benchmarks.fill import tidy
from benchmarks.harness import Benchmark, Case, Context, Goal, Result, Times, ratio_goal
from commissions import accrual_sql
from commissions.accrual_sql import Clients
from commissions.services import accrue_month, client_ranges
from partners.selectors import edition_on
from program.calendar import add_months

RATIO: Final = 1.5
FLAT: Final = 1.2
"""How much longer the last months may take than the first and still count as flat."""
AGAIN: Final = 0.2
"""What part of a first run a second one may take."""
MONTHS: Final = 12
MONTHS_OF_MANY: Final = 3
MANY: Final = 1_000_000

FIRST: Final = date(2025, 10, 1)
AT: Final = datetime(2026, 10, 5, 6, tzinfo=UTC)
LEDGER, BY_HAND = "commissions_accrual", "bench_accrual"

FACTS: Final = (
    '{"motion": "sourced", "closed_on": "2025-03-10", "sold_on": "2025-03-10", "poi_on":'
    ' "2025-03-10", "membership": "partner", "tier": "gold", "accredited": false,'
    ' "territory": "US", "mrr": [], "cancelled_on": null, "demoted_on": null}'
)

# Every line of the world sold something, which runs for 36 months; begun on 540 days.
SCHEDULES: Final = """
    INSERT INTO commissions_schedule (public_id, line_id, increase_id, deal_id,
        partner_id, client_id, product_line, closed_on, deal_ref, begins_on, plan,
        refused, rate_bps, months, mrr_minor, currency, first_month, last_month, ended,
        facts, edition_id, opened_at)
    SELECT {public_id}, l.id, NULL, d.id, d.partner_id, d.client_id, l.product_line,
        {begins}, d.ref, {begins}, 'deal', '', 2000, 36, l.mrr_minor, l.currency,
        {first}, {last}, '', %(facts)s, %(edition)s, %(at)s
    FROM deals_dealline l JOIN deals_deal d ON d.id = l.deal_id
    ORDER BY l.id
"""

# Nine of ten pay; every seventh not all of it.
RECEIPTS: Final = """
    INSERT INTO commissions_receipt (ref, entry, client_id, product_line, month,
        amount_minor, currency, takes_back_id, source, note, actor_id, recorded_at)
    SELECT 'R-' || client_id || '-' || product_line || '-' || currency || '-'
            || %(month)s, 0, client_id, product_line, {month},
        CASE WHEN client_id %% 7 = 0 THEN total / 2 + 1 ELSE total END, currency, NULL,
        'import', '', NULL, {at}
    FROM (
        SELECT client_id, product_line, currency, CAST(SUM(mrr_minor) AS BIGINT) AS total
        FROM commissions_schedule GROUP BY client_id, product_line, currency
    ) g
    WHERE client_id %% 10 > 0 AND total > 0
    ORDER BY client_id
"""

REFERENCE: Final = """
    INSERT INTO bench_accrual (month, schedule_id, number, base_minor, commission_minor,
        currency, rate_bps, plan, edition_id, why, receipts, recorded_at)
    SELECT {month}, id, 0, base, (base * rate_bps + 5000) / 10000, currency, rate_bps,
        plan, edition_id,
        CASE WHEN base > 0 THEN '' WHEN pot > 0 THEN 'taken_by_older'
            ELSE 'not_paid' END, ids, {at}
    FROM (
        SELECT s.*, COALESCE(r.net, 0) AS pot, COALESCE(r.ids, '') AS ids,
            {least}(s.mrr_minor, {greatest}(COALESCE(r.net, 0) - CAST(COALESCE(
                SUM(s.mrr_minor) OVER (
                    PARTITION BY s.client_id, s.product_line, s.currency
                    ORDER BY s.closed_on, s.deal_ref, s.id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), 0) AS BIGINT), 0)) AS base
        FROM commissions_schedule s
        LEFT JOIN (
            SELECT client_id, product_line, currency,
                CAST(SUM(amount_minor) AS BIGINT) AS net, {ids} AS ids
            FROM commissions_receipt WHERE month = %(month)s
            GROUP BY client_id, product_line, currency
        ) r ON r.client_id = s.client_id AND r.product_line = s.product_line
            AND r.currency = s.currency
        WHERE s.first_month <= %(month)s AND s.last_month >= %(month)s
    ) w
    ORDER BY id
"""
SETTINGS: Final = "SET LOCAL work_mem = '128MB'; SET LOCAL jit = off"


def run(context: Context) -> Iterator[Result]:
    _prepare()
    months = [
        add_months(FIRST, number)
        for number in range(MONTHS if context.size.deals < MANY else MONTHS_OF_MANY)
    ]
    if context.rounds:
        months = months[: max(context.rounds + 1, 2)]
    coming = iter(months)
    month = FIRST

    def next_month() -> None:
        nonlocal month
        month = next(coming)
        _receive(month)

    ours: list[float] = []
    reference: list[float] = []
    same = True
    for _month in months:
        next_month()
        once, hand, alike = Case(
            ours=lambda: _accrue(month),
            reference=lambda: _by_hand(month),
            ours_says=lambda _count: _rows(LEDGER, month),
            reference_says=lambda _count: _rows(BY_HAND, month),
        ).run(rounds=1, warm_up=0)
        ours += once.seconds
        reference += hand.seconds
        same = same and alike
    count = _count(month)
    # The first month reads tables that nobody has looked at yet.
    yield _first_runs(Times(ours[1:]), Times(reference[1:]), same=same, count=count)
    yield _second_runs(months, Times(ours[1:]), context)
    _clean()


def _first_runs(ours: Times, reference: Times, *, same: bool, count: int) -> Result:
    part = max(len(ours.seconds) // 3, 1)
    begin = statistics.median(ours.seconds[:part])
    end = statistics.median(ours.seconds[-part:])
    return Result(
        case="a month that nobody accrued yet",
        ours=ours,
        reference=reference,
        same=same,
        goals=[
            ratio_goal(ours, reference, RATIO),
            Goal(what="the last months against the first", value=end / begin, limit=FLAT),
        ],
        notes=[
            f"{count:,} lines a month, {len(ours.seconds) + 1} months",
            f"{ours.median * 1e6 / max(count, 1):.2f} µs a line",
        ],
    )


def _second_runs(months: list[date], first: Times, context: Context) -> Result:
    """Run every month again: nothing is to be done, and nothing is written."""
    counts = [_count(month) for month in months]
    seconds: list[float] = []
    again, _none, same = Case(
        ours=lambda: [_accrue(month) for month in months[1:]],
        reference=lambda: None,
        ours_says=lambda written: (written, [_count(month) for month in months]),
        reference_says=lambda _none: ([0] * (len(months) - 1), counts),
    ).run(rounds=context.rounds or 3, warm_up=0)
    seconds += [each / (len(months) - 1) for each in again.seconds]
    times = Times(seconds)
    return Result(
        case="the same months again",
        ours=times,
        reference=first,
        same=same,
        goals=[ratio_goal(times, first, AGAIN)],
        notes=["the reference here is ours, the first time"],
        plans=[_plan(months[-1])] if context.plan else [],
    )


def _accrue(month: date) -> int:
    return sum(
        accrue_month(month=month, first=first, last=last, at=AT)
        for first, last in client_ranges()
    )


def _by_hand(month: date) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(SETTINGS)
        cursor.execute(REFERENCE.format(**_words()), _parameters(month))
        return int(cursor.rowcount)


def _rows(table: str, month: date) -> tuple[Any, ...]:
    """Return how many lines a month has, and a mark of what they say."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT schedule_id, number, base_minor, commission_minor, currency, why,"  # noqa: S608
            f" receipts FROM {table} WHERE month = %s ORDER BY schedule_id",
            [str(month)],
        )
        digest, count = 0, 0
        while rows := cursor.fetchmany(10_000):
            count += len(rows)
            for row in rows:
                digest ^= hash(row)
        return count, digest


def _count(month: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM commissions_accrual WHERE month = %s", [str(month)]
        )
        return int(cursor.fetchone()[0])


def _words() -> dict[str, str]:
    """Return what the two databases say differently."""
    if connection.vendor == "postgresql":
        begins = "DATE '2024-01-01' + CAST(l.id %% 540 AS INTEGER)"
        return {
            "least": "LEAST",
            "greatest": "GREATEST",
            "ids": "STRING_AGG(CAST(id AS TEXT), ',' ORDER BY id)",
            "month": "CAST(%(month)s AS DATE)",
            "at": "CAST(%(at)s AS TIMESTAMPTZ)",
            "public_id": "gen_random_uuid()",
            "begins": begins,
            "first": f"date_trunc('month', {begins})",
            "last": f"date_trunc('month', {begins}) + INTERVAL '35 months'",
        }
    begins = "date('2024-01-01', '+' || (l.id %% 540) || ' days')"
    return {
        "least": "MIN",
        "greatest": "MAX",
        "ids": "GROUP_CONCAT(id, ',')",
        "month": "%(month)s",
        "at": "%(at)s",
        "public_id": "lower(hex(randomblob(16)))",
        "begins": begins,
        "first": f"date({begins}, 'start of month')",
        "last": f"date({begins}, 'start of month', '+35 months')",
    }


def _parameters(month: date = FIRST) -> dict[str, Any]:
    return {
        "month": str(month),
        "at": connection.ops.adapt_datetimefield_value(AT),
        "facts": FACTS,
        "edition": edition_on(FIRST).id,
    }


def _prepare() -> None:
    """Sell every line of the world once, and make the table of the reference."""
    _clean()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SCHEDULES.format(**_words()), _parameters())
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE TABLE {BY_HAND} (LIKE {LEDGER} INCLUDING ALL)")
        else:
            for (sql,) in _definitions(cursor, LEDGER):
                cursor.execute(
                    sql.replace(LEDGER, BY_HAND).replace(
                        "accrual_corrections", "bench_corrections"
                    )
                )
    tidy()


def _definitions(cursor: Any, table: str) -> list[tuple[str]]:
    cursor.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND type IN ('table', 'index')"
        " AND sql IS NOT NULL ORDER BY type DESC",
        [table],
    )
    found: list[tuple[str]] = cursor.fetchall()
    return found


def _receive(month: date) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RECEIPTS.format(**_words()), _parameters(month))
    tidy()


def _clean() -> None:
    """Take out what this benchmark put into the world, whatever guards it."""
    tables = (
        *(LEDGER, "commissions_accrualmark", "commissions_receipt"),
        "commissions_schedule",
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {BY_HAND}")
        if connection.vendor == "postgresql":
            # What names a schedule is emptied with them; there is none.
            cursor.execute(
                "SELECT tablename FROM pg_tables WHERE tablename LIKE 'commissions\\_%%'"
            )
            guarded = [name for (name,) in cursor.fetchall()]
            for name in guarded:
                cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            for name in guarded:
                cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
            return
        for table in tables:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                " AND tbl_name = %s",
                [table],
            )
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
            for _name, sql in triggers:
                cursor.execute(sql.replace("%", "%%"))


def _plan(month: date) -> str:
    ranges = list(client_ranges())
    first, last = ranges[0]
    clients = Clients(first=first, last=last)
    sql, parameters = accrual_sql.statement(month=month, clients=clients, at=AT)
    before = SETTINGS if connection.vendor == "postgresql" else ""
    return plans.explain(sql, parameters, before=before)


BENCHMARK = Benchmark(
    about="a month's receipts to all accruals, against one hand-written statement",
    run=run,
)
