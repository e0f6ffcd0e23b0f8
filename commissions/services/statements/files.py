"""A statement as CSV and XLSX: its lines with everything they rest on, as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from django.utils.translation import gettext as _

from commissions.models import Statement
from commissions.selectors.statement_rows import line_rows
from commissions.services.statements.words import kind_called
from program.money import exponent
from ui.csv import Cell
from ui.listings import Sheet


def statement_sheet(statement: Statement) -> Sheet:
    """Return the lines of a statement for a file, in the active language.

    Nothing is read before the rows are written. Months are their first days.
    """
    return Sheet(
        header=_header(statement.currency),
        rows=_rows(statement),
        count=lambda: statement.line_count,
    )


def _header(currency: str) -> list[Cell]:
    return [
        _("No."), _("Kind"), _("Month"), _("Deal"), _("Reference"), _("Client"),
        _("Product line"), _("Reason"), _("Amount"), _("Currency"),
        _("Rate, US dollars"),
        _("Rate of %(currency)s, US dollars") % {"currency": currency},
        _("Rates of"), _("Counts as, %(currency)s") % {"currency": currency},
    ]  # fmt: skip


def _rows(statement: Statement) -> Iterator[list[Cell]]:
    currency = statement.currency
    # Thousands of lines share a few rates and kinds.
    rate, called = cache(_rate), cache(kind_called)
    for row in line_rows(statement):
        yield [
            *(row.number, called(row.kind, row.accrual), row.month),
            *(row.deal, row.deal_ref, row.client),
            *(row.product_line, row.reason),
            *(amount(row.source_minor, row.source_currency), row.source_currency),
            *(rate(row.rate_e10), rate(row.into_e10), row.rate_on),
            amount(row.minor, currency),
        ]


def amount(minor: int, currency: str) -> Decimal:
    """Return minor units as the exact amount, for a cell."""
    return Decimal(minor).scaleb(-exponent(currency))


def _rate(e10: int | None) -> Decimal | None:
    return None if e10 is None else Decimal(e10).scaleb(-10)
