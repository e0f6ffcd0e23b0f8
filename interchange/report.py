"""What an import did: counts per file, warnings, and every refused row with advice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Final

KEPT_REFUSALS: Final = 1_000
"""Refusals kept in memory and with the import run; a report file gets all of them."""

MAX_SHOWN: Final = 80


@dataclass(slots=True)
class Counts:
    """Objects created, changed and left alone, and rows refused."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0

    def __iadd__(self, other: Counts) -> Counts:
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.refused += other.refused
        return self

    def as_dict(self) -> dict[str, int]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a row was refused. `line` is where it begins, the header being line 1.

    `column` is blank if the row as a whole is wrong.
    """

    file: str
    line: int
    column: str
    value: str
    reason: str
    advice: str


def shown(value: str) -> str:
    """Return a value as a report shows it: short, and without anything unprintable."""
    if len(value) > MAX_SHOWN:
        value = value[: MAX_SHOWN - 1] + "…"
    if value.isprintable():
        return value
    return "".join(
        char if char.isprintable() else f"\\u{ord(char):04x}" for char in value
    )


@dataclass(slots=True)
class Report:
    """Counts and refusals of one import, in bounded memory.

    `on_refusal` is called for every refusal; only the first ones are kept here.
    """

    on_refusal: Callable[[Refusal], None] | None = None
    counts: dict[str, Counts] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    refusal_count: int = 0
    broken_files: list[str] = field(default_factory=list)

    def open_file(self, filename: str) -> None:
        """Start counting a file, so that it is listed even without rows."""
        self.counts.setdefault(filename, Counts())

    def add(self, filename: str, counts: Counts, refusals: Iterable[Refusal]) -> None:
        """Add what happened to some rows of a file."""
        self.counts.setdefault(filename, Counts())
        self.counts[filename] += counts
        for refusal in refusals:
            self._list(refusal)

    def refuse_file(
        self, filename: str, reason: str, advice: str, value: str = ""
    ) -> None:
        """List a file of which no row could be read."""
        self.open_file(filename)
        self.broken_files.append(filename)
        self._list(
            Refusal(
                file=filename,
                line=1,
                column="",
                value=value,
                reason=reason,
                advice=advice,
            )
        )

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    @property
    def total(self) -> Counts:
        total = Counts()
        for counts in self.counts.values():
            total += counts
        return total

    def _list(self, refusal: Refusal) -> None:
        self.refusal_count += 1
        if len(self.refusals) < KEPT_REFUSALS:
            self.refusals.append(refusal)
        if self.on_refusal is not None:
            self.on_refusal(refusal)
