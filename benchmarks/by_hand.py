"""The references of `reevaluation` and `posting`: the task, written by hand in SQL.

One rulebook, one portal, no generality: what somebody would write who only had to be fast
and right. Both databases take the same text.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

# The ledger is summed by partner and kind, as the index is ordered, and those sums by
# partner: fewer conditions per entry. Table B is in micro-points, each minimum less the
# half cent that rounds up to it. Nobody of the made-up programme is invited to Elite, so
# its numbers make a Diamond.
_STANDINGS: Final = """
    UPDATE partners_standing AS s SET
        as_of = %(day)s, edition_id = %(edition)s, performing_tier = w.tier,
        sourced = w.sourced, assisted = w.assisted, managed = w.managed,
        expiring_30 = w.in_30, expiring_60 = w.in_60, expiring_90 = w.in_90,
        sourced_expiring = w.sourced_next, assisted_expiring = w.assisted_next
    FROM (
        WITH totals AS (
            SELECT partner_id,
                SUM(points) FILTER (WHERE kind = 'sourced') AS sourced,
                SUM(points) FILTER (WHERE kind = 'assisted') AS assisted,
                SUM(points) FILTER (WHERE kind = 'managed') AS managed,
                SUM(in_30) AS in_30, SUM(in_60) AS in_60, SUM(in_90) AS in_90,
                SUM(next) FILTER (WHERE kind = 'sourced') AS sourced_next,
                SUM(next) FILTER (WHERE kind = 'assisted') AS assisted_next
            FROM (
                SELECT partner_id, kind, CAST(SUM(points) AS BIGINT) AS points,
                    {in_30} AS in_30, {in_60} AS in_60, {in_90} AS in_90, {next} AS next
                FROM partners_pointsentry
                WHERE effective_on <= %(day)s
                    AND (expires_on IS NULL OR expires_on > %(day)s)
                    {of_one_entry}
                GROUP BY partner_id, kind
            ) kinds
            GROUP BY partner_id
        ),
        found AS (
            SELECT p.id, p.membership, COALESCE(sourced, 0) AS sourced,
                COALESCE(assisted, 0) AS assisted, COALESCE(managed, 0) AS managed,
                COALESCE(in_30, 0) AS in_30, COALESCE(in_60, 0) AS in_60,
                COALESCE(in_90, 0) AS in_90, COALESCE(sourced_next, 0) AS sourced_next,
                COALESCE(assisted_next, 0) AS assisted_next
            FROM partners_partner p LEFT JOIN totals ON totals.partner_id = p.id
            {of_one_partner}
        )
        SELECT *, CASE
            WHEN membership = 'provider' THEN 'none'
            WHEN sourced >= 949995000 AND managed >= 549995000
                AND sourced + assisted + managed >= 3099995000 THEN 'diamond'
            WHEN sourced >= 324995000 AND managed >= 149995000
                AND sourced + assisted + managed >= 924995000 THEN 'platinum'
            WHEN sourced >= 109995000 AND managed >= 37995000
                AND sourced + assisted + managed >= 324995000 THEN 'gold'
            ELSE 'none' END AS tier
        FROM found
    ) w
    WHERE s.partner_id = w.id AND (
        s.as_of <> %(day)s OR s.edition_id <> %(edition)s OR s.performing_tier <> w.tier
        OR s.sourced <> w.sourced OR s.assisted <> w.assisted OR s.managed <> w.managed
        OR s.expiring_30 <> w.in_30 OR s.expiring_60 <> w.in_60
        OR s.expiring_90 <> w.in_90 OR s.sourced_expiring <> w.sourced_next
        OR s.assisted_expiring <> w.assisted_next
    )
"""

_EXPIRING: Final = {
    name: f"CAST(SUM(points) FILTER (WHERE expires_on <= %({name})s) AS BIGINT)"
    for name in ("in_30", "in_60", "in_90", "next")
}

STANDINGS: Final = _STANDINGS.format(**_EXPIRING, of_one_entry="", of_one_partner="")
ONE_STANDING: Final = _STANDINGS.format(
    **_EXPIRING,
    of_one_entry="AND partner_id = %(partner)s",
    of_one_partner="WHERE p.id = %(partner)s",
)

# Keeps PostgreSQL on the covering index and spares it compiling: a reference is the
# limit, so it gets whatever makes it fast.
SETTINGS: Final = "SET LOCAL enable_hashagg = off; SET LOCAL jit = off"


def parameters(*, on: date, edition_id: int) -> dict[str, Any]:
    """Return what the statements above ask for; the next evaluation is in January."""
    return {
        "day": str(on),
        "in_30": str(on + timedelta(days=30)),
        "in_60": str(on + timedelta(days=60)),
        "in_90": str(on + timedelta(days=90)),
        "next": "2027-01-15",
        "edition": edition_id,
    }


# --- The win of a deal ----------------------------------------------------------------

LOCK_DEAL: Final = """
    SELECT d.ref, d.motion, d.partner_id, c.ref, c.country, p.membership,
        l.id, l.product_line, l.mrr_minor, l.currency,
        COALESCE((
            SELECT h.tier FROM partners_tierchange h
            WHERE h.partner_id = d.partner_id AND h."on" <= %(day)s
            ORDER BY h."on" DESC, h.id DESC LIMIT 1
        ), 'none')
    FROM deals_deal d
    JOIN clients_client c ON c.id = d.client_id
    JOIN partners_partner p ON p.id = d.partner_id
    JOIN deals_dealline l ON l.deal_id = d.id
    WHERE d.id = %(deal)s AND d.stage = %(stage)s
"""
"""With `FOR UPDATE OF d` at its end where the database locks rows."""

WIN_DEAL: Final = """
    UPDATE deals_deal SET stage = 'won', closed_on = %(day)s, poi_on = %(day)s,
        won_edition_id = %(edition)s, won_tier = %(tier)s,
        won_membership = %(membership)s, won_territory = %(territory)s,
        won_growth = %(growth)s
    WHERE id = %(deal)s
"""

RECORD_WIN: Final = """
    INSERT INTO deals_dealtransition
        (deal_id, from_stage, to_stage, "on", note, actor_id, at)
    VALUES (%(deal)s, 'registered', 'won', %(day)s, '', NULL, %(at)s)
"""

POST_POINTS: Final = """
    INSERT INTO partners_pointsentry (
        public_id, partner_id, kind, points, effective_on, expires_on, recorded_at,
        source_kind, source_id, seq, source_ref, reason, facts, edition_id, corrects_id)
    VALUES (
        %(public_id)s, %(partner)s, %(motion)s, %(points)s, %(day)s, %(expires)s, %(at)s,
        'deal_line', %(line)s, 0, %(source_ref)s, 'won', %(facts)s, %(edition)s, NULL)
"""
