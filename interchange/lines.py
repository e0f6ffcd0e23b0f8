"""From the bytes of a CSV file to records of cells, in bounded memory.

A record is usually one line. A quoted cell may hold line breaks, but a quote that is
never closed must not swallow the good rows after it: a record of several lines is taken
only if it comes out whole, otherwise its first line is wrong and the next one is read on
its own.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from interchange.cells import CellError

MAX_LINE: Final = 256 * 1024
"""Bytes of one line."""

MAX_RECORD_LINES: Final = 100
MAX_RECORD: Final = 1024 * 1024
"""Lines and bytes of one record with line breaks in its cells."""

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class BadLine:
    """A line that is no record: where, how it reads, and what is wrong with it."""

    line: int
    shown: str
    error: CellError


@dataclass(slots=True)
class Record:
    """The cells of one record. `line` is where it begins, `rest` its further lines."""

    line: int
    cells: list[str]
    first: bytes
    rest: Sequence[bytes] = ()


class Lines:
    """The lines of an open file; what was read too far can be given back.

    `line` is the number of the line last taken, `bytes_read` how far the file was read.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._again: deque[bytes] = deque()
        self.line = 0
        self.bytes_read = 0

    def take(self) -> bytes:
        """Return the next line with its end, at most MAX_LINE + 1 bytes; b"" at the end.

        What lies beyond MAX_LINE is skipped up to the next line.
        """
        self.line += 1
        if self._again:
            return self._again.popleft()
        line = self._source.readline(MAX_LINE + 1)
        self.bytes_read += len(line)
        if len(line) > MAX_LINE:
            end = line
            while end and not end.endswith(b"\n"):
                end = self._source.readline(MAX_LINE)
                self.bytes_read += len(end)
        elif self.line == 1:
            line = line.removeprefix(_BOM)
        return line

    def give_back(self, lines: Sequence[bytes]) -> None:
        """Take these lines, the last ones taken, again."""
        self._again.extendleft(reversed(lines))
        self.line -= len(lines)


def looks_like_utf_16(first: bytes) -> bool:
    return first.startswith(_UTF_16)


def delimiter_of(header: str) -> str:
    """Return the separator of a header line: comma or semicolon, whichever is there."""
    return ";" if header.count(";") > header.count(",") else ","


def records(lines: Lines, delimiter: str) -> Iterator[Record | BadLine]:
    """Yield the records that follow, without blank ones, and the lines that are none."""
    take = lines.take
    while raw := take():
        if b'"' not in raw and len(raw) <= MAX_LINE:
            try:
                cells = raw.decode().rstrip("\r\n").split(delimiter)
            except UnicodeDecodeError as error:
                yield _not_utf_8(lines.line, raw, error)
                continue
            if cells != [""] and any(map(str.strip, cells)):
                yield Record(lines.line, cells, raw)
        else:
            yield _quoted(lines, raw, delimiter)


def _quoted(lines: Lines, raw: bytes, delimiter: str) -> Record | BadLine:
    """Return the record that begins with `raw`, or give back all but its first line."""
    first = lines.line
    if len(raw) > MAX_LINE:
        return BadLine(
            first,
            _shown(raw),
            CellError(
                _("The line is longer than %(limit)d bytes.") % {"limit": MAX_LINE},
                _("Look for a missing line break."),
            ),
        )
    taken = [raw]
    size, quotes = len(raw), raw.count(b'"')
    # Quotes come in pairs, so a record is whole when their number is even.
    while quotes % 2 and len(taken) < MAX_RECORD_LINES and size < MAX_RECORD:
        more = lines.take()
        if not more:
            lines.line -= 1
            break
        taken.append(more)
        size += len(more)
        quotes += more.count(b'"')
    try:
        if not quotes % 2:
            text = b"".join(taken).decode().rstrip("\r\n")
            cells = next(csv.reader([text], delimiter=delimiter, strict=True))
            return Record(first, cells, raw, taken[1:])
    except UnicodeDecodeError as error:
        if len(taken) == 1:
            return _not_utf_8(first, raw, error)
    except csv.Error:
        pass
    lines.give_back(taken[1:])
    return unbalanced(first, raw)


def unbalanced(line: int, raw: bytes) -> BadLine:
    return BadLine(
        line,
        _shown(raw),
        CellError(
            _("A quote is not closed, stands inside a cell, or the cell is too long."),
            _('Put the whole cell in quotes and double the ones inside: "a ""b"" c".'),
        ),
    )


def _not_utf_8(line: int, raw: bytes, error: UnicodeDecodeError) -> BadLine:
    return BadLine(
        line,
        _shown(raw),
        CellError(
            _("The line is not UTF-8: byte 0x%(byte)02X at position %(position)d.")
            % {"byte": raw[error.start], "position": error.start + 1},
            _("Save the file as CSV UTF-8."),
        ),
    )


def _shown(raw: bytes) -> str:
    return raw[:200].decode(errors="backslashreplace").rstrip("\r\n")
