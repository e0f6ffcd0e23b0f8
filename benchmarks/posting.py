"""One posting: a deal is won, its points are posted, the partner's standing is current.

Ours is `win_deal`, which a person waits for, and the outbox job that it leaves, run here
at once in place of a worker that the bell wakes. The reference is one transaction of
hand-written statements with the same outcome and no queue. Each side wins deals that are
twins of the other's, of a partner in the middle and of the one with the most entries.
"""

from __future__ import annotations

import json
import statistics
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction

from benchmarks import by_hand
from benchmarks.fill import tidy
from benchmarks.harness import MS, Benchmark, Case, Context, Goal, Result
from benchmarks.traces import leaving_none
from benchmarks.world import NOON, TODAY
from deals.models import Deal, DealLine
from deals.services import win_deal
from outbox import services as outbox
from outbox.registry import Lane
from partners import standing_sql
from partners.models import PointsEntry, Standing
from partners.selectors import Edition, edition_on
from program.points import sold_expiry
from program.rulebook import Kind

ROUNDS: Final = 100
WARM_UP: Final = 3
LIMIT_MS: Final = 10.0
MRR_MINOR: Final = 12_345
TWINS: Final = ("A", "B")


def run(context: Context) -> Iterator[Result]:
    tidy()
    median, largest = typical_partners()
    with leaving_none(partner_ids=[median, largest]):
        yield _compare(context, "win, partner in the middle", median)
        yield _compare(context, "win, largest partner", largest)
    tidy()


def typical_partners() -> tuple[int, int]:
    """Return the partner with the median number of entries and the one with the most."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partner_id FROM partners_pointsentry GROUP BY partner_id"
            " ORDER BY COUNT(*), partner_id"
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    return ids[len(ids) // 2], ids[-1]


def _compare(context: Context, name: str, partner_id: int) -> Result:
    rounds = context.rounds or ROUNDS
    entries = PointsEntry.objects.filter(partner_id=partner_id).count()
    side = _Sides(edition_on(TODAY), *_twins(partner_id, rounds + WARM_UP))
    ours, reference, same = Case(
        ours=side.ours,
        reference=side.by_hand,
        ours_says=_outcome,
        reference_says=_outcome,
    ).run(rounds=rounds, warm_up=WARM_UP)
    waited = statistics.median(side.waited[WARM_UP:])
    worked = statistics.median(side.worked[WARM_UP:])
    return Result(
        case=name,
        ours=ours,
        reference=reference,
        same=same,
        goals=[Goal(what="ms", value=ours.median * MS, limit=LIMIT_MS)],
        notes=[
            f"{entries:,} entries of the partner",
            f"of ours {waited * MS:.2f} ms until the deal is won, then the outbox",
            f"of ours {worked * MS:.2f} ms on this process's processor",
        ],
    )


def _twins(partner_id: int, pairs: int) -> tuple[list[int], list[int]]:
    """Register pairs of equal deals, each with one line; return the ids of each side."""
    client_id = (
        Deal.objects.filter(partner_id=partner_id)
        .order_by("pk")
        .values_list("client_id", flat=True)[0]
    )
    ids: dict[str, list[int]] = {twin: [] for twin in TWINS}
    for number in range(pairs):
        for twin in TWINS:
            deal = Deal.objects.create(
                ref=f"BENCH-{twin}-{partner_id}-{number}",
                partner_id=partner_id,
                client_id=client_id,
                name="A deal to win",
                motion=Deal.Motion.SOURCED,
                registered_on=TODAY,
            )
            DealLine.objects.create(
                deal=deal,
                product_line="sales_hub",
                edition="professional",
                mrr_minor=MRR_MINOR,
                currency="USD",
            )
            ids[twin].append(deal.pk)
    return ids["A"], ids["B"]


@dataclass(slots=True)
class _Sides:
    """Both ways to win the next deal; each returns its id."""

    edition: Edition
    ours_next: list[int]
    reference_next: list[int]
    waited: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    def ours(self) -> int:
        deal_id = self.ours_next.pop()
        started, worked = time.perf_counter(), time.process_time()
        win_deal(
            deal_id=deal_id,
            closed_on=TODAY,
            poi_on=TODAY,
            actor=None,
            at=NOON,
            today=TODAY,
        )
        self.waited.append(time.perf_counter() - started)
        outbox.run_due(lane=Lane.POINTS, limit=1)
        self.worked.append(time.process_time() - worked)
        return deal_id

    def by_hand(self) -> int:
        deal_id = self.reference_next.pop()
        facts: dict[str, Any] = {
            "deal": deal_id,
            "edition": self.edition.id,
            "day": str(TODAY),
            "at": connection.ops.adapt_datetimefield_value(NOON),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            lock = " FOR UPDATE OF d" if connection.vendor == "postgresql" else ""
            cursor.execute(by_hand.LOCK_DEAL + lock, facts)
            for line in cursor.fetchall():
                facts |= self._facts(line)
                cursor.execute(by_hand.POST_POINTS, facts)
            cursor.execute(by_hand.WIN_DEAL, facts)
            cursor.execute(by_hand.RECORD_WIN, facts)
            one = by_hand.parameters(on=TODAY, edition_id=self.edition.id)
            cursor.execute(by_hand.ONE_STANDING, one | {"partner": facts["partner"]})
        return deal_id

    def _facts(self, line: Sequence[Any]) -> dict[str, Any]:
        """Return what the statements are told about the deal and this line of it."""
        (
            ref, motion, partner_id, client_ref, territory, membership, line_id, product,
            minor, currency, tier,
        ) = line  # fmt: skip
        rules = self.edition.rulebook.points
        growth = self.edition.rulebook.is_growth(territory)
        rate, unit = rules.rates[Kind(motion)], rules.units[currency]
        multiplier = rules.growth_multiplier if growth else 1
        points = (minor * rate * multiplier * 1_000_000 * 2 + unit) // (2 * unit)
        receipt = {
            "deal": ref, "client": client_ref, "product_line": product,
            "mrr_minor": minor, "currency": currency, "unit_minor": unit, "rate": rate,
            "multiplier": multiplier, "territory": territory, "growth": growth,
            "worth": points,
        }  # fmt: skip
        return {
            "tier": tier,
            "membership": membership,
            "territory": territory,
            "growth": growth,
            "public_id": uuid.uuid4().hex,
            "partner": partner_id,
            "motion": motion,
            "points": points,
            "expires": str(sold_expiry(TODAY, self.edition.rulebook)),
            "line": line_id,
            "source_ref": f"{ref}/{product}",
            "facts": json.dumps(receipt),
        }


def _outcome(deal_id: int) -> tuple[object, ...]:
    """Return all that a win leaves, without what names the twin.

    The standing has grown by the other twin's points, so it is compared with the ledger.
    """
    deal = Deal.objects.get(pk=deal_id)
    twin = deal.ref
    entries = PointsEntry.objects.filter(
        source_kind="deal_line", source_ref__contains=twin
    )
    standing = Standing.objects.get(pk=deal.partner_id)
    (now,) = standing_sql.read(
        on=TODAY, edition=edition_on(TODAY), first=standing.pk, last=standing.pk
    )
    names = ("sourced", "assisted", "managed", "expiring_30", "expiring_60",
             "expiring_90", "sourced_expiring", "assisted_expiring",
             "performing_tier")  # fmt: skip
    return (
        [getattr(deal, each.attname) for each in Deal._meta.concrete_fields[6:]],
        list(deal.transitions.values_list("from_stage", "to_stage", "on", "note", "at")),
        [
            (
                entry.partner_id, entry.kind, entry.points, entry.effective_on,
                entry.expires_on, entry.recorded_at, entry.source_kind, entry.seq,
                entry.source_ref.replace(twin, ""), entry.reason, entry.edition_id,
                entry.corrects_id, {**entry.facts, "deal": ""},
            )
            for entry in entries.filter(partner_id=deal.partner_id)
        ],
        all(getattr(standing, each) == getattr(now, each) for each in names),
        standing.as_of,
    )  # fmt: skip


BENCHMARK = Benchmark(
    about="a deal is won and the standing is current, against one transaction by hand",
    run=run,
)
