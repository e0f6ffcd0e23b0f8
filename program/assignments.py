"""Who of the vendor joins a shared deal, and why (R44, R47, R48, C3; rulebook 2.7).

Two questions: what a deal needs, and who takes each need. Both answers carry the facts
they rest on, so that a page can show the reason of every assignment.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from program.money import Money
from program.points import UnknownUnitError, unit_of
from program.rulebook import Edition, Rulebook


class Task(StrEnum):
    """What a specialist does on a deal."""

    GROWTH = "growth"
    PRODUCT = "product"
    ENGINEER = "engineer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A product line of a deal, as far as it decides who joins."""

    product_line: str
    edition: Edition
    mrr: Money
    credits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that a deal needs somebody for; `rule` says why."""

    task: Task
    product_line: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Where somebody works: an empty part is any territory, segment or product."""

    territory: str = ""
    segment: str = ""
    product_line: str = ""

    def covers(self, *, territory: str, segment: str, product_line: str) -> bool:
        return (
            self.territory in ("", territory)
            and self.segment in ("", segment)
            and self.product_line in ("", product_line)
        )

    @property
    def precision(self) -> tuple[bool, bool, bool]:
        """How closely it describes a deal: product, then territory, then segment."""
        return bool(self.product_line), bool(self.territory), bool(self.segment)


class Passed(StrEnum):
    """Why somebody was passed over."""

    ELSEWHERE = "elsewhere"
    ABSENT = "absent"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may take a task. `capacity` None: any number of open deals."""

    id: int
    task: Task
    areas: Sequence[Area]
    open_deals: int = 0
    capacity: int | None = None
    absent: bool = False

    @property
    def load(self) -> Fraction:
        """Open deals by capacity; without one, by a hundred."""
        return Fraction(self.open_deals, self.capacity or 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who takes a need; `candidate` None: nobody was free, and a human decides.

    `area` is what fitted, `passed` counts those who were passed over, by reason.
    """

    need: Need
    candidate: int | None
    area: Area | None
    passed: dict[Passed, int]


def needs(lines: Iterable[Line], *, rulebook: Rulebook) -> list[Need]:
    """Return what a deal needs: a growth specialist, specialists, perhaps an engineer."""
    lines = list(lines)
    found = [Need(task=Task.GROWTH, product_line="", rule="R44", reason="shared")]
    found += [
        Need(task=Task.PRODUCT, product_line=line.product_line, rule="R47", reason=reason)
        for line in lines
        if (reason := _specialist_reason(line, rulebook))
    ]
    if reaches_engineer(lines, rulebook=rulebook):
        found.append(
            Need(task=Task.ENGINEER, product_line="", rule="R48", reason="minimum")
        )
    return found


def _specialist_reason(line: Line, rulebook: Rulebook) -> str:
    product = rulebook.assign.specialist_products.get(line.product_line)
    if product is None:
        return ""
    if product.credits_above is not None:
        return "credits" if (line.credits or 0) > product.credits_above else ""
    return "edition" if line.edition in product.editions else ""


def reaches_engineer(lines: Iterable[Line], *, rulebook: Rulebook) -> bool:
    """Say whether the lines together reach the engineer's minimum, by the point scale.

    Lines of several currencies are added in units, exactly. A currency that is not on the
    scale counts nothing: such a deal gets its engineer on request.
    """
    units = Fraction(0)
    for line in lines:
        try:
            unit = unit_of(line.mrr.currency, rulebook=rulebook)
        except UnknownUnitError:
            continue
        units += Fraction(line.mrr.minor, unit.minor)
    minimum = rulebook.assign.engineer_minimum
    return units >= Fraction(
        minimum.minor, unit_of(minimum.currency, rulebook=rulebook).minor
    )


def choose(
    need: Need, candidates: Iterable[Candidate], *, territory: str, segment: str
) -> Choice:
    """Return who takes a need: the closest area, then the lightest load, then the oldest.

    Whoever works elsewhere, is absent or has as many open deals as they take is passed
    over. The order of `candidates` does not matter.
    """
    passed: Counter[Passed] = Counter()
    free: list[tuple[Candidate, Area]] = []
    for candidate in candidates:
        if candidate.task != need.task:
            continue
        area = _closest(
            candidate,
            territory=territory,
            segment=segment,
            product_line=need.product_line,
        )
        if area is None:
            passed[Passed.ELSEWHERE] += 1
        elif candidate.absent:
            passed[Passed.ABSENT] += 1
        elif candidate.capacity is not None and (
            candidate.open_deals >= candidate.capacity
        ):
            passed[Passed.FULL] += 1
        else:
            free.append((candidate, area))
    if not free:
        return Choice(need=need, candidate=None, area=None, passed=dict(passed))
    best, area = min(free, key=_rank)
    return Choice(need=need, candidate=best.id, area=area, passed=dict(passed))


def _rank(pair: tuple[Candidate, Area]) -> tuple[tuple[bool, ...], Fraction, int]:
    candidate, area = pair
    return tuple(not each for each in area.precision), candidate.load, candidate.id


def _closest(
    candidate: Candidate, *, territory: str, segment: str, product_line: str
) -> Area | None:
    fitting = [
        area
        for area in candidate.areas
        if area.covers(territory=territory, segment=segment, product_line=product_line)
    ]
    return max(fitting, key=lambda area: area.precision, default=None)
