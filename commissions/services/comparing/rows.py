"""The cells of a spreadsheet as rows: which deal, which month, how much."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from commissions.services.comparing.reading import FIELDS, Grid
from program.money import CURRENCIES, InvalidMoneyError, Money, exponent
from ui import formats

MAX_ERRORS: Final = 50
"""Lines with an error that are named; who has more has sent another sheet."""

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv", "february feb fevrier fevr fev", "march mar mars",
            "april apr avril avr", "may mai", "june jun juin", "july jul juillet juil",
            "august aug aout", "september sep sept septembre", "october oct octobre",
            "november nov novembre", "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.]\d{1,2})?")
_YEAR_LAST: Final = re.compile(r"(?:\d{1,2}[-/.])?(\d{1,2})[-/.](\d{4})")
_IN_WORDS: Final = re.compile(r"(?:\d{1,2}(?:er)? )?([a-z]+)\.?[ -](\d{4})")
_SYMBOLS: Final = "€$£¥"
_LEAST_YEAR, _LAST_YEAR = 2000, 2199
_THOUSAND: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One line of the spreadsheet."""

    line: int
    deal: str
    product_line: str
    month: date
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong with a line."""

    line: int
    reason: str


class _UnreadableError(ValueError):
    """A cell that means nothing; the sentence says why."""


def rows_of(
    grid: Grid, columns: Mapping[str, int]
) -> tuple[list[SheetRow], list[RowError]]:
    """Return the lines of a sheet, and what is wrong with those that cannot be read.

    `columns` is field → column, of all fields. A deal, product line and month that
    stands there twice is an error of the second line, which names the first.
    """
    rows: list[SheetRow] = []
    errors: list[RowError] = []
    seen: dict[tuple[str, str, date], int] = {}
    for line, cells in grid.rows:
        texts = {
            field: cells[columns[field]] if columns[field] < len(cells) else ""
            for field in FIELDS
        }
        try:
            row = _row(line, texts)
        except _UnreadableError as error:
            errors.append(RowError(line=line, reason=str(error)))
            continue
        key = (row.deal.casefold(), row.product_line.casefold(), row.month)
        if key in seen:
            reason = _("The same deal, product line and month stands on line %(line)s.")
            reason %= {"line": formats.number(seen[key])}
            errors.append(RowError(line=line, reason=reason))
            continue
        seen[key] = line
        rows.append(row)
    return rows, errors


def _row(line: int, texts: Mapping[str, str]) -> SheetRow:
    if not texts["deal"]:
        raise _UnreadableError(_("The deal is missing."))
    if not texts["product_line"]:
        raise _UnreadableError(_("The product line is missing."))
    currency = texts["currency"].upper()
    if currency not in CURRENCIES:
        raise _UnreadableError(
            _("“%(text)s” is no currency: write its code, like EUR.")
            % {"text": texts["currency"]}
        )
    return SheetRow(
        line=line,
        deal=texts["deal"],
        product_line=texts["product_line"],
        month=_month(texts["month"]),
        amount=_amount(texts["amount"], currency),
    )


def _month(text: str) -> date:
    """Return the first day of a month: 2026-01, 01/2026, 31/01/2026, January 2026."""
    plain = _without_accents(text)
    year = number = 0
    if found := _YEAR_FIRST.fullmatch(plain):
        year, number = int(found[1]), int(found[2])
    elif found := _YEAR_LAST.fullmatch(plain):
        year, number = int(found[2]), int(found[1])
    elif found := _IN_WORDS.fullmatch(plain):
        year, number = int(found[2]), _MONTHS.get(found[1], 0)
    if not (_LEAST_YEAR <= year <= _LAST_YEAR and 1 <= number <= 12):  # noqa: PLR2004
        raise _UnreadableError(
            _("“%(text)s” is no month: write it like 2026-01.") % {"text": text}
        )
    return date(year, number, 1)


def _amount(text: str, currency: str) -> Money:
    """Return an amount as people of both languages write it: 1,234.50 and 1 234,50.

    A single separator before exactly three digits can be read in two ways; it is refused
    rather than guessed.
    """
    bare = "".join(text.split()).replace("\N{MINUS SIGN}", "-").replace("'", "")
    for symbol in (*_SYMBOLS, currency):
        bare = bare.replace(symbol, "")
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    commas, points = bare.count(","), bare.count(".")
    if commas and points:
        decimal = "," if bare.rfind(",") > bare.rfind(".") else "."
        bare = bare.replace("." if decimal == "," else ",", "").replace(",", ".")
    elif commas + points == 1:
        separator = "," if commas else "."
        whole, _sep, fraction = bare.partition(separator)
        two_ways = len(fraction) == _THOUSAND and exponent(currency) != _THOUSAND
        if two_ways and whole.strip("-") not in ("", "0"):
            raise _UnreadableError(
                _("“%(text)s” can be read in two ways: write it like 1234.50.")
                % {"text": text}
            )
        bare = f"{whole}.{fraction}"
    elif commas + points > 1:
        bare = bare.replace(",", "").replace(".", "")
    try:
        return Money.of(bare, currency)
    except InvalidMoneyError:
        raise _UnreadableError(
            _("“%(text)s” is no amount of %(currency)s: write it like 1234.50.")
            % {"text": text, "currency": currency}
        ) from None


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(bare.split())
