"""The lines of a statement, and the lines that stand in none yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commissions.models import Accrual, StatementLine
from program.rulebook import Product
from ui import formats
from ui.columns import (
    ChoiceColumn,
    MoneyColumn,
    NumberColumn,
    PortalColumn,
    TextColumn,
    receipt_link,
)
from ui.html import fill
from ui.tables import PortalTable

_WITH_NOTE = SafeString('{}<span class="source-detail">{}</span>')


def month_url(schedule_id: Any, month: date) -> str:
    return reverse("commissions:month", args=[schedule_id, month])


def _what(line: StatementLine) -> str:
    """Return what a line stands for, in words."""
    if line.schedule is not None:
        return line.schedule.deal.name
    if line.adjustment is not None:
        return line.adjustment.reason
    if line.payment is not None and line.payment.paid_on is not None:
        return gettext("paid on %(day)s") % {"day": formats.day(line.payment.paid_on)}
    return ""


class LineColumn(TextColumn):
    """What a line stands for; of a schedule also the client."""

    def cell(self, record: StatementLine) -> str:
        text = super().cell(record)
        if record.schedule is None:
            return text
        return fill(_WITH_NOTE, text, record.schedule.deal.client_label)


class MonthColumn(PortalColumn):
    """The month of a line, leading to its receipt; a correction says that it is one."""

    css = "nowrap"

    def cell(self, record: StatementLine) -> str:
        if record.month is None or record.schedule is None:
            return super().cell(record)
        link = receipt_link(
            formats.month(record.month),
            month_url(record.schedule.public_id, record.month),
        )
        if not record.accrual:
            return link
        return fill(_WITH_NOTE, link, gettext("correction"))


class SourceColumn(MoneyColumn):
    """The amount before it was converted, and the day of the rates."""

    def cell(self, record: StatementLine) -> str:
        text = super().cell(record)
        if record.rate_on is None:
            return text
        note = gettext("rates of %(day)s") % {"day": formats.day(record.rate_on)}
        return fill(_WITH_NOTE, text, note)


class LineTable(PortalTable):
    """The lines of one statement, in their order."""

    caption = _("Lines of the statement")
    empty_title = _("The statement has no lines.")
    empty_hint = _("Nothing was earned in its quarter, and nothing was paid.")

    number = NumberColumn(_("No."))
    kind = ChoiceColumn(_("Kind"), choices=StatementLine.Kind)
    what = LineColumn(
        _("What it stands for"), value=_what, order_by=("schedule__deal__name", "number")
    )
    month = MonthColumn(_("Month"), order_by=("month", "number"))
    source = SourceColumn(
        _("Amount"), accessor="source_minor", currency="source_currency"
    )
    minor = MoneyColumn(_("Counts as"), currency="statement__currency")

    class Meta(PortalTable.Meta):
        order_by = ("number",)


class WaitingMonthColumn(PortalColumn):
    """The month of an accrual line; a correction says that it is one."""

    css = "nowrap"

    def cell(self, record: Accrual) -> str:
        text = formats.month(record.month)
        if not record.number:
            return text
        return fill(_WITH_NOTE, text, gettext("correction"))


class WaitingTable(PortalTable):
    """Lines that stand in no statement yet, the newest month first."""

    caption = _("Lines that wait")
    empty_title = _("Nothing waits.")
    empty_hint = _("Every line that was written stands in a statement.")
    # The key of a line has three parts; the schedule and the number end every order.
    tie_breaker = "number"

    deal = TextColumn(
        _("Deal"),
        accessor="schedule__deal__name",
        url=lambda line: month_url(line.schedule.public_id, line.month),
    )
    client = TextColumn(
        _("Client"), accessor="schedule__deal__client_label", order_by=("client_shown",)
    )
    product = TextColumn(_("Product line"), accessor="schedule__product_line")
    month = WaitingMonthColumn(_("Month"), order_by=("month", "schedule_id"))
    base = MoneyColumn(_("Base"), accessor="base_minor", currency="currency")
    commission = MoneyColumn(
        _("Commission"), accessor="commission_minor", currency="currency"
    )
    why = TextColumn(
        _("Why nothing"), value=lambda line: line.get_why_display(), orderable=False
    )

    class Meta(PortalTable.Meta):
        order_by = ("-month",)

    def __init__(self, data: Any, *, products: Mapping[str, Product], **options: Any):
        super().__init__(data, **options)
        self.columns["product"].column.compute = lambda line: (
            products[line.schedule.product_line].name
            if line.schedule.product_line in products
            else line.schedule.product_line
        )
