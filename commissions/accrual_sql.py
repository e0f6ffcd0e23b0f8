"""The statement that accrues a month, the same on both databases (3.6, rulebook 1.4).

Written by hand because one statement over all schedules is what makes a monthly run take
seconds (docs/performance.md). It says what `program.commission.allocate` says, in
integers: receipts net of refunds, per currency and never below nothing, dealt out to the
running schedules of a client and product line, oldest first, each up to its capacity.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from interchange.writer import export_collation
from program.calendar import add_months

NO_LAST_ID: Final = 2**62  # an upper end for "all clients"


@dataclass(frozen=True, slots=True)
class Clients:
    """Whose schedules: a range of client ids, both ends included, or some of them."""

    first: int = 0
    last: int = NO_LAST_ID
    ids: Collection[int] | None = None
    untouched: bool = False
    """No line of the month was written for any of them."""


# What each schedule of the month has already, and what it may earn at most (`room`: NULL
# if it does not run). A schedule that no longer runs is there for its lines.
_ROOM: Final = """
    SELECT s.id, s.client_id, s.product_line, s.closed_on, s.deal_ref, s.currency,
        s.rate_bps, s.plan, s.refused, s.ended, s.months, s.first_month, s.edition_id,
        {had},
        CASE WHEN s.first_month <= %(month)s AND s.last_month >= %(month)s
            THEN {least}(s.mrr_minor, COALESCE(r.left_minor, s.mrr_minor)) END AS room
    FROM commissions_schedule s
    LEFT JOIN (
        SELECT line_id, MIN(mrr_minor) AS left_minor FROM deals_linereduction
        WHERE "on" < %(next_month)s {of_lines} GROUP BY line_id
    ) r ON r.line_id = s.line_id
    {had_join}
    WHERE {of_schedules}
"""

# Where the caller knows that no line was written yet, nothing is looked up.
_HAD_NONE: Final = """
    0 AS had_lines, CAST(NULL AS BIGINT) AS had_base, CAST(NULL AS BIGINT)
        AS had_commission
"""

# One look into the index (month, schedule, number) for each schedule.
_HAD_JOIN: Final = """
    LEFT JOIN LATERAL (
        SELECT COUNT(*) AS lines, CAST(SUM(a.base_minor) AS BIGINT) AS base,
            CAST(SUM(a.commission_minor) AS BIGINT) AS commission
        FROM commissions_accrual a
        WHERE a.month = %(month)s AND a.schedule_id = s.id
    ) h ON TRUE
"""
_HAD: Final = "h.lines AS had_lines, h.base AS had_base, h.commission AS had_commission"
_HAD_EACH: Final = ", ".join(
    f"""(
        SELECT {what} FROM commissions_accrual a
        WHERE a.month = %(month)s AND a.schedule_id = s.id
    ) AS had_{name}"""  # noqa: S608  (words of this module)
    for name, what in (
        ("lines", "COUNT(*)"),
        ("base", "SUM(a.base_minor)"),
        ("commission", "SUM(a.commission_minor)"),
    )
)

# What came in for the month, by client, product line and currency.
_CAME: Final = """
    SELECT r.client_id, r.product_line, r.currency,
        CAST(SUM(r.amount_minor) AS BIGINT) AS net, {ids} AS ids
    FROM {ordered_receipts} r
    GROUP BY r.client_id, r.product_line, r.currency
"""

_DEALT: Final = """
    SELECT w.*, c.ids, COALESCE({greatest}(c.net, 0), 0) AS pot,
        COALESCE(CAST(SUM(w.room) OVER (
            PARTITION BY w.client_id, w.product_line, w.currency
            ORDER BY w.closed_on, w.deal_ref COLLATE "{collation}", w.id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS BIGINT), 0) AS taken
    FROM ({room}) w
    LEFT JOIN ({came}) c ON c.client_id = w.client_id
        AND c.product_line = w.product_line AND c.currency = w.currency
    WHERE w.room IS NOT NULL OR w.had_lines > 0
"""

# One that does not run is asked for first: LEAST passes over NULL, MIN does not.
_BASE: Final = """
    SELECT d.*, CASE WHEN d.room IS NULL THEN 0
        ELSE {least}(d.room, {greatest}(d.pot - d.taken, 0)) END AS base
    FROM ({dealt}) d
"""

# In two parts, so that no product is larger than the amounts themselves.
_EARNED: Final = """
    SELECT b.*, b.base / 10000 * b.rate_bps
        + (b.base %% 10000 * b.rate_bps + 5000) / 10000 AS commission
    FROM ({base}) b
"""

_WHY: Final = """
    CASE WHEN e.base > 0 THEN ''
        WHEN e.refused <> '' THEN e.refused
        WHEN e.room > 0 AND e.pot > 0 THEN 'taken_by_older'
        WHEN e.room > 0 THEN CASE WHEN EXISTS (
            SELECT 1 FROM commissions_receipt o
            WHERE o.month = %(month)s AND o.client_id = e.client_id
                AND o.product_line = e.product_line AND o.currency <> e.currency
            GROUP BY o.currency HAVING SUM(o.amount_minor) > 0
        ) THEN 'other_currency' ELSE 'not_paid' END
        WHEN e.room = 0 THEN 'reduced_to_nothing'
        WHEN e.first_month > %(month)s THEN 'not_begun'
        WHEN e.ended = 'cancelled' THEN e.ended
        WHEN e.ended = 'demoted' AND {term_ends} > %(month)s THEN e.ended
        ELSE 'term_ended' END
"""

_ACCRUE: Final = """
    INSERT INTO commissions_accrual (month, schedule_id, number, base_minor,
        commission_minor, currency, rate_bps, plan, edition_id, why, receipts,
        recorded_at)
    SELECT {month}, e.id, e.had_lines, e.base - COALESCE(e.had_base, 0),
        e.commission - COALESCE(e.had_commission, 0), e.currency, e.rate_bps, e.plan,
        e.edition_id, {why}, COALESCE(e.ids, ''), {at}
    FROM ({earned}) e
    WHERE e.had_lines = 0 OR e.base <> e.had_base OR e.commission <> e.had_commission
    ORDER BY e.id
"""


def accrue(*, month: date, clients: Clients, at: datetime) -> int:
    """Write the lines a month lacks for some clients; return how many were written.

    `month` is its first day. A running schedule without a line gets number 0, also if it
    earned nothing; where lines exist and their sum is not what the month earned, the
    difference is the next line. Doing it again writes nothing. Whoever calls it keeps
    others from accruing the same clients meanwhile.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and clients.ids is None:
            # Both end with the transaction: sorting in memory, and no compiling, which
            # takes longer than the statement then gains.
            cursor.execute("SET LOCAL work_mem = '128MB'; SET LOCAL jit = off")
        cursor.execute(*statement(month=month, clients=clients, at=at))
        return int(cursor.rowcount)


def statement(
    *, month: date, clients: Clients, at: datetime
) -> tuple[str, dict[str, Any]]:
    """Return the statement of `accrue` and its parameters, for this kind of database."""
    return _text(clients), _parameters(month=month, clients=clients, at=at)


def _text(clients: Clients) -> str:
    is_postgres = connection.vendor == "postgresql"
    least, greatest = ("LEAST", "GREATEST") if is_postgres else ("MIN", "MAX")
    of_schedules = _of(clients, "s.client_id")
    receipts = f"""(
        SELECT * FROM commissions_receipt x
        WHERE x.month = %(month)s AND {_of(clients, "x.client_id")}
        {"" if is_postgres else "ORDER BY x.id"}
    )"""  # noqa: S608  (words of this module)
    came = _CAME.format(
        ids="STRING_AGG(CAST(r.id AS TEXT), ',' ORDER BY r.id)"
        if is_postgres
        else "GROUP_CONCAT(r.id, ',')",
        ordered_receipts=receipts,
    )
    # For a few clients the downgrades of all others are not read.
    of_lines = (
        ""
        if clients.ids is None
        else f"""AND line_id IN (
            SELECT s.line_id FROM commissions_schedule s WHERE {of_schedules}
        )"""  # noqa: S608  (words of this module)
    )
    room = _ROOM.format(
        had=_had(clients),
        had_join=_HAD_JOIN if is_postgres and not clients.untouched else "",
        least=least,
        of_schedules=of_schedules,
        of_lines=of_lines,
    )
    dealt = _DEALT.format(
        greatest=greatest, collation=export_collation(), room=room, came=came
    )
    base = _BASE.format(least=least, greatest=greatest, dealt=dealt)
    term_ends = (
        "e.first_month + e.months * INTERVAL '1 month'"
        if is_postgres
        else "date(e.first_month, '+' || e.months || ' months')"
    )
    return _ACCRUE.format(
        month="CAST(%(month)s AS DATE)" if is_postgres else "%(month)s",
        at="CAST(%(at)s AS TIMESTAMPTZ)" if is_postgres else "%(at)s",
        why=_WHY.format(term_ends=term_ends),
        earned=_EARNED.format(base=base),
    )


def _had(clients: Clients) -> str:
    """Return the columns of what schedules have already."""
    if clients.untouched:
        return _HAD_NONE
    return _HAD if connection.vendor == "postgresql" else _HAD_EACH


def _of(clients: Clients, column: str) -> str:
    """Return the condition that a column names one of these clients."""
    if clients.ids is None:
        return f"{column} BETWEEN %(first)s AND %(last)s"
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%(ids)s)"
    return f"{column} IN (SELECT value FROM json_each(%(ids)s))"  # noqa: S608  (a column)


def _parameters(*, month: date, clients: Clients, at: datetime) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "month": connection.ops.adapt_datefield_value(month),
        "next_month": connection.ops.adapt_datefield_value(add_months(month, 1)),
        "at": connection.ops.adapt_datetimefield_value(at),
    }
    if clients.ids is None:
        return parameters | {"first": clients.first, "last": clients.last}
    ids = sorted(clients.ids)
    is_postgres = connection.vendor == "postgresql"
    return parameters | {"ids": ids if is_postgres else json.dumps(ids)}
