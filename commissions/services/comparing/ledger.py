"""A partner's schedules and what they earned, as a spreadsheet names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from commissions.models import Schedule
from commissions.selectors.months import AccruedLine, accrued_lines
from commissions.services.comparing.rows import SheetRow
from partners.selectors import published_editions
from program.money import Money


@dataclass(slots=True, kw_only=True)
class Line:
    """The schedules of one deal and product line, as one line of a spreadsheet."""

    deal: str
    product: str
    schedules: list[Schedule] = field(default_factory=list)

    @property
    def earns(self) -> bool:
        return any(not one.refused for one in self.schedules)

    @property
    def shown(self) -> Schedule:
        return self.schedules[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What the ledger says of a line and month."""

    amount: Money
    lines: Sequence[AccruedLine]
    full: Money
    """What the month earns if the client pays for all of it."""


class Ledger:
    """A partner's schedules and what they earned, found as a spreadsheet names them."""

    def __init__(self, schedules: Sequence[Schedule], *, until: date) -> None:
        products = published_editions().on(until).rulebook.products
        self.until = until.replace(day=1)
        self.lines: dict[tuple[int, str], Line] = {}
        self.deals: dict[str, set[int]] = {}
        self.products: dict[str, str] = {
            product.name.casefold(): code for code, product in products.items()
        }
        for one in schedules:
            name = products[one.product_line].name if one.product_line in products else ""
            line = self.lines.setdefault(
                (one.deal_id, one.product_line),
                Line(deal=one.deal.name, product=name or one.product_line),
            )
            line.schedules.append(one)
            for key in (one.deal.name, one.deal_ref):
                self.deals.setdefault(key.casefold(), set()).add(one.deal_id)
        self.accrued = accrued_lines(schedules, until=until)

    def found(self, row: SheetRow) -> tuple[Line | None, str]:
        """Return the line that a row of the sheet is about, or why there is none."""
        deals = self.deals.get(row.deal.casefold(), set())
        if not deals:
            return None, _("No deal of this name or reference earns commission.")
        code = self.products.get(row.product_line.casefold(), row.product_line.casefold())
        lines = [
            line
            for (deal_id, product), line in self.lines.items()
            if deal_id in deals and product.casefold() == code.casefold()
        ]
        if not lines:
            return None, _("The deal has no such product line.")
        if len(lines) > 1:
            # Of several of one name those that earn nothing are not meant.
            lines = [line for line in lines if line.earns] or lines
        if len(lines) > 1:
            return None, _("Several deals have this name: write the reference.")
        return lines[0], ""

    def ours(self, line: Line, month: date) -> Ours | None:
        """Return what a line earned in a month; None if nothing was accrued for it."""
        currency = line.shown.currency
        schedules = [one for one in line.schedules if one.currency == currency]
        lines = [
            accrued
            for one in schedules
            for accrued in self.accrued.get((one.pk, month), ())
        ]
        if not lines:
            return None
        earned = sum(accrued.commission for accrued in lines)
        full = sum(
            Money(one.mrr_minor, one.currency).share(one.rate_bps).minor
            for one in schedules
            if one.first_month <= month <= one.last_month
        )
        return Ours(
            amount=Money(earned, currency), lines=lines, full=Money(full, currency)
        )
