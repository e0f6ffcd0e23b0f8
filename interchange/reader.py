"""Reading one file of a bundle: rows with parsed cells, and refusals for all others."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
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
    goes_on_to,
    looks_like_utf_16,
    records,
)
from interchange.report import Counts, Refusal, Report

MAX_COLUMNS: Final = 1_000

# What to do with a cell: its position, the column's name, its parser, whether required.
_Step = tuple[int, str, Callable[[str], Any], bool]


class UnreadableFileError(Exception):
    """No row of the file can be read. `reason` says why, `advice` what to do."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason} {advice}")
        self.reason = reason
        self.advice = advice


class Reader:
    """Iterates over the good rows of one file; the others go to the report.

    Iterating raises `UnreadableFileError` before the first row if the header is of no
    use, and later if the disk fails.
    """

    def __init__(self, *, path: Path, file: BundleFile, report: Report) -> None:
        self._path = path
        self._file = file
        self._report = report
        self._lines: Lines | None = None

    @property
    def bytes_read(self) -> int:
        """How far the file was read; for a progress bar."""
        return self._lines.bytes_read if self._lines else 0

    def __iter__(self) -> Iterator[Row]:
        try:
            with self._path.open("rb") as source:
                self._lines = Lines(source)
                yield from self._rows(self._lines)
        except OSError as error:
            raise UnreadableFileError(
                _("The file cannot be read: %(error)s.") % {"error": error.strerror},
                _("Check that it is a file you may read, on a disk that works."),
            ) from None

    def _rows(self, lines: Lines) -> Iterator[Row]:
        delimiter, names = read_header(lines)
        steps = self._steps(names)
        absent = frozenset(each.name for each in self._file.columns) - set(names)
        positions = {name: position for position, name, _parse, _required in steps}
        width = len(names)
        for record in records(lines, delimiter):
            if isinstance(record, BadLine):
                self._refuse(record.line, [("", record.shown, record.error)])
            elif len(record.cells) != width:
                self._refuse(record.line, [("", "", _wrong_width(record, width))])
            elif record.last > record.line and (broken := _broken(record, positions)):
                self._refuse(record.line, broken)
            else:
                values, wrong = _parse(record.cells, steps)
                if wrong:
                    self._refuse(record.line, wrong)
                else:
                    yield Row(
                        values,
                        line=record.line,
                        cells=record.cells,
                        positions=positions,
                        absent=absent,
                    )

    def _steps(self, names: list[str]) -> list[_Step]:
        """Return what to do with each known column, in the order of the file."""
        columns = {column.name: column for column in self._file.columns}
        missing = [
            column.name
            for column in self._file.columns
            if column.required and column.name not in names
        ]
        if missing:
            raise UnreadableFileError(
                _("The header lacks: %(columns)s.") % {"columns": ", ".join(missing)},
                _("The first line names the columns, with commas or semicolons between."),
            )
        unknown = [name for name in names if name and name not in columns]
        if unknown:
            self._report.warn(
                _("%(file)s: unknown columns are ignored: %(columns)s.")
                % {"file": self._file.name, "columns": _listed(unknown)}
            )
        return [
            (position, name, columns[name].parse, columns[name].required)
            for position, name in enumerate(names)
            if name in columns
        ]

    def _refuse(self, line: int, wrong: list[tuple[str, str, CellError]]) -> None:
        self._report.add(
            self._file.name,
            Counts(refused=1),
            [
                Refusal(
                    file=self._file.name,
                    line=line,
                    column=column,
                    value=value,
                    reason=error.reason,
                    advice=error.advice,
                )
                for column, value, error in wrong
            ],
        )


def read_header(lines: Lines) -> tuple[str, list[str]]:
    """Return the separator and the column names, or raise `UnreadableFileError`."""
    raw = lines.take()
    if looks_like_utf_16(raw) or b"\0" in raw:
        raise UnreadableFileError(
            _("The file is not text in UTF-8."), _("Save it as CSV UTF-8.")
        )
    if not raw.strip():
        raise UnreadableFileError(
            _("The file is empty, or its first line is."),
            _("The first line names the columns; a file with no data may be left out."),
        )
    try:
        text = raw.decode().rstrip("\r\n")
        delimiter = delimiter_of(text)
        cells = next(csv.reader([text], delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        cells = []
    names = [cell.strip().lower() for cell in cells]
    if not 0 < len(names) <= MAX_COLUMNS or len(raw) > MAX_LINE:
        raise UnreadableFileError(
            _("The first line is no header."),
            _("Save the file as CSV UTF-8, with the names of the columns first."),
        )
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UnreadableFileError(
            _("The header names a column twice: %(columns)s.")
            % {"columns": _listed(twice)},
            _("Keep one of them."),
        )
    return delimiter, names


def _parse(
    cells: list[str], steps: list[_Step]
) -> tuple[dict[str, Any], list[tuple[str, str, CellError]]]:
    """Return the values by column, and every cell that is wrong."""
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str, CellError]] = []
    for position, name, parse, required in steps:
        cell = cells[position]
        if not cell or cell.isspace():
            values[name] = None
            if required:
                blank = CellError(_("It is blank, but required."), _("Fill in the cell."))
                wrong.append((name, cell, blank))
            continue
        try:
            values[name] = parse(cell)
        except CellError as error:
            # A copy: the error itself holds this frame by its traceback, and the frame
            # would hold it.
            wrong.append((name, cell, CellError(error.reason, error.advice)))
    return values, wrong


def _broken(
    record: Record, positions: Mapping[str, int]
) -> list[tuple[str, str, CellError]]:
    """Return our cells with a line break in them; only ignored columns may have one.

    They cost the whole record: what stands behind the break is text, never a row.
    """
    return [
        (name, record.cells[position], goes_on_to(record.last))
        for name, position in positions.items()
        if "\n" in record.cells[position]
    ]


def _wrong_width(record: Record, width: int) -> CellError:
    if record.last > record.line:
        return goes_on_to(record.last)
    return CellError(
        _("The row has %(found)d cells, the header %(width)d.")
        % {"found": len(record.cells), "width": width},
        _("Write every separator, also before blank cells; put text with one in quotes."),
    )


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name[:40]) for name in names[:20])
