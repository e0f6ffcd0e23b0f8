"""The rehearsed evaluations in the back office: who would fall, while there is time."""

from __future__ import annotations

import json

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from partners.portfolio import LedgerAdmin, OfPartner
from partners.portfolio.display import page_link, receipt_link
from portal.home.rehearsal import rehearsal_url
from portal.models import Outlook


class OutcomeFilter(admin.SimpleListFilter):
    """Who would fall, rise or stay."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Outlook]
    ) -> list[tuple[str, str]]:
        return [("falls", str(_("Falls"))), ("rises", str(_("Rises"))),
                ("stays", str(_("Stays")))]  # fmt: skip

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Outlook]
    ) -> QuerySet[Outlook]:
        stays = Q(tier=F("credited_tier"))
        rises = Q(cause="upgraded")
        if self.value() == "falls":
            return queryset.exclude(stays).exclude(rises)
        if self.value() == "rises":
            return queryset.filter(rises)
        if self.value() == "stays":
            return queryset.filter(stays)
        return queryset


@admin.register(Outlook)
class OutlookAdmin(LedgerAdmin[Outlook]):
    scope = OfPartner("partner")
    list_display = (
        *("partner", "credited_tier", "performing_tier", "receipt", "cause"),
        *("evaluation_on", "as_of"),
    )
    list_filter = (OutcomeFilter, "cause", "credited_tier")
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    search_help_text = _("The name or the reference of a partner")
    ordering = ("partner__name", "pk")
    fields = (
        *("company", "receipt", "credited_tier", "performing_tier", "cause"),
        *("evaluation_on", "as_of", "edition", "computed_at", "facts_shown"),
    )

    @admin.display(description=_("partner"), ordering="partner__name")
    def company(self, outlook: Outlook) -> str:
        return page_link(outlook.partner)

    @admin.display(description=_("tier after it"), ordering="tier")
    def receipt(self, outlook: Outlook) -> str:
        return receipt_link(
            lambda: rehearsal_url(outlook.partner), outlook.get_tier_display()
        )

    @admin.display(description=_("facts"))
    def facts_shown(self, outlook: Outlook) -> str:
        text = json.dumps(outlook.facts, indent=2, sort_keys=True, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)
