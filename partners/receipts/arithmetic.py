"""An entry's points computed again from its own facts, so that anybody can follow.

Nothing is taken from the stored points: `program` computes them anew with the rules of
the entry's edition, and the receipt says loudly where the two disagree.

Within one source, the entries with the same partner, kind and expiry are one history:
each is the change from what the source was worth before to what it is worth from its day
on. A correction is what its day should hold, less what was posted for it already.

`settle` makes the entries of a source, and one import may call it for a source several
times at the same moment. What a source was worth before a day is what the ledger held
once the call that made the entry was done, not what later calls made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from partners.models import PointsEntry
from program.money import InvalidMoneyError, Money
from program.points import (
    PointsCalculation,
    UnknownUnitError,
    managed_points,
    managed_share,
    sold_points,
)
from program.rulebook import Kind, Rulebook
from ui import formats

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A line of the arithmetic: what it is about, and what to type into a calculator."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """The steps, their result, and whether that is what the ledger holds.

    `problem` says what is wrong; the result is None where the facts do not suffice.
    """

    steps: tuple[Step, ...]
    result: int | None
    problem: str

    @property
    def agrees(self) -> bool:
        return not self.problem


class _FactsError(ValueError):
    """The facts stored with an entry do not say how it was computed."""


def recompute(
    entry: PointsEntry, *, history: Iterable[PointsEntry], rulebook: Rulebook
) -> Arithmetic:
    """Return the arithmetic of an entry.

    `history` holds all entries of its source, this one included; `rulebook` is that of
    the entry's edition.
    """
    sheet = _Sheet(entry, list(history), rulebook)
    try:
        result = sheet.compute()
    except (KeyError, TypeError, ValueError, _FactsError, UnknownUnitError):
        return Arithmetic(
            steps=tuple(sheet.steps),
            result=None,
            problem=_("The facts stored with this entry do not suffice to recompute it."),
        )
    problem = sheet.problem
    if result != entry.points:
        problem = _(
            "Recomputed from its facts, this entry is worth %(computed)s points; the "
            "ledger holds %(stored)s."
        ) % {
            "computed": formats.points_six(result),
            "stored": formats.points_six(entry.points),
        }
    return Arithmetic(steps=tuple(sheet.steps), result=result, problem=problem)


class _Sheet:
    """The paper on which one entry is computed."""

    def __init__(
        self, entry: PointsEntry, history: list[PointsEntry], rulebook: Rulebook
    ) -> None:
        self.entry = entry
        self.history = history
        self.rulebook = rulebook
        self.facts: Mapping[str, Any] = entry.facts
        self.steps: list[Step] = []
        self.problem = ""

    def compute(self) -> int:
        if self.entry.corrects_id is None and "should_be" not in self.facts:
            return self._change()
        should_be = self._whole(self.facts["should_be"])
        if "worth" in self.facts and should_be != self._change():
            # The source is worth nothing any more from this day on.
            self.steps.clear()
            before = self._before(-should_be)
            if before:
                self._minus(_("Worth from this day on, less before"), 0, before)
            if should_be not in {0, -before}:
                self.problem = _("What the facts give is not what they say it should be.")
        posted = sum(
            other.points
            for other in self.history
            if other.seq < self.entry.seq and _slot(other) == _slot(self.entry)
        )
        if posted != self._whole(self.facts["posted"]):
            self.problem = _("The ledger held another sum for this day than noted here.")
        return self._minus(_("Should be, less what was posted"), should_be, posted)

    def _change(self) -> int:
        """Return what the source changes by on the entry's day."""
        if self.entry.source_kind == PointsEntry.Source.MANAGED_CLIENT:
            worth, before = self._managed_worth(), self._whole(self.facts["before"])
            if before != self._before(before):
                self.problem = _(
                    "The ledger held another stock before this day than noted here."
                )
        else:
            worth = self._sold_worth()
            change = self._whole(self.facts.get("should_be", self.entry.points))
            before = self._before(worth - change)
        if not before:
            return worth
        return self._minus(_("Worth from this day on, less before"), worth, before)

    def _before(self, said: int) -> int:
        """Return what the source was worth the day before, as known at the posting.

        Where the call that made the entry may have ended in several places, the place
        that agrees with what the entry says is taken.
        """
        possible = [
            self._before_as_of(seq) for seq in _ends_of_call(self.entry, self.history)
        ]
        return said if said in possible else possible[0]

    def _before_as_of(self, seq: int) -> int:
        return sum(
            other.points
            for other in self.history
            if _slot(other)[:3] == _slot(self.entry)[:3]
            and other.effective_on < self.entry.effective_on
            and other.seq <= seq
        )

    # --- Sold -------------------------------------------------------------------------

    def _sold_worth(self) -> int:
        calculation = sold_points(
            mrr=self._money(self.facts),
            kind=Kind(self.entry.kind),
            territory=self.facts["territory"],
            growth=self.facts["growth"],
            rulebook=self.rulebook,
        )
        self._check(self.facts, calculation)
        if self.entry.reason == PointsEntry.Reason.CANCELLED:
            self._convert(_("Worth when it was won"), calculation)
            return 0
        self._convert(_("Points of the deal line"), calculation)
        return calculation.points

    # --- Managed ----------------------------------------------------------------------

    def _managed_worth(self) -> int:
        if not self.facts["serves"]:
            self.steps.append(
                Step(
                    label=_("Worth from this day on"),
                    text=f"0 = {_points(0)}",
                    note=_("The partner no longer serves the client."),
                )
            )
            return 0
        whole = 0
        lines = self.facts["lines"]
        for line in lines:
            calculation = managed_points(
                mrr=self._money(line),
                territory=self.facts["territory"],
                parts=1,
                part=0,
                rulebook=self.rulebook,
            )
            self._check(line, calculation)
            label = f"{self._product(line['product_line'])} ({line['subscription']})"
            self._convert(label, calculation)
            whole += calculation.points
        if len(lines) > 1:
            self.steps.append(
                Step(
                    label=_("All subscriptions of the client"),
                    text=f"{_sum(line['points'] for line in lines)} = {_points(whole)}",
                )
            )
        if not lines:
            self.steps.append(
                Step(
                    label=_("All subscriptions of the client"),
                    text=f"0 = {_points(0)}",
                    note=_("No subscription runs whose currency is on the scale."),
                )
            )
        parts, part = self._whole(self.facts["parts"]), self._whole(self.facts["part"])
        share = managed_share(whole=whole, parts=parts, part=part)
        if parts > 1:
            note = ""
            if whole % parts:
                note = _(
                    "What does not divide goes out in millionths, so that the shares "
                    "add up."
                )
            self.steps.append(
                Step(
                    label=_("Share of one partner out of %(count)s")
                    % {"count": formats.number(parts)},
                    text=f"{formats.points_six(whole)} ÷ {parts} = {_points(share)}",
                    note=note,
                )
            )
        return share

    # --- Lines ------------------------------------------------------------------------

    def _convert(self, label: str, calculation: PointsCalculation) -> None:
        """Write amount ÷ unit × rate × multiplier = points."""
        mrr, unit = calculation.mrr, calculation.unit
        factors = calculation.rate * calculation.multiplier
        inexact = (mrr.minor * factors * 1_000_000) % unit.minor
        self.steps.append(
            Step(
                label=label,
                text=(
                    f"{formats.money(mrr.minor, mrr.currency)} ÷ "
                    f"{formats.money(unit.minor, unit.currency)} × "
                    f"{formats.number(calculation.rate)} × "
                    f"{formats.number(calculation.multiplier)} = "
                    f"{_points(calculation.points)}"
                ),
                note=_("Rounded half up at the sixth decimal.") if inexact else "",
            )
        )

    def _minus(self, label: str, whole: int, less: int) -> int:
        taken = formats.points_six(less)
        if less < 0:
            taken = f"({taken})"
        self.steps.append(
            Step(
                label=label,
                text=(
                    f"{formats.points_six(whole)} {MINUS} {taken} = "
                    f"{_points(whole - less)}"
                ),
            )
        )
        return whole - less

    def _check(self, facts: Mapping[str, Any], calculation: PointsCalculation) -> None:
        """Note where the stored facts are not those of the entry's edition."""
        stored = (facts["unit_minor"], facts["rate"], facts["multiplier"])
        edition = (calculation.unit.minor, calculation.rate, calculation.multiplier)
        if stored != edition:
            self.problem = _("Unit, rate or multiplier are not those of the edition.")

    def _product(self, code: str) -> str:
        product = self.rulebook.products.get(code)
        return product.name if product else code

    @staticmethod
    def _money(facts: Mapping[str, Any]) -> Money:
        try:
            return Money(_Sheet._whole(facts["mrr_minor"]), facts["currency"])
        except InvalidMoneyError as error:
            raise _FactsError from error

    @staticmethod
    def _whole(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _FactsError
        return value


def _ends_of_call(entry: PointsEntry, history: Iterable[PointsEntry]) -> Iterator[int]:
    """Yield the numbers at which the call of `settle` that made the entry may have ended.

    Nothing stored says where a call ends, but each goes on in one way (`_goes_on`).
    """
    yield entry.seq
    later = [other for other in history if other.seq > entry.seq]
    slots = {_slot(entry)}
    for one, following in pairwise([entry, *later]):
        if _slot(following) in slots or not _goes_on(one, following):
            return
        slots.add(_slot(following))
        yield following.seq


def _goes_on(one: PointsEntry, following: PointsEntry) -> bool:
    """Say whether an entry may come from the same call of `settle` as the one before.

    A call goes through the days the source has, then through those it no longer has,
    oldest first in each; entries for the latter carry no facts of the source.
    """
    gone, next_gone = "worth" not in one.facts, "worth" not in following.facts
    if one.recorded_at != following.recorded_at or (gone and not next_gone):
        return False
    if gone != next_gone:
        return True
    if gone:
        return one.effective_on <= following.effective_on
    return one.effective_on < following.effective_on


def _slot(entry: PointsEntry) -> tuple[object, ...]:
    return entry.partner_id, entry.kind, entry.expires_on, entry.effective_on


def _points(micro: int) -> str:
    return _("%(points)s points") % {"points": formats.points_six(micro)}


def _sum(parts: Iterable[int]) -> str:
    return " + ".join(formats.points_six(part) for part in parts)
