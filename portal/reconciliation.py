"""Does the ledger say what its sources say, and do the standings say what it says?

Every entry is looked at: its points by the sum of its slot (partner, kind, first and last
day), the newest entry of a slot also by what it rests on, and each correction by the
arithmetic it carries. A source may change without changing what it is worth (a client is
renamed, a subscription is added long before an entry). Then nothing is posted, and the
entry rightly keeps the facts of its day: such facts must add up to the points, and are
counted instead of reported.

Work goes through ranges of sources and of partners, so memory does not grow with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db.models import Max, Min

from clients.models import Client
from clients.postings import client_postings
from clients.services import served_clients
from deals.models import DealLine
from deals.postings import line_postings
from deals.selectors import sold_lines
from outbox import clock
from outbox.models import Job, PeriodRun
from outbox.registry import GO_LIVE
from partners import standing_sql
from partners.models import Partner, PointsEntry, Standing
from partners.selectors import Editions, NoEditionError, published_editions
from partners.services import Posting, partner_ranges
from partners.services.ledger import Slot
from partners.services.standings import credited_tiers
from program import MICRO
from program.money import divide_half_up
from program.points import managed_share

DAY_JOB = "portal.day"
AT_ONCE = 1_000

CORRECTED = PointsEntry.Reason.CORRECTED
# A downgrade to nothing and an end on the same day are worth the same.
ENDS = {PointsEntry.Reason.REDUCED, PointsEntry.Reason.CANCELLED}

NUMBERS = (
    "sourced", "assisted", "managed", "expiring_30", "expiring_60", "expiring_90",
    "sourced_expiring", "assisted_expiring", "performing_tier", "credited_tier",
)  # fmt: skip


@dataclass(slots=True)
class Tally:
    """What was looked at, beside what was found wrong."""

    sources: int = 0
    entries: int = 0
    older_facts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source of points: its reference, and what it is worth by today's data."""

    ref: str
    postings: Sequence[Posting]


def worked_off() -> date:
    """Return the last day whose work the clock has done; today before the go-live.

    Later days are still owed, so nothing is missing yet if the ledger lacks them.
    """
    live = PeriodRun.objects.filter(job=GO_LIVE).first()
    if live is None:
        return clock.today()
    days = Job.objects.filter(series=DAY_JOB, done_at=None)
    undone: date | None = days.aggregate(first=Min("period"))["first"]
    if undone is not None:
        return undone - timedelta(days=1)
    runs = PeriodRun.objects.filter(job=DAY_JOB)
    newest: date | None = runs.aggregate(last=Max("period"))["last"]
    return newest or live.period


def ledger_faults(*, owed_until: date, tally: Tally) -> Iterator[str]:
    """Yield a line for each thing in the ledger that its sources do not say.

    Managed points are owed up to `owed_until`; what is posted for later days (an import
    posts up to its own) must be right and may be missing.
    """
    editions = published_editions()
    managed = PointsEntry.objects.filter(source_kind=PointsEntry.Source.MANAGED_CLIENT)
    newest: date | None = managed.aggregate(day=Max("effective_on"))["day"]
    until = max(owed_until, newest or owed_until)
    yield from _faults_of(
        PointsEntry.Source.DEAL_LINE, _sold(editions), owed_until=date.max, tally=tally
    )
    yield from _faults_of(
        PointsEntry.Source.MANAGED_CLIENT,
        _managed(editions, until),
        owed_until=owed_until,
        tally=tally,
    )


def _faults_of(
    kind: str,
    batches: Iterable[Mapping[int, Source]],
    *,
    owed_until: date,
    tally: Tally,
) -> Iterator[str]:
    known = 0
    for sources in batches:
        tally.sources += len(sources)
        entries = _entries(kind, sources)
        known += sum(map(len, entries.values()))
        for pk, source in sources.items():
            for fault in _source_faults(entries[pk], source, owed_until, tally):
                yield f"{kind} {pk} ({source.ref}): {fault}"
    tally.entries += known
    if orphans := PointsEntry.objects.filter(source_kind=kind).count() - known:
        yield f"{kind}: {orphans} entries without a source"


def _sold(editions: Editions) -> Iterator[dict[int, Source]]:
    for ids in _batches(DealLine.objects.order_by("pk").values_list("pk", flat=True)):
        yield {
            pk: Source(ref=line.source_ref, postings=line_postings(line, editions))
            for pk, line in sold_lines(pk__in=ids)
        }


def _managed(editions: Editions, until: date) -> Iterator[dict[int, Source]]:
    for ids in _batches(Client.objects.order_by("pk").values_list("pk", flat=True)):
        yield {
            pk: Source(ref=client.ref, postings=postings)
            for client in served_clients(Client.objects.filter(pk__in=ids))
            for pk, postings in client_postings(client, editions, until=until).items()
        }


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    remaining = iter(ids)
    while batch := list(islice(remaining, AT_ONCE)):
        yield batch


def _entries(kind: str, sources: Mapping[int, Source]) -> dict[int, list[PointsEntry]]:
    entries: dict[int, list[PointsEntry]] = defaultdict(list)
    rows = PointsEntry.objects.filter(source_kind=kind, source_id__in=list(sources))
    for entry in rows.order_by("source_id", "seq").iterator(chunk_size=AT_ONCE):
        entries[entry.source_id].append(entry)
    return entries


def _source_faults(
    entries: Sequence[PointsEntry], source: Source, owed_until: date, tally: Tally
) -> Iterator[str]:
    posted: dict[Slot, list[PointsEntry]] = defaultdict(list)
    wanted: dict[Slot, list[Posting]] = defaultdict(list)
    for number, entry in enumerate(entries):
        posted[_slot(entry)].append(entry)
        if entry.seq != number:
            yield f"entry {entry.seq} should have the number {number}"
        if entry.source_ref != source.ref:
            yield f"entry {entry.seq} names {entry.source_ref!r} as its source"
    for posting in source.postings:
        wanted[posting.slot].append(posting)
    for slot in {**wanted, **posted}:
        rows, postings = posted.get(slot, []), wanted.get(slot, [])
        worth = sum(posting.points for posting in postings)
        holds = sum(entry.points for entry in rows)
        yield from _arithmetic_faults(rows)
        if worth != holds:
            if rows or slot[2] <= owed_until:
                yield f"{_words(slot)} is worth {worth}, and the ledger says {holds}"
        elif rows and worth:
            yield from _basis_faults(rows[-1], postings[-1], tally)


def _slot(entry: PointsEntry) -> Slot:
    return entry.partner_id, entry.kind, entry.effective_on, entry.expires_on


def _words(slot: Slot) -> str:
    partner_id, kind, begins, ends = slot
    return f"{kind} of partner {partner_id} from {begins} to {ends or 'open'}"


def _arithmetic_faults(rows: Sequence[PointsEntry]) -> Iterator[str]:
    """Check the entries of a slot by themselves: one entry, and corrections of it."""
    holds = 0
    for number, entry in enumerate(rows):
        facts, is_first = _facts(entry), number == 0
        if is_first is not (entry.corrects_id is None) or is_first is not (
            entry.reason != CORRECTED
        ):
            yield f"entry {entry.seq} adds {entry.points} beside the others of its days"
        elif not is_first and entry.corrects_id != rows[0].pk:
            yield f"entry {entry.seq} corrects an entry of other days"
        elif not is_first and (facts.get("posted"), facts.get("should_be")) != (
            holds,
            holds + entry.points,
        ):
            yield f"entry {entry.seq}: its correction does not add up"
        elif (is_first or _stated(entry)) and not _adds_up(entry):
            yield f"entry {entry.seq}: its facts do not add up to its points"
        holds += entry.points


def _basis_faults(entry: PointsEntry, posting: Posting, tally: Tally) -> Iterator[str]:
    """Compare the newest entry of a slot with what the source says it rests on."""
    if entry.edition_id != posting.edition_id:
        yield f"entry {entry.seq} names an edition that does not hold for it"
    reasons = {str(entry.reason), str(posting.reason)}
    if entry.reason != CORRECTED and len(reasons) > 1 and not reasons <= ENDS:
        yield f"entry {entry.seq} says {entry.reason!r}, not {str(posting.reason)!r}"
    stated = _stated(entry)
    if stated == posting.facts:
        return
    lasting = {"deal", "product_line"} if "deal" in posting.facts else {"client"}
    if stated.keys() != posting.facts.keys() or any(
        stated[name] != posting.facts[name] for name in lasting
    ):
        yield f"entry {entry.seq}: its facts are not those of its source"
    else:
        tally.older_facts += 1


def _facts(entry: PointsEntry) -> dict[str, Any]:
    return entry.facts if isinstance(entry.facts, dict) else {}


def _stated(entry: PointsEntry) -> dict[str, Any]:
    """Return the facts of the source, without the arithmetic of the correction."""
    own = {"should_be", "posted"} if entry.reason == CORRECTED else set()
    return {name: fact for name, fact in _facts(entry).items() if name not in own}


def _adds_up(entry: PointsEntry) -> bool:
    facts = _facts(entry)
    points = facts.get("should_be") if entry.reason == CORRECTED else entry.points
    try:
        if entry.source_kind == PointsEntry.Source.DEAL_LINE:
            won = entry.reason == PointsEntry.Reason.WON
            worth: bool = facts["worth"] == _worth(facts)
            return worth and (not won or points == facts["worth"])
        return _managed_adds_up(facts, points)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _managed_adds_up(facts: Mapping[str, Any], points: object) -> bool:
    share = 0
    if facts["serves"]:
        share = managed_share(
            whole=facts["whole"], parts=facts["parts"], part=facts["part"]
        )
    return (
        all(line["points"] == _worth(line) for line in facts["lines"])
        and facts["whole"] == sum(line["points"] for line in facts["lines"])
        and facts["worth"] == share
        and points == share - facts["before"]
    )


def _worth(facts: Mapping[str, Any]) -> int:
    """Return mrr / unit x rate x multiplier in micro-points (rulebook 2.1)."""
    return divide_half_up(
        facts["mrr_minor"] * facts["rate"] * facts["multiplier"] * MICRO,
        facts["unit_minor"],
    )


def standing_faults() -> Iterator[str]:
    """Yield a line for each standing that is not what the ledger says for its day."""
    editions = published_editions()
    for first, last in partner_ranges():
        rows = Standing.objects.filter(partner_id__gte=first, partner_id__lte=last)
        standings = {row.partner_id: row for row in rows}
        for as_of in sorted({row.as_of for row in standings.values()}):
            of_day = {pk: row for pk, row in standings.items() if row.as_of == as_of}
            try:
                yield from _faults_of_day(as_of, of_day, editions, first, last)
            except (NoEditionError, OverflowError):
                yield f"{len(of_day)} standings are of {as_of}, where no rules hold"
        partners = Partner.objects.filter(pk__gte=first, pk__lte=last).order_by("pk")
        for pk, ref in partners.values_list("pk", "ref"):
            if pk not in standings:
                yield f"standing of {ref}: missing"


def _faults_of_day(
    as_of: date,
    standings: Mapping[int, Standing],
    editions: Editions,
    first: int,
    last: int,
) -> Iterator[str]:
    edition = editions.on(as_of)
    credited = credited_tiers(partner_ids=standings, on=as_of)
    for fresh in standing_sql.read(on=as_of, edition=edition, first=first, last=last):
        row = standings.get(fresh.partner_id)
        if row is None:
            continue
        wrong = [name for name in NUMBERS if getattr(row, name) != getattr(fresh, name)]
        _tier, credited_on = credited.get(fresh.partner_id, (None, None))
        if row.credited_on != credited_on:
            wrong.append("credited_on")
        if row.edition_id != edition.id:
            wrong.append("edition")
        if wrong:
            yield f"standing of {fresh.ref}: {', '.join(wrong)} not as of {as_of}"
