"""Statements and their lines: to read, and to take as a file."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commissions.models import Statement, StatementLine
from commissions.notifications.statements import quarter_words
from commissions.selectors.statement_rows import missing_words
from commissions.services.statements.words import below_minimum
from partners.portfolio import LedgerAdmin, OfPartner, SelectedRelationFilter
from partners.portfolio.display import NOTHING, list_link, money, page_link
from ui import formats


@admin.register(Statement)
class StatementAdmin(LedgerAdmin[Statement]):
    """What quarters came to. Nobody changes one; corrections stand in the next."""

    scope = OfPartner("partner")
    list_display = (
        *("partner", "number", "in_quarter", "closing", "payable", "withheld"),
        *("pay_on", "closed_on"),
    )
    list_filter = ("quarter", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    search_help_text = gettext_lazy("The name or the reference of a partner")
    ordering = ("-quarter", "partner__name", "-pk")
    fields = (
        *("partner_page", "number", "in_quarter", "opening", "accrued", "adjusted"),
        *("forfeited", "paid", "closing", "recovered", "withheld", "waits", "payable"),
        *("papers", "pay_on", "closed_on", "edition", "lines_of_it", "files", "digest"),
    )

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, statement: Statement) -> str:
        return page_link(statement.partner)

    @admin.display(description=gettext_lazy("quarter"), ordering="quarter")
    def in_quarter(self, statement: Statement) -> str:
        return quarter_words(statement.quarter)

    @admin.display(description=gettext_lazy("opening balance"))
    def opening(self, statement: Statement) -> str:
        return money(statement.opening_minor, statement.currency)

    @admin.display(description=gettext_lazy("accrued"))
    def accrued(self, statement: Statement) -> str:
        return money(statement.accrued_minor, statement.currency)

    @admin.display(description=gettext_lazy("adjusted"))
    def adjusted(self, statement: Statement) -> str:
        return money(statement.adjusted_minor, statement.currency)

    @admin.display(description=gettext_lazy("forfeited"))
    def forfeited(self, statement: Statement) -> str:
        return money(statement.forfeited_minor, statement.currency)

    @admin.display(description=gettext_lazy("paid since the last one"))
    def paid(self, statement: Statement) -> str:
        return money(statement.paid_minor, statement.currency)

    @admin.display(description=gettext_lazy("closing balance"), ordering="closing_minor")
    def closing(self, statement: Statement) -> str:
        return money(statement.closing_minor, statement.currency)

    @admin.display(description=gettext_lazy("recovered"))
    def recovered(self, statement: Statement) -> str:
        return money(statement.recovered_minor, statement.currency)

    @admin.display(description=gettext_lazy("withheld"), ordering="withheld_minor")
    def withheld(self, statement: Statement) -> str:
        return money(statement.withheld_minor, statement.currency)

    @admin.display(description=gettext_lazy("below the minimum"))
    def waits(self, statement: Statement) -> str:
        return money(below_minimum(statement), statement.currency)

    @admin.display(description=gettext_lazy("payable"), ordering="payable_minor")
    def payable(self, statement: Statement) -> str:
        return money(statement.payable_minor, statement.currency)

    @admin.display(description=gettext_lazy("papers that were missing"))
    def papers(self, statement: Statement) -> str:
        words = missing_words(statement)
        return formats.listing(words) if words else NOTHING

    @admin.display(description=gettext_lazy("lines"))
    def lines_of_it(self, statement: Statement) -> str:
        return list_link(
            StatementLine,
            formats.number(statement.line_count),
            statement__id__exact=statement.pk,
        )

    @admin.display(description=gettext_lazy("files"))
    def files(self, statement: Statement) -> str:
        links = [
            format_html(
                '<a href="{}">{}</a>',
                reverse(f"commissions:statement_{name}", args=[statement.public_id]),
                name.upper(),
            )
            for name in ("pdf", "csv", "xlsx")
        ]
        return format_html("{} · {} · {}", *links)


@admin.register(StatementLine)
class StatementLineAdmin(LedgerAdmin[StatementLine]):
    """What a statement took in, line by line."""

    scope = OfPartner("statement__partner")
    list_display = (
        *("number", "statement", "kind", "in_month", "thing", "source", "amount"),
    )
    list_filter = (
        "kind",
        ("statement", SelectedRelationFilter),
        ("schedule", SelectedRelationFilter),
    )
    list_select_related = (
        *("statement__partner", "schedule__deal", "adjustment", "payment"),
    )
    search_fields = ("statement__partner__name", "statement__partner__ref")
    search_help_text = gettext_lazy("The name or the reference of a partner")
    ordering = ("-statement", "number")
    fields = (
        *("statement_page", "number", "kind", "in_month", "thing", "source", "rates"),
        *("amount", "forfeiture_page", "adjustment_page", "payment_page"),
    )

    @admin.display(description=gettext_lazy("statement"))
    def statement_page(self, line: StatementLine) -> str:
        return page_link(line.statement)

    @admin.display(description=gettext_lazy("month"), ordering="month")
    def in_month(self, line: StatementLine) -> str:
        return formats.month(line.month) if line.month else NOTHING

    @admin.display(description=gettext_lazy("for"))
    def thing(self, line: StatementLine) -> str:
        if line.schedule is not None:
            return f"{line.schedule.deal.name}, {line.schedule.product_line}"
        if line.adjustment is not None:
            return line.adjustment.reason
        return str(line.payment or NOTHING)

    @admin.display(description=gettext_lazy("amount"))
    def source(self, line: StatementLine) -> str:
        return money(line.source_minor, line.source_currency)

    @admin.display(description=gettext_lazy("counts as"), ordering="minor")
    def amount(self, line: StatementLine) -> str:
        return money(line.minor, line.statement.currency)

    @admin.display(description=gettext_lazy("rates"))
    def rates(self, line: StatementLine) -> str:
        if line.rate_e10 is None or line.into_e10 is None or line.rate_on is None:
            return NOTHING
        return _("%(rate)s and %(into)s 10⁻¹⁰ US dollars, of %(day)s") % {
            "rate": formats.number(line.rate_e10),
            "into": formats.number(line.into_e10),
            "day": formats.day(line.rate_on),
        }

    @admin.display(description=gettext_lazy("forfeiture"))
    def forfeiture_page(self, line: StatementLine) -> str:
        return page_link(line.forfeiture)

    @admin.display(description=gettext_lazy("adjustment"))
    def adjustment_page(self, line: StatementLine) -> str:
        return page_link(line.adjustment)

    @admin.display(description=gettext_lazy("payment"))
    def payment_page(self, line: StatementLine) -> str:
        return page_link(line.payment)
