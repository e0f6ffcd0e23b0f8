"""The diary of a partner's points: opening, movements, closing, to the last micro-point.

The opening is what counted on the day before the period, as it was known when the period
began; the closing what counts on its last day, as it was known when that was over. So
the closing of one period is the opening of the next, and what was learnt late stands in
the period in which it was learnt, marked as such.

A movement is an entry that begins to count or one that no longer does: expiries are
movements too. An entry that was learnt late and had expired by then moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

_MOVED = """
    SELECT e.id, 0 AS late, e.effective_on AS day, e.points, e.reason AS cause
    FROM partners_pointsentry e
    WHERE e.partner_id = %(partner)s AND e.recorded_at < %(known_to)s
        AND e.effective_on BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT e.id, 0, e.expires_on, -e.points, 'expired'
    FROM partners_pointsentry e
    WHERE e.partner_id = %(partner)s AND e.kind IN ('sourced', 'assisted')
        AND e.expires_on BETWEEN %(first)s AND %(last)s
        AND e.recorded_at < %(known_to)s
"""
_LATE = """
    UNION ALL
    SELECT e.id, 1, e.effective_on, e.points, e.reason
    FROM partners_pointsentry e
    WHERE e.id IN (
        -- From the index alone: few of many are late.
        SELECT i.id FROM partners_pointsentry i
        WHERE i.partner_id = %(partner)s AND i.effective_on < %(first)s
            AND i.recorded_at >= %(known_from)s AND i.recorded_at < %(known_to)s
            AND (i.expires_on IS NULL OR i.expires_on >= %(first)s)
    )
"""
_ORDER = "late DESC, day DESC, id DESC, cause"

_NEWEST = f"""
    SELECT e.public_id, e.kind, e.source_kind, e.source_id, e.source_ref,
        m.late, m.day, m.points, m.cause, m.sum, m.count
    FROM (
        SELECT q.*, SUM(q.points) OVER () AS sum, COUNT(*) OVER () AS count
        FROM ({_MOVED} {{late}}) q {{where}}
        ORDER BY {_ORDER} LIMIT %(limit)s OFFSET %(offset)s
    ) m
    JOIN partners_pointsentry e ON e.id = m.id
    ORDER BY m.late DESC, m.day DESC, m.id DESC, m.cause
"""  # noqa: S608 - no value of anybody's stands in the text

_BY_CAUSE = f"""
    SELECT cause, SUM(points), COUNT(*) FROM ({_MOVED} {{late}}) q GROUP BY cause
"""  # noqa: S608

_COUNTED = """
    SELECT COALESCE(SUM(points), 0) FROM partners_pointsentry
    WHERE partner_id = %(partner)s AND recorded_at < %(known)s
        AND effective_on <= %(day)s AND (expires_on IS NULL OR expires_on > %(day)s)
"""


class MovementCause(models.TextChoices):
    """Why points came or went."""

    WON = "won", _("Deal won")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Subscription ended")
    REDUCED = "reduced", _("Subscription reduced")
    STOCK = "stock", _("Managed stock changed")
    CORRECTED = "corrected", _("Source data corrected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days `first`..`last`, both included, and what was known when they began and ended.

    The moments are excluded: what was recorded at one is not known yet.
    """

    first: date
    last: date
    known_from: datetime
    known_to: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """An entry that began to count, or no longer does; micro-points.

    `late`: it counts from a day before the period, but was not known then.
    """

    public_id: UUID
    kind: str
    source_kind: str
    source_id: int
    source_ref: str
    late: bool
    day: date
    points: int
    cause: MovementCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """Some movements, newest first, and what all that were asked for add up to."""

    movements: Sequence[Movement]
    sum: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseSum:
    """What one cause moved in the period."""

    cause: MovementCause
    points: int
    count: int


def newest_movements(
    partner_id: int,
    period: Period,
    *,
    limit: int,
    offset: int = 0,
    cause: MovementCause | None = None,
) -> Newest:
    """Return movements of a period, of one cause or of all, in one query.

    Past the last one there is nothing to add up: sum and count are zero.
    """
    where = "WHERE q.cause = %(cause)s" if cause else ""
    sql = _NEWEST.format(where=where, late=_late(period))
    parameters = _parameters(partner_id, period) | {"limit": limit, "offset": offset}
    if cause:
        parameters["cause"] = cause.value
    rows = list(_rows(sql, parameters))
    return Newest(
        movements=[_movement(row) for row in rows],
        sum=int(rows[0][9]) if rows else 0,
        count=int(rows[0][10]) if rows else 0,
    )


def sums_by_cause(partner_id: int, period: Period) -> list[CauseSum]:
    """Return what each cause moved, in the order of `MovementCause`."""
    sql = _BY_CAUSE.format(late=_late(period))
    found = {row[0]: row for row in _rows(sql, _parameters(partner_id, period))}
    return [
        CauseSum(cause=cause, points=int(found[cause][1]), count=int(found[cause][2]))
        for cause in MovementCause
        if cause.value in found
    ]


def counted_on(partner_id: int, day: date, *, known: datetime) -> int:
    """Return what counted on a day, of what was recorded before a moment."""
    parameters = {"partner": partner_id, "day": _day(day), "known": _moment(known)}
    (row,) = _rows(_COUNTED, parameters)
    return int(row[0])


def _late(period: Period) -> str:
    """Return the part that looks for what was learnt late, where anything can be."""
    return _LATE if period.known_from < period.known_to else ""


def _movement(row: Sequence[Any]) -> Movement:
    public_id, kind, source_kind, source_id, source_ref, late, day, points, cause = row[
        :9
    ]
    return Movement(
        # SQLite gives both as text.
        public_id=public_id if isinstance(public_id, UUID) else UUID(public_id),
        kind=kind,
        source_kind=source_kind,
        source_id=source_id,
        source_ref=source_ref,
        late=bool(late),
        day=day if isinstance(day, date) else date.fromisoformat(day),
        points=int(points),
        cause=MovementCause(cause),
    )


def _parameters(partner_id: int, period: Period) -> dict[str, Any]:
    return {
        "partner": partner_id,
        "first": _day(period.first),
        "last": _day(period.last),
        "known_from": _moment(period.known_from),
        "known_to": _moment(period.known_to),
    }


def _day(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _rows(sql: str, parameters: dict[str, Any]) -> Iterator[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        yield from cursor.fetchall()
