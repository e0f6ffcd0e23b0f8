"""Reading a CSV or XLSX that somebody sent: as cells of text, and never as formulas.

Limits first: bytes, rows, columns, what a workbook unpacks to. A formula is refused, not
worked out: what it came to when the file was saved may be anything.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook

MAX_BYTES: Final = 2 * 1024**2
MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 40
MAX_CELL: Final = 300
MAX_UNPACKED: Final = 60 * 1024**2
"""Bytes a workbook may unpack to: a small file that holds gigabytes is no spreadsheet."""

FIELDS: Final = ("deal", "product_line", "month", "amount", "currency")

ALIASES: Final[Mapping[str, frozenset[str]]] = {
    "deal": frozenset(
        {
            *("deal", "deal name", "deal ref", "deal reference", "reference", "ref"),
            *("opportunity", "transaction", "nom de la transaction", "affaire"),
            *("reference de la transaction", "opportunite"),
        }
    ),
    "product_line": frozenset(
        {
            *("product line", "product", "hub", "line", "produit", "gamme"),
            *("ligne de produits", "gamme de produits", "ligne de produit"),
        }
    ),
    "month": frozenset({"month", "period", "date", "mois", "periode"}),
    "amount": frozenset(
        {
            *("amount", "commission", "commission amount", "earned", "due", "payout"),
            *("montant", "montant de la commission", "gagne", "du"),
        }
    ),
    "currency": frozenset({"currency", "ccy", "devise", "monnaie"}),
}
"""What a column is called, without accents and capitals."""


class SheetError(ValueError):
    """A file that cannot be read; the sentence says why, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A sheet as text: its heading, and its rows with their numbers in the file."""

    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


def grid_of_file(file: IO[bytes], *, name: str) -> Grid:
    """Read a file that somebody sent, or raise `SheetError`."""
    content = file.read(MAX_BYTES + 1)
    if not content:
        raise SheetError(_("The file is empty."))
    if len(content) > MAX_BYTES:
        raise SheetError(
            _("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1024**2}
        )
    ending = name.rpartition(".")[2].lower()
    if ending == "csv":
        return grid_of_text(_decoded(content))
    if ending == "xlsx":
        return _grid(_workbook_rows(content))
    raise SheetError(_("Send a file that ends in .csv or .xlsx."))


def grid_of_text(text: str) -> Grid:
    """Read the text of a CSV, or raise `SheetError`."""
    if any(character < " " and character not in "\t\n\r" for character in text):
        raise SheetError(_("This is no text: save the sheet as CSV or XLSX."))
    if len(text) > 2 * MAX_BYTES:
        raise SheetError(
            _("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1024**2}
        )
    first = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(
        io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter, strict=True
    )
    try:
        return _grid(_csv_rows(reader))
    except csv.Error as error:
        raise SheetError(
            _("Line %(line)s cannot be read as CSV.") % {"line": reader.line_num}
        ) from error


def text_of(grid: Grid) -> str:
    """Return a grid as CSV, to be sent again with the columns that were chosen."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(grid.header)
    line = 1
    for number, cells in grid.rows:
        # Lines that were empty keep their place, so that numbers mean the same line.
        while line + 1 < number:
            writer.writerow([])
            line += 1
        writer.writerow(cells)
        line += 1
    return buffer.getvalue()


def recognised(grid: Grid) -> dict[str, int]:
    """Return field → column, of the fields whose column has one of the usual names.

    A field that two columns claim is left to people.
    """
    found: dict[str, int] = {}
    for field, names in ALIASES.items():
        places = [
            place for place, title in enumerate(grid.header) if _plain(title) in names
        ]
        if len(places) == 1:
            found[field] = places[0]
    return found


def _plain(title: str) -> str:
    """Return a heading in small letters without accents, for comparing."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    bare = "".join(each if each.isalnum() else " " for each in letters if not _mark(each))
    return " ".join(bare.split())


def _mark(character: str) -> bool:
    return unicodedata.combining(character) != 0


def _decoded(content: bytes) -> str:
    """Return the text of a CSV: UTF-8, or what a French or English Excel writes."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _csv_rows(reader: Any) -> Iterator[tuple[int, list[str]]]:
    for cells in reader:
        for place, cell in enumerate(cells):
            if cell.lstrip().startswith(("=", "@")):
                raise _formula(reader.line_num, place)
        yield reader.line_num, cells


def _workbook_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a workbook's first sheet, or raise `SheetError`.

    It was made by others: whatever its parts hold, it is only unreadable.
    """
    try:
        _refuse_bomb(content)
        book = load_workbook(
            io.BytesIO(content), read_only=True, data_only=False, keep_links=False
        )
    except SheetError:
        raise
    except Exception as error:
        raise SheetError(_("This is no XLSX workbook.")) from error
    try:
        yield from _cells(book)
    except SheetError:
        raise
    except Exception as error:
        raise SheetError(_("This is no XLSX workbook.")) from error
    finally:
        book.close()


def _refuse_bomb(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        unpacked = sum(each.file_size for each in packed.infolist())
    if unpacked > MAX_UNPACKED:
        raise SheetError(_("The workbook is too large when it is unpacked."))


def _cells(book: Workbook) -> Iterator[tuple[int, list[str]]]:
    sheet = book.worksheets[0]
    # What the file says of its size is not believed.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1), 1):
        for place, cell in enumerate(cells):
            if cell.data_type == "f":
                raise _formula(number, place)
        yield number, [_text(cell.value) for cell in cells]


def _text(value: object) -> str:
    """Return a cell of a workbook as text that means the same in every language."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        # What a spreadsheet shows of 0.1 + 0.2, and no digit that it does not hold.
        return f"{Decimal(repr(round(value, 10))):f}"
    return str(value).strip()


def _grid(rows: Iterator[tuple[int, Sequence[str]]]) -> Grid:
    """Return the first row that says something as the heading, the others below it."""
    header: list[str] | None = None
    found: list[tuple[int, list[str]]] = []
    for number, cells in rows:
        texts = [cell.strip() for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        if len(texts) > MAX_COLUMNS:
            raise SheetError(
                _("The sheet has more than %(count)s columns.") % {"count": MAX_COLUMNS}
            )
        if any(len(text) > MAX_CELL for text in texts):
            raise SheetError(
                _("Line %(line)s has a cell of more than %(count)s characters.")
                % {"line": number, "count": MAX_CELL}
            )
        if header is None:
            header = texts
            continue
        if len(found) == MAX_ROWS:
            raise SheetError(
                _("The sheet has more than %(count)s lines: send it in parts.")
                % {"count": MAX_ROWS}
            )
        found.append((number, texts))
    if header is None or not found:
        raise SheetError(_("The sheet has no lines below its heading."))
    return Grid(header=header, rows=found)


def _formula(number: int, place: int) -> SheetError:
    return SheetError(
        _(
            "Line %(line)s, column %(column)s is a formula. Send values: copy the sheet "
            "and paste the values only."
        )
        % {"line": number, "column": place + 1}
    )
