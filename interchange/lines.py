"""From the bytes of a CSV file to records of cells, in bounded memory.

A record is usually one line. A quoted cell may hold line breaks, and what stands inside
it is never a row of its own: it may be text that somebody typed. Only a quote that is not
closed properly, up to the end of the file, must not swallow the good rows after it: then
its first line is wrong and the next one is read on its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from interchange.cells import CellError

MAX_LINE: Final = 256 * 1024
"""Bytes of one line."""

MAX_RECORD_LINES: Final = 100
MAX_RECORD: Final = 1024 * 1024
"""Lines and bytes of a record with line breaks in its cells; a longer one is refused."""

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
    """The cells of one record. `line` is where it begins, `last` where it ends."""

    line: int
    cells: list[str]
    last: int


class Lines:
    """The lines of an open file, which can be read again from a mark.

    `line` is the number of the line last taken, `bytes_read` how far the file was read.
    `unclosed_until`: a quote that is open at the end of a line before this one is known
    not to be closed, so nobody has to look again.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.line = 0
        self.bytes_read = 0
        self.unclosed_until = 0

    def take(self) -> bytes:
        """Return the next line with its end, or the first MAX_LINE + 1 bytes of it.

        `more` returns what is left of such a line. b"" is the end of the file.
        """
        self.line += 1
        first = self.line == 1
        line = self._source.readline(MAX_LINE + 1 + first * len(_BOM))
        self.bytes_read += len(line)
        return line.removeprefix(_BOM) if first else line

    def more(self, piece: bytes) -> bytes:
        """Return the piece of the line that follows `piece`; b"" if it was the last."""
        if len(piece) < MAX_LINE or piece.endswith(b"\n"):
            return b""
        found = self._source.readline(MAX_LINE)
        self.bytes_read += len(found)
        return found

    def mark(self) -> tuple[int, int, int]:
        return self._source.tell(), self.line, self.bytes_read

    def return_to(self, mark: tuple[int, int, int]) -> None:
        position, self.line, self.bytes_read = mark
        self._source.seek(position)


class _At(Enum):
    """Where in a record a quote would stand."""

    START = auto()  # of a cell
    PLAIN = auto()  # inside a cell without quotes around it
    QUOTED = auto()
    QUOTE = auto()  # after a quote in a quoted cell: its end, or the first of two


@dataclass(slots=True)
class _Quotes:
    """Follows the quotes of a record through its lines, whatever their length.

    `broken`: text followed the closing quote of a cell.
    """

    delimiter: bytes
    at: _At = _At.START
    broken: bool = False

    def read(self, piece: bytes) -> None:
        """Go on with a line, or with the next piece of a long one."""
        place, end = 0, len(piece.rstrip(b"\r\n"))
        while place < end:
            place = self._step(piece, place, end)

    def _step(self, piece: bytes, place: int, end: int) -> int:
        """Go on behind the next byte that matters."""
        if self.at is _At.QUOTED:
            found = piece.find(b'"', place, end)
            if found < 0:
                return end
            self.at = _At.QUOTE
            return found + 1
        if self.at is _At.PLAIN:
            found = piece.find(self.delimiter, place, end)
            if found < 0:
                return end
            self.at = _At.START
            return found + 1
        byte = piece[place : place + 1]
        if byte == b'"':
            self.at = _At.QUOTED
        elif self.at is _At.QUOTE and byte == self.delimiter:
            self.at = _At.START
        elif self.at is _At.QUOTE:
            self.broken = True
            self.at = _At.PLAIN
        else:
            self.at = _At.START if byte == self.delimiter else _At.PLAIN
        return place + 1

    @property
    def open(self) -> bool:
        """Whether a line break now stands inside a cell."""
        return self.at is _At.QUOTED


@dataclass(slots=True)
class _Taken:
    """The lines of one record, as far as a record may go."""

    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    too_long: bool = False

    def add(self, line: bytes) -> None:
        self.size += len(line)
        if self.size > MAX_RECORD or len(self.lines) == MAX_RECORD_LINES:
            self.too_long = True
            self.lines.clear()
        if not self.too_long:
            self.lines.append(line)

    def cells(self, delimiter: str) -> list[str] | None:
        """Return the cells of the record; None if it is too long, or none."""
        if self.too_long:
            return None
        try:
            text = b"".join(self.lines).decode().rstrip("\r\n")
            return next(csv.reader([text], delimiter=delimiter, strict=True))
        except (UnicodeDecodeError, csv.Error):
            return None


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
                yield Record(lines.line, cells, lines.line)
        else:
            yield _of_one_line(lines.line, raw, delimiter) or _quoted(
                lines, raw, delimiter
            )


def _of_one_line(line: int, raw: bytes, delimiter: str) -> Record | None:
    """Return the record of a line with quotes in it, if it is a whole one."""
    if len(raw) > MAX_LINE or raw.count(b'"') % 2:
        return None
    try:
        text = raw.decode().rstrip("\r\n")
        cells = next(csv.reader([text], delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    return Record(line, cells, line)


def _quoted(lines: Lines, raw: bytes, delimiter: str) -> Record | BadLine:
    """Return the record of several lines that begins with `raw`, or what is wrong.

    A record whose quotes are closed is taken to its end, also if it is refused. If they
    are not, only the first line is wrong.
    """
    first = lines.line
    quotes, taken = _Quotes(delimiter.encode()), _Taken()
    _follow(lines, raw, quotes, taken)
    closed = not quotes.open or _close(lines, quotes, taken)
    last = lines.line
    if not closed or last == first:
        return _wrong_line(first, raw)
    cells = None if quotes.broken else taken.cells(delimiter)
    if cells is None:
        return BadLine(first, _shown(raw), goes_on_to(last))
    return Record(first, cells, last)


def _follow(lines: Lines, line: bytes, quotes: _Quotes, taken: _Taken) -> None:
    """Read a line to its end, however long it is."""
    quotes.read(line)
    taken.add(line)
    while line := lines.more(line):
        quotes.read(line)
        taken.too_long = True


def _close(lines: Lines, quotes: _Quotes, taken: _Taken) -> bool:
    """Read on until the quotes are closed; if they never are, return to where it began.

    Text behind a closing quote on a further line means that the quote opens a cell of
    another row. Each line is looked at twice at most: what was open on the way to the
    place where one search failed would fail there, too.
    """
    if lines.line < lines.unclosed_until:
        return False
    mark = lines.mark()
    broken, quotes.broken = quotes.broken, False
    while quotes.open and not quotes.broken and (line := lines.take()):
        _follow(lines, line, quotes, taken)
    if quotes.open or quotes.broken:
        lines.unclosed_until = lines.line
        lines.return_to(mark)
        return False
    quotes.broken = broken
    return True


def goes_on_to(last: int) -> CellError:
    """Return what is wrong with a record of several lines."""
    return CellError(
        _("A quoted cell has a line break: the row goes on to line %(last)d.")
        % {"last": last},
        _("Take the line break out, or close the quote where the cell ends."),
    )


def _wrong_line(line: int, raw: bytes) -> BadLine:
    """Return what is wrong with a line that is no record."""
    if len(raw) > MAX_LINE:
        return BadLine(
            line,
            _shown(raw),
            CellError(
                _("The line is longer than %(limit)d bytes.") % {"limit": MAX_LINE},
                _("Look for a missing line break."),
            ),
        )
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return _not_utf_8(line, raw, error)
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
