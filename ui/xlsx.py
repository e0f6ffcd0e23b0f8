"""XLSX downloads, written row by row: a file of any size needs the memory of one row.

The same rules as `ui.csv`: text that looks like a formula is neutralised, and is text by
its type besides; numbers are numbers and days are days. Moments stay text with their
zone, which a spreadsheet has no place for.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO

from django.utils import translation
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from ui.csv import Cell, neutralise

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_WIDTH = 18


def write_xlsx(
    file: IO[bytes],
    *,
    header: Sequence[Cell],
    rows: Iterable[Sequence[Cell]],
    language: str,
) -> int:
    """Write a sheet of `header` and `rows` into an open file; return how many rows."""
    with translation.override(language):
        book = Workbook(file, _OPTIONS)
        heading = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(worksheet_class=_Sheet)
        sheet.set_column(0, len(header) - 1, _WIDTH)
        sheet.freeze_panes(1, 0)
        for column, text in enumerate(header):
            sheet.write_string(0, column, neutralise(str(text)), heading)
        number = 0
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, day)
        book.close()
    return number


class _Sheet(Worksheet):  # type: ignore[misc]
    """A sheet that takes rows and columns as numbers, without asking each time."""

    def __init__(self) -> None:
        super().__init__()
        self.days: dict[Cell, float] = {}

    def text(self, row: int, column: int, text: str) -> None:
        self._write_string(row, column, text)

    def number(self, row: int, column: int, value: Cell) -> None:
        self._write_number(row, column, value)

    def day(self, row: int, column: int, day: Cell, shown: object) -> None:
        """Write a day as its number: few days stand in many rows."""
        number = self.days.get(day)
        if number is None:
            number = self.days[day] = self._convert_date_time(day)
        self._write_number(row, column, number, shown)


def _write(sheet: _Sheet, row: int, column: int, value: Cell, day: object) -> None:
    """Write a cell by its exact type, as `ui.csv` does: a bool is text, not a number."""
    if value is None:
        return
    kind = type(value)
    if kind in {int, Decimal}:
        sheet.number(row, column, value)
    elif kind is date:
        sheet.day(row, column, value, day)
    elif isinstance(value, datetime):
        sheet.write_string(row, column, value.isoformat())
    else:
        sheet.text(row, column, neutralise(str(value)))
