"""What partners asked about prospects, and what they hold: against probing. To read."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy

from deals.models import DomainCheck, DomainHold
from partners.portfolio import LedgerAdmin, OfPartner, SelectedRelationFilter
from partners.portfolio.display import page_link


@admin.register(DomainCheck)
class DomainCheckAdmin(LedgerAdmin[DomainCheck]):
    scope = OfPartner("partner")
    list_display = ("asked", "partner", "asked_by", "answer", "until_on", "at")
    list_filter = ("answer", "at", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "asked_by")
    search_fields = ("asked", "domain", "partner__name", "partner__ref")
    ordering = ("-at", "-pk")
    fields = (*("asked", "domain", "company", "person", "answer", "until_on", "at"),)

    @admin.display(description=gettext_lazy("partner"))
    def company(self, check: DomainCheck) -> str:
        return page_link(check.partner)

    @admin.display(description=gettext_lazy("asked by"))
    def person(self, check: DomainCheck) -> str:
        return str(check.asked_by)


@admin.register(DomainHold)
class DomainHoldAdmin(LedgerAdmin[DomainHold]):
    scope = OfPartner("partner")
    list_display = ("domain", "partner", "held_by", "from_at", "until_at", "ended_at")
    list_filter = ("until_at", ("partner", SelectedRelationFilter))
    list_select_related = ("domain", "partner", "held_by")
    search_fields = ("domain__name", "partner__name", "partner__ref")
    ordering = ("-until_at", "-pk")
    fields = (
        *("receipt", "domain_name", "company", "person", "from_at", "until_at"),
        "ended_at",
    )

    @admin.display(description=gettext_lazy("receipt number"))
    def receipt(self, hold: DomainHold) -> str:
        return hold.number

    @admin.display(description=gettext_lazy("domain"))
    def domain_name(self, hold: DomainHold) -> str:
        return hold.domain.name

    @admin.display(description=gettext_lazy("partner"))
    def company(self, hold: DomainHold) -> str:
        return page_link(hold.partner)

    @admin.display(description=gettext_lazy("held by"))
    def person(self, hold: DomainHold) -> str:
        return str(hold.held_by)
