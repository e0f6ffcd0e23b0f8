"""The statements that turn the ledger into standings, the same on both databases.

Written by hand because one statement over millions of entries is what makes a full
re-evaluation take a second (docs/performance.md), and because the same text then gives
the same integers on SQLite and PostgreSQL. All points are micro-points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from interchange.writer import export_collation
from partners.selectors import Edition
from program.rulebook import Kind, Rulebook, Tier
from program.tiers import lowest_meeting

NO_LAST_ID = 2**62  # an upper end for "all partners"

# What each entry adds to each number of a standing, for the entries counting on `day`.
_SUMS = """
    SELECT e.partner_id,
        SUM(e.points) FILTER (WHERE e.kind = 'sourced') AS sourced,
        SUM(e.points) FILTER (WHERE e.kind = 'assisted') AS assisted,
        SUM(e.points) FILTER (WHERE e.kind = 'managed') AS managed,
        SUM(e.points) FILTER (WHERE e.expires_on <= %(in_30)s) AS expiring_30,
        SUM(e.points) FILTER (WHERE e.expires_on <= %(in_60)s) AS expiring_60,
        SUM(e.points) FILTER (WHERE e.expires_on <= %(in_90)s) AS expiring_90,
        SUM(e.points) FILTER (
            WHERE e.kind = 'sourced' AND e.expires_on <= %(evaluation)s
        ) AS sourced_expiring,
        SUM(e.points) FILTER (
            WHERE e.kind = 'assisted' AND e.expires_on <= %(evaluation)s
        ) AS assisted_expiring
    FROM partners_pointsentry e
    WHERE e.partner_id BETWEEN %(first)s AND %(last)s
        AND e.effective_on <= %(day)s
        AND (e.expires_on IS NULL OR e.expires_on > %(day)s)
        {known}
    GROUP BY e.partner_id
"""

_NUMBERS = (
    "sourced",
    "assisted",
    "managed",
    "expiring_30",
    "expiring_60",
    "expiring_90",
    "sourced_expiring",
    "assisted_expiring",
)
_COALESCED = ", ".join(
    f"CAST(COALESCE(t.{name}, 0) AS BIGINT) AS {name}" for name in _NUMBERS
)

_REFRESH = """
    UPDATE partners_standing AS s SET
        as_of = %(day)s, edition_id = %(edition)s, performing_tier = n.tier, {assign}
    FROM (
        SELECT w.*, {tier} AS tier
        FROM (
            SELECT c.partner_id, p.membership, {coalesced},
                (c.credited_tier = 'elite'
                    OR COALESCE(p.elite_invited_on <= %(day)s, FALSE)) AS admitted
            FROM partners_standing c
            JOIN partners_partner p ON p.id = c.partner_id
            LEFT JOIN ({sums}) t ON t.partner_id = c.partner_id
            WHERE c.partner_id BETWEEN %(first)s AND %(last)s
        ) w
    ) n
    WHERE s.partner_id = n.partner_id
        AND NOT (s.as_of = %(day)s AND s.edition_id = %(edition)s
            AND s.performing_tier = n.tier AND {same})
"""

_LOCK = """
    SELECT COUNT(*) FROM (
        SELECT 1 FROM partners_standing WHERE partner_id BETWEEN %(first)s AND %(last)s
        ORDER BY partner_id FOR NO KEY UPDATE
    ) locked
"""

_READ = """
    SELECT w.partner_id, w.ref, {numbers}, {tier} AS tier, w.credited
    FROM (
        SELECT q.*, (q.credited = 'elite' OR q.invited) AS admitted
        FROM (
            SELECT p.id AS partner_id, p.ref, {coalesced},
                COALESCE((
                    SELECT h.admitted FROM partners_eliteadmission h
                    WHERE h.partner_id = p.id AND h."on" <= %(day)s {known_change}
                    ORDER BY h."on" DESC, h.id DESC LIMIT 1
                ), FALSE) AS invited,
                COALESCE((
                    SELECT h.membership FROM partners_membershipchange h
                    WHERE h.partner_id = p.id AND h."on" <= %(day)s {known_change}
                    ORDER BY h."on" DESC, h.id DESC LIMIT 1
                ), (
                    SELECT h.membership FROM partners_membershipchange h
                    WHERE h.partner_id = p.id ORDER BY h."on", h.id LIMIT 1
                ), p.membership) AS membership,
                COALESCE((
                    SELECT h.tier FROM partners_tierchange h
                    WHERE h.partner_id = p.id AND h."on" <= %(day)s {known_change}
                    ORDER BY h."on" DESC, h.id DESC LIMIT 1
                ), 'none') AS credited
            FROM partners_partner p
            LEFT JOIN ({sums}) t ON t.partner_id = p.id
            WHERE p.id BETWEEN %(first)s AND %(last)s
        ) q
    ) w
    ORDER BY w.ref COLLATE "{collation}"
"""

_REHEARSE = """
    INSERT INTO partners_rehearsalrow (rehearsal_id, partner_id, as_of, sourced, assisted,
        managed, credited_tier, tier_now, tier_then, change)
    SELECT %(rehearsal)s, r.partner_id, r.as_of, r.sourced, r.assisted, r.managed,
        r.credited_tier, r.tier_now, r.tier_then,
        CASE WHEN {rank_then} > {rank_now} THEN 'rises'
            WHEN {rank_then} < {rank_now} THEN 'falls' ELSE 'same' END
    FROM (
        SELECT w.*, {now} AS tier_now, {then} AS tier_then
        FROM (
            SELECT s.partner_id, s.as_of, s.sourced, s.assisted, s.managed,
                s.credited_tier, p.membership,
                (s.credited_tier = 'elite'
                    OR COALESCE(p.elite_invited_on <= s.as_of, FALSE)) AS admitted
            FROM partners_standing s
            JOIN partners_partner p ON p.id = s.partner_id
            WHERE s.partner_id BETWEEN %(first)s AND %(last)s
        ) w
    ) r
    ORDER BY r.partner_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOn:
    """A partner's standing on a day, read from the ledger; points in micro-points."""

    partner_id: int
    ref: str
    sourced: int
    assisted: int
    managed: int
    expiring_30: int
    expiring_60: int
    expiring_90: int
    sourced_expiring: int
    assisted_expiring: int
    performing_tier: str
    credited_tier: str

    @property
    def total(self) -> int:
        return self.sourced + self.assisted + self.managed


def refresh(*, on: date, edition: Edition, first: int = 0, last: int = NO_LAST_ID) -> int:
    """Bring the standings of partners `first`..`last` to a day; return how many moved.

    Rows that already say the same are not written. Needs a transaction: the rows are
    locked before the ledger is read.
    """
    sql = _REFRESH.format(
        assign=", ".join(f"{name} = n.{name}" for name in _NUMBERS),
        same=" AND ".join(f"s.{name} = n.{name}" for name in _NUMBERS),
        coalesced=_COALESCED,
        sums=_SUMS.format(known=""),
        tier=_tier_case(edition.rulebook),
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and first != last:
            # Both end with the transaction (docs/performance.md). The first keeps the
            # plan on the covering index once the ledger has grown; the second spares
            # compiling for longer than the statement then gains. One partner needs none.
            cursor.execute("SET LOCAL enable_hashagg = off; SET LOCAL jit = off")
        if connection.vendor == "postgresql":
            # In a statement of its own: one that waits for a row goes on with the sums it
            # had read before, and would write them over those of whom it waited for.
            cursor.execute(_LOCK, {"first": first, "last": last})
        cursor.execute(sql, _parameters(on=on, edition=edition, first=first, last=last))
        return int(cursor.rowcount)


def read(
    *,
    on: date,
    edition: Edition,
    first: int = 0,
    last: int = NO_LAST_ID,
    known_at: datetime | None = None,
) -> Iterator[StandingOn]:
    """Yield the standings of a day, ordered by partner reference, from the ledger.

    With `known_at` they are as they were known at that moment.
    """
    known = known_change = ""
    parameters = _parameters(on=on, edition=edition, first=first, last=last)
    if known_at is not None:
        known = "AND e.recorded_at <= %(known_at)s"
        known_change = "AND h.recorded_at <= %(known_at)s"
        parameters["known_at"] = connection.ops.adapt_datetimefield_value(known_at)
    sql = _READ.format(
        numbers=", ".join(f"w.{name}" for name in _NUMBERS),
        coalesced=_COALESCED,
        sums=_SUMS.format(known=known),
        known_change=known_change,
        tier=_tier_case(edition.rulebook),
        collation=export_collation(),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = ("partner_id", "ref", *_NUMBERS, "performing_tier", "credited_tier")
        while rows := cursor.fetchmany(2_000):
            for row in rows:
                yield StandingOn(**dict(zip(names, row, strict=True)))


def rehearse(
    *, rehearsal_id: int, now: Rulebook, then: Rulebook, first: int, last: int
) -> int:
    """Store where partners `first`..`last` stand under two editions; return how many.

    From their standings as they are: the ledger is not read. Each partner once a
    rehearsal, by the table's unique key.
    """
    sql = _REHEARSE.format(
        now=_tier_case(now),
        then=_tier_case(then),
        rank_now=_rank("r.tier_now"),
        rank_then=_rank("r.tier_then"),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"rehearsal": rehearsal_id, "first": first, "last": last})
        return int(cursor.rowcount)


def _rank(column: str) -> str:
    """Return the SQL for how high a tier is."""
    whens = " ".join(f"WHEN '{tier}' THEN {tier.rank}" for tier in Tier)
    return f"CASE {column} {whens} END"


def _tier_case(rulebook: Rulebook) -> str:
    """Return the SQL for the performing tier of the row `w` (interchange definitions).

    The minima are numbers of the edition, so they stand in the text as integers.
    """
    table = rulebook.table
    sold = " + ".join(f"w.{kind}" for kind in Kind if kind in table.sold_basis)
    total = "w.sourced + w.assisted + w.managed"
    whens = ["WHEN w.membership = 'provider' THEN 'none'"]
    for row in table.rows:
        conditions = [
            f"{sold} >= {lowest_meeting(row.sold_minimum, rulebook)}",
            f"{total} >= {lowest_meeting(row.total, rulebook)}",
        ]
        if table.managed_minimum_enforced:
            conditions.append(
                f"w.managed >= {lowest_meeting(row.managed_minimum, rulebook)}"
            )
        reached = f"'{row.tier}'"
        if row.tier is Tier.ELITE and rulebook.tiers.elite_requires_invitation:
            reached = "CASE WHEN w.admitted THEN 'elite' ELSE 'diamond' END"
        whens.append(f"WHEN {' AND '.join(conditions)} THEN {reached}")
    return f"CASE {' '.join(whens)} ELSE 'none' END"


def _parameters(*, on: date, edition: Edition, first: int, last: int) -> dict[str, Any]:
    days = {
        "day": on,
        "in_30": on + timedelta(days=30),
        "in_60": on + timedelta(days=60),
        "in_90": on + timedelta(days=90),
        "evaluation": edition.rulebook.calendar.next_evaluation(on),
    }
    adapted = {
        name: connection.ops.adapt_datefield_value(day) for name, day in days.items()
    }
    return {**adapted, "edition": edition.id, "first": first, "last": last}
