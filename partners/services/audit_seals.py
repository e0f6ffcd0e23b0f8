"""The seals of the audit log: links that make a change to what was written show.

An act is written down in its own transaction and sealed afterwards, by one job at a time,
so that no request waits for another one's link.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import (
    BigIntegerField,
    Exists,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from partners.models import AuditEntry, AuditSeal

AT_ONCE: Final = 5_000
"""Entries a run seals: a few seconds, on SQLite with the only lock."""

LOOK_BACK: Final = 10_000
"""How many ids before the newest sealed one are looked at for entries committed late.

What is later than that is found by the daily run, which looks at all of them.
"""

LOCK: Final = 0x5EA1
"""PostgreSQL's advisory lock of the one who seals."""

SAYS: Final = (
    *("id", "at", "partner_id", "actor_id", "seen_as_id", "action", "object_type"),
    *("object_id", "object_label", "changes", "note", "request_id"),
)
"""The columns of an entry: all it says is in its fingerprint."""


PLACE: Final = ("chain", "seq", "number", "sealed_at")
"""The columns of a seal that its fingerprint holds too: where it stands."""


class Heads(NamedTuple):
    """The ends of all chains at a moment: how many seals there were, and a fingerprint.

    Kept outside the database it proves later that no end was cut off.
    """

    number: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.number}:{self.sha256}"


def fingerprint(
    *, previous: str, place: Mapping[str, Any], entry: Mapping[str, Any]
) -> str:
    """Return the fingerprint of an entry (its `SAYS`) in its `PLACE`."""
    said = {
        **entry,
        **place,
        "at": _moment(entry["at"]),
        "sealed_at": _moment(place["sealed_at"]),
    }
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}{canonical}".encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def entries_wait() -> bool:
    """Say whether entries wait for their seal. Looks at the newest ids only."""
    return _unsealed(everywhere=False).exists()


@transaction.atomic
def seal_entries(*, at: datetime, everywhere: bool = False, limit: int = AT_ONCE) -> int:
    """Seal entries that have no seal yet, in the order of their ids; return how many.

    Of two that seal at once, one does and the other returns 0. Repeating it seals nothing
    twice. With `everywhere` old entries are looked at too.
    """
    if not _alone():
        return 0
    waiting = list(
        _unsealed(everywhere=everywhere)
        .annotate(chain=Coalesce("partner_id", Value(0), output_field=BigIntegerField()))
        .annotate(
            last_seq=Subquery(_last_link().values("seq")[:1]),
            last_sha256=Subquery(_last_link().values("sha256")[:1]),
        )
        .order_by("pk")
        .values("chain", "last_seq", "last_sha256", *SAYS)[:limit]
    )
    newest = AuditSeal.objects.aggregate(number=Max("number"))["number"] or 0
    links: dict[int, tuple[int, str]] = {}
    seals = []
    for number, row in enumerate(waiting, start=newest + 1):
        chain = row.pop("chain")
        stored = row.pop("last_seq") or 0, row.pop("last_sha256") or ""
        seq, previous = links.get(chain, stored)
        place = {"chain": chain, "seq": seq + 1, "number": number, "sealed_at": at}
        sha256 = fingerprint(previous=previous, place=place, entry=row)
        seals.append(
            AuditSeal(entry_id=row["id"], **place, previous=previous, sha256=sha256)
        )
        links[chain] = seq + 1, sha256
    AuditSeal.objects.bulk_create(seals, batch_size=1_000)
    return len(seals)


def _unsealed(*, everywhere: bool) -> QuerySet[AuditEntry]:
    unsealed = AuditEntry.objects.filter(seal=None)
    if everywhere:
        return unsealed
    newest = AuditSeal.objects.aggregate(id=Max("entry_id"))["id"] or 0
    return unsealed.filter(pk__gt=newest - LOOK_BACK)


def _last_link() -> QuerySet[AuditSeal]:
    return AuditSeal.objects.filter(chain=OuterRef("chain")).order_by("-seq")


def _alone() -> bool:
    """Say whether this transaction is the only one that seals, and stays it to its end.

    On SQLite there is one writer at a time anyway. Should this ever be wrong, the unique
    places make the second one fail.
    """
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def heads() -> Heads:
    """Return the ends of all chains as they stand."""
    next_link = AuditSeal.objects.filter(chain=OuterRef("chain"), seq=OuterRef("seq") + 1)
    ends = AuditSeal.objects.filter(~Exists(next_link)).order_by("chain")
    digest = hashlib.sha256()
    number = 0
    for chain, seq, sha256, nth in ends.values_list(
        "chain", "seq", "sha256", "number"
    ).iterator():
        digest.update(end_line(chain=chain, seq=seq, sha256=sha256))
        number = max(number, nth)
    return Heads(number, digest.hexdigest())


def end_line(*, chain: int, seq: int, sha256: str) -> bytes:
    """Return the line of a chain's end, of which the fingerprint of all ends is made."""
    return f"{chain}:{seq}:{sha256}\n".encode()
