"""Files of lists, as CSV or XLSX: into an open file, or as a download at once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO, Final

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from ui.csv import Cell, csv_lines, csv_response
from ui.listings import Sheet
from ui.xlsx import MEDIA_TYPE, write_xlsx

CSV: Final = "csv"
XLSX: Final = "xlsx"
MEDIA_TYPES: Final = {CSV: "text/csv; charset=utf-8", XLSX: MEDIA_TYPE}


def write_sheet(sheet: Sheet, file: IO[bytes], *, file_format: str, language: str) -> int:
    """Write a sheet into an open file; return how many rows it has below its heading."""
    if file_format == XLSX:
        return write_xlsx(file, header=sheet.header, rows=sheet.rows, language=language)
    counted = _Counted(sheet)
    for part in csv_lines(header=sheet.header, rows=counted, language=language):
        file.write(part)
    return counted.count


def sheet_response(sheet: Sheet, *, name: str, file_format: str) -> HttpResponseBase:
    """Return a download of a sheet in the language active now; caches keep nothing.

    For lists that are not long: a spreadsheet is made before its first byte leaves.
    """
    filename = f"{name}.{file_format}"
    if file_format == CSV:
        return csv_response(filename=filename, header=sheet.header, rows=sheet.rows)
    file = io.BytesIO()
    language = translation.get_language() or ""
    write_sheet(sheet, file, file_format=file_format, language=language)
    file.seek(0)
    return file_response(file, filename=filename)


def file_response(file: IO[bytes], *, filename: str) -> FileResponse:
    """Return an open file as a download that caches do not keep."""
    response = FileResponse(file, as_attachment=True, filename=filename)
    response.headers["Content-Type"] = MEDIA_TYPES[filename.rpartition(".")[2]]
    response.headers["Cache-Control"] = "private, no-store"
    return response


class _Counted:
    """The rows of a sheet, counted as they are read."""

    def __init__(self, sheet: Sheet) -> None:
        self.rows = sheet.rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        for row in self.rows:
            self.count += 1
            yield row
