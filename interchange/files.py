"""What a file of a bundle looks like, and the batches in which its rows are loaded.

An app declares `FILES: tuple[BundleFile, ...]` in its `imports.py`. `load` gets a `Batch`
inside a transaction: it refuses rows that mean nothing (`batch.refuse`), stores the
others and counts them (`batch.count`). When the database refuses the batch, it is rolled
back and `load` is called again with parts of it, so `load` must neither change its rows
nor remember anything between calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from interchange.report import Counts, Refusal, Report
from interchange.upsert import Upserted


@dataclass(frozen=True)
class Column:
    """A column. `parse` turns a cell that is not blank into a value or a `CellError`.

    A blank cell is None, or refused if the column is required.
    """

    name: str
    parse: Callable[[str], Any]
    required: bool = False


class Row(dict[str, Any]):
    """The parsed cells of one row by column name, and the line where it begins.

    A column that the file does not have (`absent`) reads as None like a blank cell, but
    it says nothing about the object: `given` leaves out what would be stored from it.
    `cells` is what stands in the file; the report quotes it.
    """

    __slots__ = ("_cells", "_positions", "absent", "line")

    def __init__(
        self,
        values: dict[str, Any],
        *,
        line: int = 0,
        cells: Sequence[str] = (),
        positions: Mapping[str, int] | None = None,
        absent: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(values)
        self.line = line
        self.absent = absent
        self._cells = cells
        self._positions = positions

    def __missing__(self, column: str) -> None:
        if column not in self.absent:
            raise KeyError(column)

    def given(self, values: dict[str, Any], **columns: str) -> dict[str, Any]:
        """Return the values by field whose column the file has.

        `columns` names the column of a field that is called otherwise.
        """
        if not self.absent:
            return values
        return {
            field: value
            for field, value in values.items()
            if columns.get(field, field) not in self.absent
        }

    def written(self, column: str) -> str:
        """Return what the file says in that column."""
        if self._positions is not None:
            position = self._positions.get(column)
            return "" if position is None else self._cells[position]
        value = self.get(column)
        return "" if value is None else str(value)


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """A file of the bundle by its name, and what stores its rows.

    `key` names the columns that identify an object: a second row of the same object is
    refused, so within a file no key comes twice.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    load: Callable[[Batch], None]
    batch_size: int = 5_000

    def __post_init__(self) -> None:
        names = {column.name for column in self.columns}
        if len(names) != len(self.columns):
            raise ValueError(f"{self.name}: a column is declared twice")
        if not self.key or not names.issuperset(self.key):
            raise ValueError(f"{self.name}: the key is not made of its columns")
        if not self.name.endswith(".csv") or self.batch_size < 1:
            raise ValueError(f"{self.name}: a name with .csv, a batch of one or more")


class Batch:
    """Rows of one file, in order and with different keys, inside one transaction.

    `on` is the programme's day and `at` the moment of the import. In the `last` batch of
    a file nothing can be put off any more.
    """

    def __init__(
        self,
        *,
        file: BundleFile,
        rows: Sequence[Row],
        report: Report,
        on: date,
        at: datetime,
        last: bool = False,
    ) -> None:
        self.file = file
        self.report = report
        self.on = on
        self.at = at
        self.last = last
        self.put_off: list[Row] = []
        self._rows = list(rows)
        self._refused: dict[int, Row] = {}
        self._stale = False
        self._refusals: list[Refusal] = []
        self._counts = Counts()

    @property
    def rows(self) -> list[Row]:
        """The rows that are still in; it is safe to take some out while iterating."""
        if self._stale:
            out = self._refused.keys() | {id(row) for row in self.put_off}
            self._rows = [row for row in self._rows if id(row) not in out]
            self._stale = False
        return self._rows

    def refuse(self, row: Row, column: str, reason: str, advice: str) -> None:
        """Take the row out of the batch and report it; a row may have several reasons."""
        self._refused[id(row)] = row
        self._stale = True
        self._refusals.append(
            Refusal(
                file=self.file.name,
                line=row.line,
                column=column,
                value=row.written(column) if column else "",
                reason=reason,
                advice=advice,
            )
        )

    def postpone(self, row: Row) -> None:
        """Take the row out of the batch; it comes again when the others are stored.

        For a row that contradicts what is stored, which a later row may correct.
        """
        self.put_off.append(row)
        self._stale = True

    def count(self, *, new: int = 0, changed: int = 0, unchanged: int = 0) -> None:
        """Count objects of this file that the rows created, changed or left alone."""
        self._counts.new += new
        self._counts.changed += changed
        self._counts.unchanged += unchanged

    def count_upserted(self, result: Upserted[Any]) -> None:
        """Count what `upsert` created, changed and left alone."""
        self.count(**result.counts)

    def settle(self) -> None:
        """Put counts and refusals into the report, once the batch is stored.

        A batch that is rolled back is not settled: it leaves no trace in the report.
        """
        self._counts.refused = len(self._refused)
        self.report.add(self.file.name, self._counts, self._refusals)
