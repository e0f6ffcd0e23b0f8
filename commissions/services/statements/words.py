"""What a statement and its lines are called, in every file and on every page."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import Statement, StatementLine
from commissions.selectors.statement_rows import LineRow
from ui import formats

KINDS: Final = {str(value): label for value, label in StatementLine.Kind.choices}
CORRECTION: Final = gettext_lazy("Correction")


def account_rows(statement: Statement) -> list[tuple[str, str, bool]]:
    """Return the account of a statement: what it is, its amount, whether it stands out.

    Opening balance and movements with the sign they have in the sum, then what of the
    closing balance is paid and what waits.
    """
    waiting = below_minimum(statement)
    rows = [
        (_("Opening balance"), statement.opening_minor, True),
        (_("Accrued"), statement.accrued_minor, False),
        (_("Adjusted"), statement.adjusted_minor, False),
        (_("Forfeited"), -statement.forfeited_minor, False),
        (_("Paid since the last statement"), -statement.paid_minor, False),
        (_("Closing balance"), statement.closing_minor, True),
        (_("of it made good of earlier debt"), statement.recovered_minor, False),
        (_("Withheld for papers"), statement.withheld_minor, False),
        (_("Below the minimum"), waiting, False),
        (_("Payable"), statement.payable_minor, True),
    ]
    return [
        (label, formats.money(minor, statement.currency), bold)
        for label, minor, bold in rows
        if bold or minor
    ]


def below_minimum(statement: Statement) -> int:
    """Return what of a statement is owed and waits for more, in minor units (3.7)."""
    owed = max(statement.closing_minor, 0)
    return owed - statement.withheld_minor - statement.payable_minor


def kind_of(row: LineRow) -> str:
    """Return what a line is."""
    return kind_called(row.kind, row.accrual)


def kind_called(kind: str, accrual: int | None) -> str:
    """Return what lines of a kind are; accruals after the first of a month correct."""
    if kind == StatementLine.Kind.ACCRUAL and accrual:
        return str(CORRECTION)
    return str(KINDS[kind])


def thing_of(row: LineRow) -> str:
    """Return what a line stands for, in one line of text."""
    if row.kind == StatementLine.Kind.ADJUSTMENT:
        return f"{kind_of(row)}: {row.reason}"
    if row.kind == StatementLine.Kind.PAYMENT:
        day = formats.day(row.paid_on) if row.paid_on else ""
        return f"{kind_of(row)}, {day}"
    said = f"{row.client}, {row.deal}, {row.product_line}"
    if row.kind == StatementLine.Kind.FORFEITURE or row.correction:
        return f"{kind_of(row)}: {said}"
    return said
