"""Scenarios that partners share with the vendor, to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Scenario
from partners.admin.companies import add_list
from partners.portfolio import LedgerAdmin, OfPartner, SelectedRelationFilter
from partners.portfolio.display import page_link, receipt_link


@admin.register(Scenario)
class ScenarioAdmin(LedgerAdmin[Scenario]):
    """What a partner shares, and the way to its result; the rest is the partner's own."""

    scope = OfPartner("partner")
    list_display = ("name", "partner", "created_by", "saved_at", "result")
    list_filter = (("partner", SelectedRelationFilter),)
    list_select_related = ("partner", "created_by")
    search_fields = ("name", "partner__name", "partner__ref")
    search_help_text = gettext_lazy("A scenario, or the name or reference of a partner")
    ordering = ("-saved_at", "-pk")
    fields = ("name", "company", "result", "created_by", "created_at", "saved_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scenario]:
        """Return what is shared: what is not is nobody's business here."""
        return super().get_queryset(request).filter(shared=True, removed_at=None)

    @admin.display(description=gettext_lazy("partner"))
    def company(self, scenario: Scenario) -> Any:
        return page_link(scenario.partner)

    @admin.display(description=gettext_lazy("result"))
    def result(self, scenario: Scenario) -> Any:
        return receipt_link(
            lambda: reverse("deals:scenario", args=[scenario.public_id]),
            _("What it comes to today"),
        )


add_list(Scenario)
