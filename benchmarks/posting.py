"""One posting: points are posted, the partner's standing is current; and a whole win.

A posting is the transaction that puts a won deal's points into the ledger and queues the
refresh, then the outbox job, run here at once in place of a worker that the bell wakes.
The win is `win_deal`, which a person waits for and which posts among other things, and
the same job. The reference of either is one transaction of hand-written statements with
the same outcome and no queue. Each side takes deals that are twins of the other's, of a
partner in the middle and of the one with the most entries.

The goal is about what follows the posting: how long the standing is behind the ledger.
"""

from __future__ import annotations

import json
import statistics
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from django.db import connection, transaction

from benchmarks import by_hand
from benchmarks.fill import tidy
from benchmarks.harness import MS, Benchmark, Case, Context, Goal, Result
from benchmarks.traces import leaving_none
from benchmarks.world import NOON, TODAY
from clients.models import Client
from deals.models import Deal, DealLine
from deals.services import settle_deals, tier_history, win_deal, won_facts
from deals.services.activities import locked
from outbox import services as outbox
from outbox.registry import Lane
from partners import standing_sql
from partners.models import Partner, PointsEntry, Standing
from partners.selectors import Edition, edition_on, published_editions
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
        for whose, partner_id in (
            ("partner in the middle", median),
            ("largest partner", largest),
        ):
            yield _compare(context, f"posting, {whose}", partner_id, _Postings)
            yield _compare(context, f"win, {whose}", partner_id, _Wins)
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


def _compare(context: Context, name: str, partner_id: int, act: type[_Sides]) -> Result:
    rounds = context.rounds or ROUNDS
    entries = PointsEntry.objects.filter(partner_id=partner_id).count()
    side = act(edition_on(TODAY), *_twins(partner_id, rounds + WARM_UP, act))
    ours, reference, same = Case(
        ours=side.ours,
        reference=side.by_hand,
        ours_says=_outcome,
        reference_says=_outcome,
    ).run(rounds=rounds, warm_up=WARM_UP)
    waited = statistics.median(side.waited[WARM_UP:])
    refreshed = statistics.median(side.refreshed[WARM_UP:]) * MS
    worked = statistics.median(side.worked[WARM_UP:])
    return Result(
        case=name,
        ours=ours,
        reference=reference,
        same=same,
        goals=[Goal(what="ms from commit to standing", value=refreshed, limit=LIMIT_MS)],
        notes=[
            f"{entries:,} entries of the partner",
            f"of ours {waited * MS:.2f} ms until {act.committed}, {refreshed:.2f} after",
            f"of ours {worked * MS:.2f} ms on this process's processor",
        ],
    )


def _twins(partner_id: int, pairs: int, act: type[_Sides]) -> tuple[list[int], list[int]]:
    """Make pairs of equal deals, each with one line; return the ids of each side."""
    client_id = (
        Deal.objects.filter(partner_id=partner_id)
        .order_by("pk")
        .values_list("client_id", flat=True)[0]
    )
    ids: dict[str, list[int]] = {twin: [] for twin in TWINS}
    for number in range(pairs):
        for twin in TWINS:
            deal = Deal.objects.create(
                ref=f"BENCH-{act.mark}-{twin}-{partner_id}-{number}",
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
    if act.is_won:
        _win_without_points(partner_id, [*ids["A"], *ids["B"]])
    return ids["A"], ids["B"]


def _win_without_points(partner_id: int, deal_ids: Sequence[int]) -> None:
    partner = Partner.objects.get(pk=partner_id)
    client = Client.objects.get(deals=deal_ids[0])
    won = won_facts(
        closed_on=TODAY,
        membership=partner.membership,
        territory=client.country,
        history=tier_history(partner_ids=[partner_id]).get(partner_id, ()),
        editions=published_editions(),
    )
    deals = Deal.objects.filter(pk__in=deal_ids)
    deals.update(stage=Deal.Stage.WON, closed_on=TODAY, poi_on=TODAY, **won)


@dataclass(slots=True)
class _Sides(ABC):
    """Both ways to do the same with the next deal; each returns its id."""

    edition: Edition
    ours_next: list[int]
    reference_next: list[int]
    waited: list[float] = field(default_factory=list)
    refreshed: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    mark: ClassVar[str]
    """What tells its deals from the other act's."""
    is_won: ClassVar[bool]
    """Whether the deals are won already, and the ledger lacks what they are worth."""
    committed: ClassVar[str]
    """What the first transaction has done."""
    also_by_hand: ClassVar[tuple[str, ...]] = ()
    """The statements that are neither of points nor of the standing."""

    def ours(self) -> int:
        deal_id = self.ours_next.pop()
        started, worked = time.perf_counter(), time.process_time()
        self.commit(deal_id)
        committed = time.perf_counter()
        outbox.run_due(lane=Lane.POINTS, limit=1)
        self.waited.append(committed - started)
        self.refreshed.append(time.perf_counter() - committed)
        self.worked.append(time.process_time() - worked)
        return deal_id

    @abstractmethod
    def commit(self, deal_id: int) -> None:
        """Do what comes before the outbox."""

    def by_hand(self) -> int:
        deal_id = self.reference_next.pop()
        facts: dict[str, Any] = {
            "deal": deal_id,
            "stage": Deal.Stage.WON if self.is_won else Deal.Stage.REGISTERED,
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
            for statement in self.also_by_hand:
                cursor.execute(statement, facts)
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


class _Wins(_Sides):
    mark = "W"
    is_won = False
    committed = "the deal is won"
    also_by_hand = (by_hand.WIN_DEAL, by_hand.RECORD_WIN)

    def commit(self, deal_id: int) -> None:
        win_deal(
            deal_id=deal_id,
            closed_on=TODAY,
            poi_on=TODAY,
            actor=None,
            at=NOON,
            today=TODAY,
        )


class _Postings(_Sides):
    mark = "P"
    is_won = True
    committed = "the points are posted"

    @transaction.atomic
    def commit(self, deal_id: int) -> None:
        settle_deals(
            deal_ids=[locked(deal_id).pk],
            at=NOON,
            editions=published_editions(),
            refresh=True,
        )


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
    about="points are posted and the standing is current, and a win, against SQL by hand",
    run=run,
)
