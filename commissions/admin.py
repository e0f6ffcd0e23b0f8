"""What clients paid, and the rates of month ends: to read."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import admin
from django.utils.translation import gettext_lazy

from commissions.models import FxRate, Receipt
from partners.portfolio import Everybodys, LedgerAdmin, SelectedRelationFilter, Visible
from partners.portfolio.display import money, page_link
from ui import formats


@admin.register(Receipt)
class ReceiptAdmin(LedgerAdmin[Receipt]):
    """Receipts of the clients of the portfolio; they come in by an import."""

    scope = Visible(through="client")
    list_display = ("ref", "client", "product_line", "month_shown", "amount")
    list_filter = ("month", ("client", SelectedRelationFilter))
    list_select_related = ("client",)
    search_fields = ("ref", "client__name", "client__ref")
    ordering = ("-month", "-pk")
    fields = ("ref", "client_page", "product_line", "month_shown", "amount")

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, receipt: Receipt) -> str:
        return page_link(receipt.client)

    @admin.display(description=gettext_lazy("month"), ordering="month")
    def month_shown(self, receipt: Receipt) -> str:
        return formats.month(receipt.month)

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, receipt: Receipt) -> str:
        return money(receipt.amount_minor, receipt.currency)


@admin.register(FxRate)
class FxRateAdmin(LedgerAdmin[FxRate]):
    scope = Everybodys("market rates are the same for all partners")
    list_display = ("day", "currency", "dollars")
    list_filter = ("day",)
    search_fields = ("currency",)
    date_hierarchy = "day"
    ordering = ("-day", "currency")
    fields = ("day", "currency", "dollars")

    @admin.display(description=gettext_lazy("US dollars"), ordering="usd_e10")
    def dollars(self, rate: FxRate) -> str:
        return formats.number(Decimal(rate.usd_e10).scaleb(-10))
