"""A rehearsal of an edition over all partners, against the plain re-evaluation.

Ours is all parts of `partners.services.rulebook.rehearse_part`: standings brought to the
day, then every partner under both editions into a table. The reference is the first half
alone, `refresh_standings`. Both end in a rollback, and both name the tier of everybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from django.db import transaction

from benchmarks.fill import tidy
from benchmarks.harness import Benchmark, Case, Context, Result, ratio_goal
from benchmarks.world import NOON, TODAY
from partners.models import RulebookEdition, RulebookRehearsal, Standing, User
from partners.services import partner_ranges, refresh_standings
from partners.services.rulebook import rehearse_part
from program.rulebook import entries, with_values

ROUNDS: Final = 9
RATIO: Final = 3.0
CODE: Final = "BENCH"


def run(context: Context) -> Iterator[Result]:
    tidy()
    refresh_standings(on=TODAY)
    rehearsal = _prepared()
    try:
        ours, reference, same = Case(
            ours=lambda: _rehearse(rehearsal),
            reference=_refresh,
            ours_says=sorted,
            reference_says=sorted,
        ).run(rounds=context.rounds or ROUNDS)
    finally:
        _tidied(rehearsal)
    yield Result(
        case="all partners under two editions",
        ours=ours,
        reference=reference,
        same=same,
        goals=[ratio_goal(ours, reference, RATIO)],
        notes=[f"{ours.median * 1e6 / context.size.partners:.2f} µs a partner"],
    )


def _rehearse(rehearsal: RulebookRehearsal) -> list[Any]:
    with transaction.atomic():
        for first, last in partner_ranges():
            rehearse_part(
                rehearsal_id=rehearsal.pk, first=first, last=last, at=NOON, today=TODAY
            )
        found = list(rehearsal.rows.values_list("partner_id", "tier_now"))
        transaction.set_rollback(True)
    return found


def _refresh() -> list[Any]:
    with transaction.atomic():
        for first, last in partner_ranges():
            refresh_standings(on=TODAY, first=first, last=last)
        found = list(Standing.objects.values_list("partner_id", "performing_tier"))
        transaction.set_rollback(True)
    return found


def _prepared() -> RulebookRehearsal:
    """Store a draft with other minima and a rehearsal of it that has not begun."""
    baseline = RulebookEdition.objects.published().order_by("-effective_on")[0]
    named = {entry.name: entry.path for entry in entries(baseline.document)}
    day = date(2027, 1, 16)
    document = with_values(
        baseline.document,
        {
            named["edition.code"]: CODE,
            named["edition.effective_on"]: day,
            named["tiers.thresholds.gold.sold"]: 150,
        },
    )
    sha256 = hashlib.sha256(document.encode()).hexdigest()
    author = User.objects.create_user("bench@portal.example", is_staff=True)
    edition = RulebookEdition.objects.create(
        code=CODE,
        title=CODE,
        effective_on=day,
        document=document,
        sha256=sha256,
        author=author,
    )
    return RulebookRehearsal.objects.create(
        edition=edition,
        baseline=baseline,
        document=document,
        sha256=sha256,
        requested_by=author,
        requested_at=NOON,
        parts=len(list(partner_ranges())),
        partners=Standing.objects.count(),
    )


def _tidied(rehearsal: RulebookRehearsal) -> None:
    author = rehearsal.requested_by
    rehearsal.delete()
    rehearsal.edition.delete()
    author.delete()


BENCHMARK = Benchmark(
    about="a rehearsal over all partners, against the plain re-evaluation", run=run
)
