"""What a benchmark is: cases in which ours and the reference run in turn, A B A B …

Both sides of a case must come to the same result; how long they take is told, never
asserted, because absolute times say something about a machine and only ratios of one run
about the code.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.sizes import Size
from benchmarks.stores import Store

MS: Final = 1_000.0
"""Milliseconds in a second: the unit of every report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a benchmark is told: how much, how often, where, and whether to show plans.

    `rounds` is 0 where the benchmark decides.
    """

    size: Size
    store: Store
    rounds: int = 0
    plan: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """Measured seconds of one side of a case."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def least(self) -> float:
        return min(self.seconds)

    @property
    def most(self) -> float:
        return max(self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A number, the limit it should keep to, and whether it does."""

    what: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one case came to. `same`: both sides gave the same rows."""

    case: str
    ours: Times
    reference: Times
    same: bool
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = ()
    plans: Sequence[str] = ()

    @property
    def ratio(self) -> float:
        return self.ours.median / self.reference.median


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A benchmark: `run` yields one result per case."""

    about: str
    run: Callable[[Context], Iterator[Result]]


def _nothing() -> None:
    pass


@dataclass(slots=True, kw_only=True)
class Case:
    """Ours against the reference.

    `before` is called before each of both, not measured. What `ours` and `reference`
    return is given to `ours_says` and `reference_says`, not measured either; what those
    return has to be equal.
    """

    ours: Callable[[], Any]
    reference: Callable[[], Any]
    ours_says: Callable[[Any], object]
    reference_says: Callable[[Any], object]
    before: Callable[[], None] = _nothing
    clock: Callable[[], float] = time.perf_counter
    seconds: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    same: bool = True

    def run(self, *, rounds: int, warm_up: int = 1) -> tuple[Times, Times, bool]:
        """Run both sides in turn and return their times and whether they agree."""
        for number in range(-warm_up, rounds):
            ours, ours_said = self._side(self.ours, self.ours_says)
            reference, reference_said = self._side(self.reference, self.reference_says)
            self.same = self.same and ours_said == reference_said
            if number >= 0:
                self.seconds[0].append(ours)
                self.seconds[1].append(reference)
        return Times(self.seconds[0]), Times(self.seconds[1]), self.same

    def _side(
        self, side: Callable[[], Any], says: Callable[[Any], object]
    ) -> tuple[float, object]:
        self.before()
        started = self.clock()
        returned = side()
        spent = self.clock() - started
        return spent, says(returned)


def ratio_goal(ours: Times, reference: Times, limit: float) -> Goal:
    return Goal(what="ratio", value=ours.median / reference.median, limit=limit)
