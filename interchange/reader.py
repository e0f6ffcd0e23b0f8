"""Reading one file of a bundle: rows with parsed cells, and refusals for all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from interchange.cells import CellError
from interchange.files import BundleFile, Row
from interchange.lines import (
    MAX_LINE,
    BadLine,
    Lines,
    Record,
    delimiter_of,
    looks_like_utf_16,
    records,
    unbalanced,
)
from interchange.report import Counts, Refusal, Report

MAX_COLUMNS: Final = 1_000


class UnreadableFileError(Exception):
    """No row of the file can be read. `reason` says why, `advice` what to do."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason} {advice}")
        self.reason = reason
        self.advice = advice


@dataclass(frozen=True, slots=True)
class _Step:
    """What to do with one cell of a row."""

    position: int
    name: str
    parse: Callable[[str], Any]
    required: bool


class Reader:
    """Iterates over the rows of one file; refused ones go to the report instead.

    Iterating raises `UnreadableFileError` before the first row if the header is of no
    use. `bytes_read` tells how far it is.
    """

    def __init__(self, *, path: Path, file: BundleFile, report: Report) -> None:
        self._path = path
        self._file = file
        self._report = report
        self._bytes_read: Callable[[], int] = int

    @property
    def bytes_read(self) -> int:
        return self._bytes_read()

    def __iter__(self) -> Iterator[Row]:
        try:
            source = self._path.open("rb")
        except OSError as error:
            raise UnreadableFileError(
                _("cannot be opened: %(error)s.") % {"error": error.strerror},
                _("Check that it is a file you may read."),
            ) from None
        with source:
            lines = Lines(source)
            self._bytes_read = lambda: lines.bytes_read
            try:
                yield from self._rows(lines)
            except OSError as error:
                raise UnreadableFileError(
                    _("cannot be read to its end: %(error)s.") % {"error": error.strerror},
                    _("Copy it to a local disk and import again."),
                ) from None

    def _rows(self, lines: Lines) -> Iterator[Row]:
        delimiter, names = read_header(lines)
        steps, absent = self._steps(names)
        width = len(names)
        for record in records(lines, delimiter):
            if isinstance(record, BadLine):
                self._refuse_line(record)
            elif record.rest and not _whole(record, steps, width):
                lines.give_back(record.rest)
                self._refuse_line(unbalanced(record.line, record.first))
            elif len(record.cells) != width:
                self._refuse_width(record, width)
            else:
                row = self._parse(record, steps, absent)
                if row is not None:
                    yield row

    def _steps(self, names: list[str]) -> tuple[list[_Step], dict[str, None]]:
        """Return what to do with each known column, and the columns that are absent."""
        columns = {column.name: column for column in self._file.columns}
        missing = [
            column.name
            for column in self._file.columns
            if column.required and column.name not in names
        ]
        if missing:
            raise UnreadableFileError(
                _("has no column %(columns)s.") % {"columns": ", ".join(missing)},
                _("The first line names the columns, separated by commas or semicolons."),
            )
        unknown = [name for name in names if name and name not in columns]
        if unknown:
            self._report.warn(
                _("%(file)s: unknown columns are ignored: %(columns)s.")
                % {"file": self._file.name, "columns": ", ".join(unknown[:20])}
            )
        steps = [
            _Step(position, name, columns[name].parse, columns[name].required)
            for position, name in enumerate(names)
            if name in columns
        ]
        return steps, {name: None for name in columns if name not in names}

    def _parse(
        self, record: Record, steps: list[_Step], absent: dict[str, None]
    ) -> Row | None:
        """Return the parsed row, or None if a cell is wrong: all wrong ones are listed."""
        cells = record.cells
        values: dict[str, Any] = {}
        wrong: list[tuple[_Step, CellError]] = []
        for step in steps:
            cell = cells[step.position]
            if not cell or cell.isspace():
                if step.required:
                    wrong.append((step, _blank()))
                values[step.name] = None
                continue
            try:
                values[step.name] = step.parse(cell)
            except CellError as error:
                wrong.append((step, error))
        if wrong:
            self._refuse_cells(record, wrong)
            return None
        values.update(absent)
        return Row(values, line=record.line, raw=cells, positions=self._positions)

    def _refuse_cells(self, record: Record, wrong: list[tuple[_Step, CellError]]) -> None:
        self._refuse(
            *(
                Refusal(
                    file=self._file.name,
                    line=record.line,
                    column=step.name,
                    value=record.cells[step.position],
                    reason=error.reason,
                    advice=error.advice,
                )
                for step, error in wrong
            )
        )

    def _refuse_line(self, bad: BadLine) -> None:
        self._refuse(
            Refusal(
                file=self._file.name,
                line=bad.line,
                column="",
                value=bad.shown,
                reason=bad.error.reason,
                advice=bad.error.advice,
            )
        )
