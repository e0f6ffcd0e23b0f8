"""Where partners are paid: masked, to read."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy

from commissions.models import BankAccount
from commissions.services.bank import masked
from partners.portfolio import LedgerAdmin, OfPartner, SelectedRelationFilter
from partners.portfolio.display import NOTHING, page_link
from ui import formats


@admin.register(BankAccount)
class BankAccountAdmin(LedgerAdmin[BankAccount]):
    """Accounts as partners named them; the one that is used has an approved form.

    The sealed number is on no page. Finance has it shown from the document queue.
    """

    scope = OfPartner("partner")
    list_display = ("account", "partner", "holder", "currency", "used", "at")
    list_filter = (("partner", SelectedRelationFilter),)
    list_select_related = ("partner", "form")
    search_fields = ("partner__name", "partner__ref", "holder")
    search_help_text = gettext_lazy("A holder, or the name or reference of a partner")
    ordering = ("-at", "-pk")
    fields = (
        *("partner_page", "account", "holder", "bic", "code", "bank_name", "currency"),
        *(
            "used",
            "street",
            "postcode",
            "town",
            "holder_country",
            "namer",
            "at",
            "form_page",
        ),
    )

    @admin.display(description=gettext_lazy("account"))
    def account(self, account: BankAccount) -> str:
        return masked(account)

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, account: BankAccount) -> str:
        return page_link(account.partner)

    @admin.display(description=gettext_lazy("national clearing code"))
    def code(self, account: BankAccount) -> str:
        return account.clearing_words or NOTHING

    @admin.display(description=gettext_lazy("country of the bank"))
    def bank_name(self, account: BankAccount) -> str:
        return formats.territory(account.bank_country)

    @admin.display(description=gettext_lazy("country of the holder"))
    def holder_country(self, account: BankAccount) -> str:
        return formats.territory(account.country)

    @admin.display(description=gettext_lazy("bank form"))
    def used(self, account: BankAccount) -> str:
        form = getattr(account, "form", None)
        return str(form.get_state_display()) if form else NOTHING

    @admin.display(description=gettext_lazy("bank form"))
    def form_page(self, account: BankAccount) -> str:
        return page_link(getattr(account, "form", None))

    @admin.display(description=gettext_lazy("by"))
    def namer(self, account: BankAccount) -> str:
        return str(account.actor)
