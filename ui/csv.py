"""CSV downloads that a spreadsheet opens right and cannot be made to run.

A text cell that a spreadsheet would take for a formula gets a leading apostrophe; numbers
are written as numbers, because only a value of a number type is. Rows are written as they
are read, so a download of any size needs the memory of one batch.

English: comma and decimal point. French: semicolon and decimal comma, as a French Excel
expects. Both start with a byte order mark, without which Excel takes UTF-8 for Latin-1.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.http import content_disposition_header

from program import MICRO
from program.money import exponent
from ui import formats

BATCH = 500
BYTE_ORDER_MARK = "\ufeff"

_FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"
_DANGEROUS = frozenset("=+-@\t\r\n\x00" + _FULL_WIDTH)
_SEMICOLON_LANGUAGES = frozenset({"fr"})

Cell = str | Promise | int | Decimal | date | datetime | None


def csv_response(
    *, filename: str, header: Sequence[Cell], rows: Iterable[Sequence[Cell]]
) -> StreamingHttpResponse:
    """Return a download of `header` and `rows` in the language active now.

    `rows` may be a generator over a queryset's iterator(); it is read after the view has
    returned. Cells: text, whole numbers, `Decimal`, days (ISO), moments (ISO, with zone),
    None for empty. Points go in through `points_cell`. Nothing is kept by caches.
    """
    response = StreamingHttpResponse(
        csv_lines(header=header, rows=rows, language=translation.get_language() or ""),
        content_type="text/csv; charset=utf-8",
        headers={"Cache-Control": "private, no-store"},
    )
    # Without a name of its own the browser would take the page's address.
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=filename
    )
    return response


def csv_lines(
    *, header: Sequence[Cell], rows: Iterable[Sequence[Cell]], language: str
) -> Iterator[bytes]:
    """Yield the file of `header` and `rows` in batches."""
    return _lines(chain([header], rows), language=language)


def points_cell(micro: int) -> Decimal:
    """Return micro-points as the exact number of points, for a cell."""
    return Decimal(micro) / MICRO


def amount_cells(minor_by_currency: Mapping[str, int]) -> tuple[Cell, Cell]:
    """Return an amount and its currency, for two cells.

    Amounts of several currencies never make a sum: they stand there as text.
    """
    amounts = [
        (Decimal(minor).scaleb(-exponent(currency)), currency)
        for currency, minor in sorted(minor_by_currency.items())
    ]
    if not amounts:
        return None, None
    if len(amounts) == 1:
        return amounts[0]
    return (
        " + ".join(formats.decimal_text(amount) for amount, _currency in amounts),
        " + ".join(currency for _amount, currency in amounts),
    )


def neutralise(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula.

    What counts is the first character that is seen, and every break or tab before it,
    full-width forms included: some programs trim cells, some fold widths.
    """
    if text[:1].isalnum():  # nearly always: no formula begins so
        return text
    for character in text:
        if character in _DANGEROUS:
            return f"'{text}"
        if not character.isspace() and unicodedata.category(character) != "Cf":
            break
    return text


def _lines(rows: Iterable[Sequence[Cell]], *, language: str) -> Iterator[bytes]:
    """Yield the file in batches, each made under `language`.

    The server reads this long after the request's language was put back, and the thread
    may serve somebody else between two batches.
    """
    delimiter = ";" if language in _SEMICOLON_LANGUAGES else ","
    rows = iter(rows)
    yield BYTE_ORDER_MARK.encode()
    while True:
        with translation.override(language):
            batch = list(islice(rows, BATCH))
            if not batch:
                return
            buffer = io.StringIO()
            writer = csv.writer(buffer, delimiter=delimiter)
            writer.writerows([_cell(value) for value in row] for row in batch)
        yield buffer.getvalue().encode()


def _cell(value: Cell) -> str | int:
    if value is None:
        return ""
    write = _WRITERS.get(type(value))
    return write(value) if write else neutralise(str(value))


_WRITERS: dict[type, Callable[[Any], str | int]] = {
    int: int,
    Decimal: formats.decimal_text,
    date: date.isoformat,
    datetime: datetime.isoformat,
}
"""By exact type: a bool or an IntEnum is text, not a number."""
