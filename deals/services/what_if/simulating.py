"""What the next evaluation decides if some deals are won; nothing is stored.

To what the ledger has for the checks to come are added the points that the chosen deals
would post (`deals.postings`), as if their proof of involvement were in time, and from it
is taken what ends because a subscription is not renewed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Final
from uuid import UUID

from deals.models import Deal
from deals.postings import line_postings
from deals.services.what_if.facts import Facts, OpenDeal, Renewal
from partners.selectors import Editions
from program.points import proof_is_valid
from program.rulebook import Kind, Tier
from program.simulator import (
    Ahead,
    Candidate,
    Lack,
    Outcome,
    Way,
    binding,
    lack,
    outcome,
    shortest_ways,
)
from program.tiers import Gap, Totals, gaps

WAYS: Final = 5

NO_DAYS: Final[Mapping[UUID, date]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What somebody chose: deals that are won, on which days, and what is not renewed.

    A deal without a day is won on its expected close. `goal` is the tier to find ways
    to; None: the next one. What is not there any more is no choice.
    """

    won: frozenset[UUID] = frozenset()
    days: Mapping[UUID, date] = field(default_factory=lambda: NO_DAYS)
    lost: frozenset[str] = frozenset()
    goal: Tier | None = None

    def on_a_way(self, deals: Iterable[UUID], *, goal: Tier) -> Choices:
        """Return the same choices with the deals of a way to a tier won as well."""
        return replace(self, won=self.won.union(deals), goal=goal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Points a deal would post: they count from `on` and no more from `until`."""

    points: int
    on: date
    until: date | None

    def counts_on(self, day: date) -> bool:
        return self.on <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """An open deal as it enters a simulation.

    `on` is the day it would be won, `points` what it adds on the evaluation day. A deal
    with lines of a currency that is not on the scale `waits` for an edition (3.23).
    """

    deal: OpenDeal
    on: date
    expected: bool
    chosen: bool
    posted: Sequence[Posted]
    points: int
    waits: bool
    proven: bool
    outlives: bool

    def points_on(self, day: date) -> int:
        return sum(one.points for one in self.posted if one.counts_on(day))


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What the evaluation decides with the choices, and without any.

    `added` and `lost` are the points that the choices bring and take on the evaluation
    day, `totals` what there is then. `gaps` are those of `totals` to `goal`, and
    `binding` the one that holds it back most. `ways` bring what deals can: where managed
    points are in the `lack`, they do not reach the goal alone.
    """

    facts: Facts
    choices: Choices
    prospects: Sequence[Prospect]
    before: Outcome
    after: Outcome
    left: Totals
    added: Totals
    lost: int
    totals: Totals
    goal: Tier
    gaps: Sequence[Gap]
    binding: Gap | None
    lack: Lack
    ways: Sequence[Way]


def simulate(facts: Facts, choices: Choices) -> WhatIf:
    """Apply choices to the facts. Choices that facts do not know are without effect."""
    prospects = [_prospect(deal, choices=choices, facts=facts) for deal in facts.deals]
    chosen = [one for one in prospects if one.chosen]
    ending = [each for each in facts.renewals if each.ref in choices.lost]
    before = outcome(facts.position, _ahead(facts, (), ()))
    ahead = _ahead(facts, chosen, ending)
    after = outcome(facts.position, ahead)
    day, totals = ahead[-1], ahead[-1].totals
    goal = choices.goal or _goal(facts, after)
    found = gaps(totals=totals, rulebook=day.rulebook, tier=goal)
    missing = lack(totals=totals, rulebook=day.rulebook, tier=goal)
    basis = day.rulebook.table.sold_basis
    candidates = [
        Candidate(
            key=str(one.deal.id),
            on=one.on,
            points=one.points,
            sold=Kind(one.deal.motion) in basis,
        )
        for one in prospects
        if not one.chosen and one.points
    ]
    return WhatIf(
        facts=facts,
        choices=choices,
        prospects=prospects,
        before=before,
        after=after,
        left=facts.checks[-1].totals,
        added=_added(chosen, day.on),
        lost=_lost(facts, ending, day.on),
        totals=totals,
        goal=goal,
        gaps=found,
        binding=binding(found),
        lack=missing,
        # No deal brings managed points; what deals can bring is worth knowing anyhow.
        ways=shortest_ways(candidates, missing=missing.by_deals, limit=WAYS),
    )


def _goal(facts: Facts, after: Outcome) -> Tier:
    """Return the tier that is lost, or else the one above the result."""
    if after.decision.tier < facts.position.credited:
        return facts.position.credited
    return after.decision.tier.next or Tier.ELITE


def _ahead(
    facts: Facts, chosen: Sequence[Prospect], ending: Sequence[Renewal]
) -> list[Ahead]:
    """Return the checks to come with what the choices bring and take by then."""
    found = []
    for check in facts.checks:
        added = _added(chosen, check.on)
        totals = Totals(
            sourced=check.totals.sourced + added.sourced,
            assisted=check.totals.assisted + added.assisted,
            managed=check.totals.managed - _lost(facts, ending, check.on),
        )
        found.append(
            Ahead(
                on=check.on,
                totals=totals,
                certified=check.certified,
                rulebook=check.edition.rulebook,
            )
        )
    return found


def _added(chosen: Iterable[Prospect], day: date) -> Totals:
    by_motion: dict[str, int] = defaultdict(int)
    for one in chosen:
        by_motion[one.deal.motion] += one.points_on(day)
    return Totals(
        sourced=by_motion[Kind.SOURCED.value], assisted=by_motion[Kind.ASSISTED.value]
    )


def _lost(facts: Facts, ending: Iterable[Renewal], day: date) -> int:
    """Return the managed points that are gone on a day; shares are split anew."""
    worths: dict[int, int] = defaultdict(int)
    for renewal in ending:
        if renewal.renews_on <= day:
            worths[renewal.client_id] += renewal.worth
    return sum(facts.shares[pk].without(worth) for pk, worth in worths.items())


def _prospect(deal: OpenDeal, *, choices: Choices, facts: Facts) -> Prospect:
    """Return a deal with the day it would be won and the points it would post.

    Expected for a day that has passed, it would be won today; without a day, on the
    evaluation day. It cannot be won before it was registered.
    """
    expected = max(deal.expected_on or facts.evaluation_on, facts.today)
    day = max(choices.days.get(deal.id, expected), deal.registered_on)
    posted, waits = _posted(deal, day, facts.editions)
    whole = partial(Prospect, deal=deal, on=day, posted=posted)
    evaluation_on = facts.evaluation_on
    return whole(
        expected=day == expected,
        chosen=deal.id in choices.won,
        points=sum(one.points for one in posted if one.counts_on(evaluation_on)),
        waits=waits,
        proven=deal.poi_on is not None
        and _is_proven(deal.poi_on, day, editions=facts.editions),
        outlives=deal.valid_until is not None and day >= deal.valid_until,
    )


def _is_proven(poi_on: date, day: date, *, editions: Editions) -> bool:
    """Say whether the proof there is would be in time for a deal won on a day."""
    return day < editions.first_day or proof_is_valid(
        closed_on=day, poi_on=poi_on, rulebook=editions.on(day).rulebook
    )


def _posted(deal: OpenDeal, day: date, editions: Editions) -> tuple[list[Posted], bool]:
    """Return what the lines would post, and whether one waits for its currency."""
    posted, waits = [], False
    for line in deal.lines:
        won = replace(
            line,
            stage=Deal.Stage.WON.value,
            closed_on=day,
            poi_on=day,
            territory=deal.territory,
            growth=None,
        )
        postings = line_postings(won, editions)
        posted += [
            Posted(points=one.points, on=one.effective_on, until=one.expires_on)
            for one in postings
        ]
        waits = waits or (
            day >= editions.first_day and editions.converting(line.currency, day) is None
        )
    return posted, waits
