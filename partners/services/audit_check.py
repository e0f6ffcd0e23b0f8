"""Recomputing the chains of the audit log, to show what was done past the portal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from partners.models import AuditEntry, AuditSeal
from partners.services.audit_seals import PLACE, SAYS, Heads, end_line, fingerprint

UNSEALED_AFTER: Final = timedelta(hours=1)
"""How long an entry may wait for its seal before the check says so."""

CHUNK: Final = 2_000
"""Rows in memory at a time."""

LINK: Final = (*PLACE, "previous", "sha256")


@dataclass(slots=True)
class Tally:
    """How much was looked at."""

    links: int = 0
    chains: int = 0


def audit_faults(
    *,
    at: datetime,
    chain: int | None = None,
    known: Heads | None = None,
    tally: Tally | None = None,
) -> Iterator[str]:
    """Yield in words what does not agree with the seals; nothing if all does.

    With `chain` only that one is looked at. `known` are the ends of all chains as they
    once were, kept elsewhere: that nothing up to there was cut off or written anew.
    """
    tally = tally if tally is not None else Tally()
    seals, entries = AuditSeal.objects.all(), AuditEntry.objects.filter(seal=None)
    if chain is not None:
        seals = seals.filter(chain=chain)
        own = Q(partner_id=chain) if chain else Q(partner=None)
        entries = entries.filter(own)
    walk = _Walk(known=known, tally=tally)
    links = seals.order_by("chain", "seq").values_list(
        *LINK, *(f"entry__{name}" for name in SAYS)
    )
    for row in links.iterator(chunk_size=CHUNK):
        yield from walk.step(
            dict(zip(LINK, row, strict=False)),
            dict(zip(SAYS, row[len(LINK) :], strict=True)),
        )
    yield from walk.end()
    missing = seals.filter(~Exists(AuditEntry.objects.filter(pk=OuterRef("pk"))))
    for pk in missing.order_by("pk").values_list("pk", flat=True).iterator():
        yield f"Entry {pk} is missing: its seal is there."
    late = entries.filter(at__lt=at - UNSEALED_AFTER).order_by("pk")
    for pk in late.values_list("pk", flat=True).iterator():
        yield f"Entry {pk} has no seal, an hour after it was written."


class _Walk:
    """Follows the links in order, remembering the one before only."""

    def __init__(self, *, known: Heads | None, tally: Tally) -> None:
        self.known = known
        self.tally = tally
        self.chain: int | None = None
        self.seq = 0
        self.sha256 = ""
        self.ends = hashlib.sha256()
        self.end_then: bytes = b""
        self.newest_then = 0

    def step(self, link: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
        """Look at one link, with the entry it seals."""
        if link["chain"] != self.chain:
            self._begin(link["chain"])
        self.tally.links += 1
        where = f"entry {entry['id']} (chain {link['chain']}, link {link['seq']})"
        if link["seq"] != self.seq + 1:
            yield (
                f"Chain {link['chain']}: links {self.seq + 1} to {link['seq'] - 1} "
                f"are missing."
            )
        elif link["previous"] != self.sha256:
            yield f"The seal of {where} does not follow the one before it."
        if link["chain"] != (entry["partner_id"] or 0):
            yield f"The seal of {where} stands in the chain of another company."
        place = {name: link[name] for name in PLACE}
        computed = fingerprint(previous=link["previous"], place=place, entry=entry)
        if computed != link["sha256"]:
            yield f"What {where} says is not what was sealed."
        self.seq, self.sha256 = link["seq"], link["sha256"]
        if self.known is not None and link["number"] <= self.known.number:
            self.newest_then = max(self.newest_then, link["number"])
            self.end_then = end_line(
                chain=link["chain"], seq=self.seq, sha256=self.sha256
            )

    def end(self) -> Iterator[str]:
        """Compare the ends that the chains had with those that are known."""
        self.ends.update(self.end_then)
        if self.known is None:
            return
        then = Heads(self.newest_then, self.ends.hexdigest())
        if then != self.known:
            yield f"The chains do not lead to {self.known}, but to {then}."

    def _begin(self, chain: int) -> None:
        self.ends.update(self.end_then)
        self.chain, self.seq, self.sha256, self.end_then = chain, 0, "", b""
        self.tally.chains += 1


def agrees(entry: AuditEntry, seal: AuditSeal) -> bool:
    """Say whether an entry says what was sealed; of the other links nothing."""
    place = {name: getattr(seal, name) for name in PLACE}
    said = {name: getattr(entry, name) for name in SAYS}
    computed = fingerprint(previous=seal.previous, place=place, entry=said)
    return bool(computed == seal.sha256)
