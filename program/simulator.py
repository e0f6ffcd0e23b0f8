"""What if: the next evaluation with other totals, and the shortest ways to a tier.

Rulebook 3.4.9. The checks to come are decided one after another by the rules of
`program.tiers`, as the days themselves will decide; nothing here is a rule of its own.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush
from itertools import accumulate

from program import tiers as rules
from program.rulebook import Membership, Rulebook, Tier
from program.tiers import Cause, Constraint, Decision, Gap, Totals, lowest_meeting

MAX_BRANCHING = 6
"""Ways of more deals than this have too many others of the same length to list any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A check to come: what there will be, by the rules of its own day."""

    on: date
    totals: Totals
    certified: bool
    rulebook: Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a partner brings into the checks to come.

    `behind` are the checks of the period that were taken. `held`: it is not in good
    standing, so it does not rise (R5).
    """

    credited: Tier
    credited_on: date | None
    membership: Membership
    invited_on: date | None
    held: bool
    behind: Sequence[tuple[date, Tier]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the evaluation decides; `decision.tier` is the tier held after the day.

    `rises` are the tiers credited at checks on the way, the evaluation's own included;
    `performing` is the tier the numbers of the day give.
    """

    decision: Decision
    rises: Sequence[tuple[date, Tier]]
    performing: Tier


def outcome(position: Position, ahead: Sequence[Ahead]) -> Outcome:
    """Decide each check to come in turn, and at the last one evaluate (3.4.2, 3.4.3).

    `ahead` are the checks of the period from today on, oldest first; the last one is the
    evaluation. ValueError if there is none, or the last is no evaluation day.
    """
    if not ahead:
        raise ValueError("an evaluation has at least its own check")
    credited, credited_on = position.credited, position.credited_on
    period, rises = list(position.behind), []
    for check in ahead:
        performing = _performing(position, credited, check)
        period.append((check.on, performing))
        if check is ahead[-1]:
            break
        if higher := _higher(position, credited, performing, check):
            credited, credited_on = higher, check.on
            rises.append((check.on, higher))
    decision = _evaluated(position, credited, credited_on, period, ahead[-1])
    if decision.cause is Cause.UPGRADED:
        rises.append((ahead[-1].on, decision.tier))
    return Outcome(decision=decision, rises=tuple(rises), performing=performing)


def _performing(position: Position, credited: Tier, check: Ahead) -> Tier:
    invited = position.invited_on is not None and position.invited_on <= check.on
    return rules.performing_tier(
        totals=check.totals,
        rulebook=check.rulebook,
        membership=position.membership,
        elite_admitted=invited or credited is Tier.ELITE,
    )


def _higher(
    position: Position, credited: Tier, performing: Tier, check: Ahead
) -> Tier | None:
    if position.held or not rules.is_upgrade_day(on=check.on, rulebook=check.rulebook):
        return None
    return rules.upgrade(
        credited=credited,
        performing=performing,
        certified=check.certified,
        rulebook=check.rulebook,
    )


def _evaluated(
    position: Position,
    credited: Tier,
    credited_on: date | None,
    period: Sequence[tuple[date, Tier]],
    day: Ahead,
) -> Decision:
    if position.membership is Membership.PROVIDER:
        return Decision(tier=Tier.NONE, cause=Cause.KEPT)
    if higher := _higher(position, credited, period[-1][1], day):
        best = max(tier for _day, tier in period)
        return Decision(tier=higher, cause=Cause.UPGRADED, best=best)
    return rules.evaluate(
        on=day.on,
        credited=credited,
        credited_on=credited_on or period[0][0],
        period=period,
        certified=day.certified,
        rulebook=day.rulebook,
    )


def binding(gaps: Iterable[Gap]) -> Gap | None:
    """Return the minimum that holds a tier back most, or None if all are met.

    Of the enforced minima that are missed, the one that misses the largest part of what
    it asks for; of equal parts the first.
    """
    missed = [gap for gap in gaps if gap.enforced and not gap.met]
    worst = None
    for gap in missed:
        if worst is None or gap.short * worst.need > worst.short * gap.need:
            worst = gap
    return worst


# --- The shortest ways ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What has to be added before each minimum of a tier is met, in micro-points.

    Only enforced minima lack anything. Deals add to `sold` and `total`; what is missing
    of `managed` no deal can bring.
    """

    sold: int = 0
    managed: int = 0
    total: int = 0

    @property
    def nothing(self) -> bool:
        return not (self.sold or self.managed or self.total)

    @property
    def by_deals(self) -> "Lack":
        """What deals have to bring: missing managed points will add to the total, too."""
        return Lack(sold=self.sold, total=max(0, self.total - self.managed))


def lack(*, totals: Totals, rulebook: Rulebook, tier: Tier) -> Lack:
    """Return what totals lack of a tier, to the micro-point: rounding is used up."""
    missing = {
        gap.constraint: max(0, lowest_meeting(gap.need, rulebook) - gap.have)
        for gap in rules.gaps(totals=totals, rulebook=rulebook, tier=tier)
        if gap.enforced
    }
    return Lack(
        sold=missing.get(Constraint.SOLD, 0),
        managed=missing.get(Constraint.MANAGED, 0),
        total=missing.get(Constraint.TOTAL, 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A deal that could still be won: its points, and whether they count as sold.

    By the threshold table that applies: where only sourced points are the sold basis, an
    assisted deal adds to the total alone.
    """

    key: str
    on: date
    points: int
    sold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Deals that are enough together, and not without any of them."""

    deals: Sequence[Candidate]

    @property
    def on(self) -> date:
        """The day on which the last of them is won."""
        return max(deal.on for deal in self.deals)

    @property
    def points(self) -> int:
        return sum(deal.points for deal in self.deals)


def shortest_ways(
    candidates: Iterable[Candidate], *, missing: Lack, limit: int = 5
) -> tuple[Way, ...]:
    """Return up to `limit` sets of deals that bring what is missing, shortest first.

    Of sets of the same length, the one that is complete first; of those, the one with
    the most points. No set contains another, so each deal of a set is needed. Empty if
    nothing is missing, if managed points are, or if all deals together are not enough.
    """
    if missing.managed or not (missing.sold or missing.total):
        return ()
    search = _Search(candidates, missing)
    waiting: list[tuple[int, date, int, tuple[str, ...], frozenset[str], Way]] = []
    seen: set[tuple[str, ...]] = set()
    found: list[Way] = []
    _put(waiting, seen, search.best(frozenset()), frozenset())
    while waiting and len(found) < limit:
        length, _day, _points, keys, without, way = heappop(waiting)
        found.append(way)
        if length > MAX_BRANCHING:
            break
        # Every other way lacks at least one deal of this one.
        for key in keys:
            left = without | {key}
            _put(waiting, seen, search.best(left), left)
    return tuple(found)


def _put(
    waiting: list[tuple[int, date, int, tuple[str, ...], frozenset[str], Way]],
    seen: set[tuple[str, ...]],
    way: Way | None,
    without: frozenset[str],
) -> None:
    if way is None:
        return
    keys = tuple(sorted(deal.key for deal in way.deals))
    if keys not in seen:
        seen.add(keys)
        heappush(waiting, (len(keys), way.on, -way.points, keys, without, way))


class _Search:
    """Finds the shortest set among candidates.

    A deal of either sort adds its points to the total, and one sort adds them to the sold
    points as well. So of any number of each sort the largest are the best, and the
    shortest set is found by trying how many of the first sort it takes.
    """

    def __init__(self, candidates: Iterable[Candidate], missing: Lack) -> None:
        useful = sorted(
            (each for each in candidates if each.points > 0),
            key=lambda each: (-each.points, each.on, each.key),
        )
        self._sold = [each for each in useful if each.sold]
        self._rest = [each for each in useful if not each.sold]
        self._missing = missing

    def best(self, without: Collection[str]) -> Way | None:
        """Return the shortest way without some deals; None if there is none."""
        sold = [each for each in self._sold if each.key not in without]
        rest = [each for each in self._rest if each.key not in without]
        length = self._length(sold, rest)
        if length is None:
            return None
        days = sorted({each.on for each in (*sold, *rest)})
        # More time means more deals, so the first day that is enough can be bisected.
        first = bisect_left(
            days, 1, key=lambda day: int(self._is_enough(sold, rest, day, length))
        )
        sold = [each for each in sold if each.on <= days[first]]
        rest = [each for each in rest if each.on <= days[first]]
        splits = self._splits(sold, rest, length)
        points, count = max(splits)
        assert points >= self._missing.total
        return Way(deals=(*sold[:count], *rest[: length - count]))

    def _is_enough(
        self,
        sold: Sequence[Candidate],
        rest: Sequence[Candidate],
        day: date,
        length: int,
    ) -> bool:
        early = [[each for each in sort if each.on <= day] for sort in (sold, rest)]
        return self._length(*early) == length

    def _length(self, sold: Sequence[Candidate], rest: Sequence[Candidate]) -> int | None:
        """Return how many deals it takes at least; None if all are not enough."""
        shortest = None
        others = list(accumulate((each.points for each in rest), initial=0))
        for count, points in enumerate(
            accumulate((each.points for each in sold), initial=0)
        ):
            if shortest is not None and count >= shortest:
                break
            if points < self._missing.sold:
                continue
            more = bisect_left(others, self._missing.total - points)
            if more < len(others) and (shortest is None or count + more < shortest):
                shortest = count + more
        return shortest

    def _splits(
        self, sold: Sequence[Candidate], rest: Sequence[Candidate], length: int
    ) -> list[tuple[int, int]]:
        """Return (points, how many of the first sort) of the sets of a length."""
        firsts = list(accumulate((each.points for each in sold), initial=0))
        others = list(accumulate((each.points for each in rest), initial=0))
        return [
            (firsts[count] + others[length - count], count)
            for count in range(max(0, length - len(rest)), min(length, len(sold)) + 1)
            if firsts[count] >= self._missing.sold
            and firsts[count] + others[length - count] >= self._missing.total
        ]
