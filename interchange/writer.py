"""Writing CSV: whole or not at all, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TextIO

from django.core.management.base import CommandError
from django.db import Error, connection

_MICRO: Final = 1_000_000

# What a spreadsheet takes for the beginning of a formula, full-width forms included.
_FORMULA: Final = tuple("=+-@\t\r\n\0＝＋－＠")  # noqa: RUF001
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def points_text(micro: int) -> str:
    """Return micro-points as points with six decimals: "431.738667"."""
    whole, rest = divmod(abs(micro), _MICRO)
    return f"{'-' if micro < 0 else ''}{whole}.{rest:06d}"


def safe_cell(value: object) -> str:
    """Return the text of a cell that no spreadsheet executes (reliability I3).

    Text that begins like a formula gets a leading apostrophe; numbers, also as text, stay
    numbers. None is blank, yes and no are 1 and 0.
    """
    if isinstance(value, str):
        if value.lstrip(" \u00a0\u3000").startswith(_FORMULA) and not _NUMBER.fullmatch(
            value
        ):
            return f"'{value}"
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | date):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in a CSV file")


class CsvFile:
    """A CSV file that is complete or not there: `with CsvFile(path) as out: out.row(…)`.

    Rows go to a neighbour of the file, which takes its name at the end; after an error
    the old file stands as it was. Whatever is no regular file (a pipe, /dev/stdout) is
    written directly. Raises `OSError` if the place cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        direct = path.exists() and not path.is_file()
        self._written = path if direct else path.with_name(f".{path.name}.{os.getpid()}")
        self._file = self._written.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and self._written != self._path:
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
            if kind is None and self._written != self._path:
                self._written.replace(self._path)
        finally:
            if self._written != self._path:
                with suppress(FileNotFoundError):
                    self._written.unlink()

    def row(self, cells: Sequence[object]) -> None:
        self._writer.writerow([safe_cell(cell) for cell in cells])


def export_collation() -> str:
    """Return the collation in which exports sort text: by code points.

    The database's own depends on how it was made. These two sort the same, so that an
    export has the same bytes wherever it is written.
    """
    return "C" if connection.vendor == "postgresql" else "BINARY"


@contextmanager
def in_a_sentence(out: Path | None) -> Iterator[None]:
    """Say in one sentence what keeps an export from being written (`CommandError`)."""
    try:
        yield
    except Error as error:
        raise CommandError(f"The database failed: {str(error).strip()}") from error
    except OSError as error:
        if out is None:  # standard output: a reader that went away is no failure of ours
            raise
        reason = error.strerror or error
        raise CommandError(f"{out} cannot be written: {reason}.") from error


def write_csv(
    out: Path | None, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write header and rows to the file, atomically, or to standard output.

    The rows may be a generator; nothing is held in memory.
    """
    if out is None:
        _write_stream(sys.stdout, header, rows)
        return
    with CsvFile(out) as file:
        file.row(header)
        for row in rows:
            file.row(row)


def _write_stream(
    stream: TextIO, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
