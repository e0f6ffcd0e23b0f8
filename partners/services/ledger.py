"""Posting to the points ledger.

Every change of a source (a deal line, a managed client) is posted the same way: the
caller says what the ledger should hold for the source, and the difference to what it
holds is added. So a win, a cancellation, a corrected import and a repeated one are one
mechanism, and saying the same thing twice adds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any

import outbox.services as outbox
from interchange.bulk import insert
from partners.models import PointsEntry
from partners.services.standings import partner_ranges


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Points a source is worth from `effective_on` until before `expires_on`."""

    partner_id: int
    kind: str
    points: int
    effective_on: date
    expires_on: date | None
    reason: str
    source_ref: str
    edition_id: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slot(self) -> Slot:
        return self.partner_id, self.kind, self.effective_on, self.expires_on


Slot = tuple[int, str, date, date | None]
"""Partner, kind, first day, first day no longer: within a slot only the sum matters."""


@dataclass(slots=True)
class _Posted:
    """What the ledger holds for one source."""

    sums: dict[Slot, int] = field(default_factory=lambda: defaultdict(int))
    first_ids: dict[Slot, int] = field(default_factory=dict)
    source_ref: str = ""
    edition_id: int = 0
    count: int = 0


def settle(
    *, source_kind: str, wanted: Mapping[int, Sequence[Posting]], at: datetime
) -> list[PointsEntry]:
    """Make the ledger hold exactly `wanted` for each source id; return the new entries.

    Within a transaction in which the caller has locked the sources. A source that is
    worth nothing is named with an empty sequence.
    """
    posted = _posted(source_kind, wanted)
    entries = [
        entry
        for source_id, postings in wanted.items()
        for entry in _missing(
            source_kind, source_id, postings, posted.get(source_id) or _Posted(), at
        )
    ]
    insert(entries)
    return entries


def queue_refresh(entries: Iterable[PointsEntry]) -> None:
    """Queue the refresh of the standings that new entries touch, in this transaction."""
    outbox.put_many(refreshes(entries))


def refreshes(entries: Iterable[PointsEntry]) -> list[outbox.Work]:
    """Return the work that `queue_refresh` puts, for who puts more along with it."""
    newest = {entry.partner_id: entry for entry in entries}
    return [
        outbox.Work(
            "partners.refresh_standing",
            key=f"standing:{partner_id}:{entry.source_kind}:{entry.source_id}:{entry.seq}",
            facts={"partner_id": partner_id},
        )
        for partner_id, entry in newest.items()
    ]


def queue_refresh_of_all(*, key: str, due_at: datetime) -> None:
    """Queue the refresh of all standings, in the transaction of a bulk posting.

    One job for each range of partners. The same key again puts nothing more.
    """
    for first, last in partner_ranges():
        outbox.put(
            "partners.refresh_standings",
            key=f"{key}:{first}",
            due_at=due_at,
            first=first,
            last=last,
        )


def _posted(source_kind: str, source_ids: Iterable[int]) -> dict[int, _Posted]:
    rows = PointsEntry.objects.filter(
        source_kind=source_kind, source_id__any_of=source_ids
    ).values_list(
        "source_id", "seq", "partner_id", "kind", "effective_on", "expires_on", "points",
        "id", "source_ref", "edition_id",
    )  # fmt: skip
    posted: dict[int, _Posted] = defaultdict(_Posted)
    # Sorted here: a database that is asked for an order prefers the index that has it to
    # the one that finds the sources.
    for source_id, _seq, partner, kind, begins, ends, points, pk, ref, edition in sorted(
        rows, key=itemgetter(0, 1)
    ):
        state = posted[source_id]
        slot = (partner, kind, begins, ends)
        state.sums[slot] += points
        state.first_ids.setdefault(slot, pk)
        state.source_ref, state.edition_id = ref, edition
        state.count += 1
    return posted


def _sums(postings: Sequence[Posting]) -> dict[Slot, int]:
    sums: dict[Slot, int] = defaultdict(int)
    for posting in postings:
        sums[posting.slot] += posting.points
    return sums


def _missing(
    source_kind: str,
    source_id: int,
    postings: Sequence[Posting],
    posted: _Posted,
    at: datetime,
) -> Iterable[PointsEntry]:
    sums = _sums(postings)
    by_slot = {posting.slot: posting for posting in postings}
    # Slots the source no longer has follow those it has, in a stable order.
    gone = sorted(posted.sums.keys() - sums.keys(), key=lambda slot: slot[2])
    seq = posted.count
    for slot in (*sums, *gone):
        points = sums.get(slot, 0) - posted.sums.get(slot, 0)
        if not points:
            continue
        posting = by_slot.get(slot)
        corrects = posted.first_ids.get(slot)
        facts = dict(posting.facts) if posting else {}
        if corrects:
            # The arithmetic of a correction: what it should be less what was posted.
            facts |= {"should_be": sums.get(slot, 0), "posted": posted.sums[slot]}
        partner_id, kind, effective_on, expires_on = slot
        yield PointsEntry(
            partner_id=partner_id,
            kind=kind,
            points=points,
            effective_on=effective_on,
            expires_on=expires_on,
            recorded_at=at,
            source_kind=source_kind,
            source_id=source_id,
            seq=seq,
            source_ref=posting.source_ref if posting else posted.source_ref,
            reason=(
                PointsEntry.Reason.CORRECTED
                if corrects or posting is None
                else posting.reason
            ),
            facts=facts,
            edition_id=posting.edition_id if posting else posted.edition_id,
            corrects_id=corrects,
        )
        seq += 1
