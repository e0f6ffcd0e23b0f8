"""Why a spreadsheet and the ledger differ, the likeliest reason first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from commissions.models import Accrual
from commissions.services.comparing.ledger import Ledger, Line, Ours
from commissions.services.comparing.rows import SheetRow
from program.calendar import add_months
from program.money import Money
from ui import formats

NEAR: Final = 2
"""Months before and after in which an amount that is missing is looked for."""

Named = Mapping[tuple[int, date], SheetRow]
"""What the sheet has: (schedule shown, month) → its line."""


def why_missing(
    row: SheetRow,
    line: Line,
    ledger: Ledger,
    named: Named,
) -> str:
    """Say why nothing was accrued for a month that the sheet has."""
    return _joined(_why_absent(row, line, ledger), _elsewhere(row, line, ledger, named))


def _why_absent(row: SheetRow, line: Line, ledger: Ledger) -> str:
    if all(one.refused for one in line.schedules):
        return _("The line earns nothing: %(why)s.") % {
            "why": line.shown.get_refused_display()
        }
    running = [one for one in line.schedules if not one.never_earns]
    first = min((one.first_month for one in running), default=None)
    last = max((one.last_month for one in running), default=None)
    if first is None or last is None:
        return _("The line never earned.")
    if row.month < first:
        return _("The term begins with %(month)s.") % {"month": formats.month(first)}
    if row.month > last:
        ended = next((one.get_ended_display() for one in running if one.ended), "")
        told = _("The term ended with %(month)s.") % {"month": formats.month(last)}
        return f"{told} {ended}." if ended else told
    if row.month >= ledger.until:
        return _("The month is not over: it is accrued on the first day of the next.")
    return _("The month has not been accrued yet.")


def why_different(  # noqa: PLR0911 (one answer per reason)
    row: SheetRow,
    line: Line,
    ours: Ours,
    ledger: Ledger,
    named: Named,
) -> str:
    """Say why the ledger has another amount than the sheet, the likeliest first."""
    mine, theirs = ours.amount, row.amount
    if theirs.currency != mine.currency:
        return _("Another currency: the line was sold in %(currency)s.") % {
            "currency": mine.currency
        }
    if abs(mine.minor - theirs.minor) <= len(line.schedules):
        return _("Rounding: each month of each line is rounded by itself.")
    corrections = [accrued for accrued in ours.lines if accrued.number]
    first = sum(accrued.commission for accrued in ours.lines if not accrued.number)
    if corrections and first == theirs.minor:
        change = Money(sum(each.commission for each in corrections), mine.currency)
        return _("A correction came later: %(amount)s.") % {
            "amount": formats.money(change.minor, change.currency)
        }
    why = next((accrued.why for accrued in ours.lines if accrued.why), "")
    if not mine.minor and why:
        elsewhere = _elsewhere(row, line, ledger, named)
        return _joined(f"{Accrual.Why(why).label}.", elsewhere)
    if mine.minor < ours.full.minor and theirs == ours.full:
        return _("The client did not pay for the whole month.")
    if theirs.minor == sum(accrued.base for accrued in ours.lines):
        return _("The sheet has what the client paid, not the share of it.")
    return _joined(
        _("The receipt of the month says what it is made of."),
        _elsewhere(row, line, ledger, named),
    )


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _elsewhere(
    row: SheetRow,
    line: Line,
    ledger: Ledger,
    named: Named,
) -> str:
    """Say in which other month the amount stands that the sheet lacks; "" if in none."""
    for distance in (*range(-NEAR, 0), *range(1, NEAR + 1)):
        month = add_months(row.month, distance)
        other = ledger.ours(line, month)
        if other is None or not other.amount.minor or other.amount != row.amount:
            continue
        if (line.shown.pk, month) not in named:
            return _("Another month: it stands in %(month)s here.") % {
                "month": formats.month(month)
            }
    return ""
