"""What is lost for want of papers, and what finance waives (3.8)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from commissions.models import Forfeiture, ForfeitureWaiver
from commissions.notifications.papers import paper_label
from commissions.services.forfeiting import ForfeitureError, waive_forfeiture
from outbox import clock
from partners.admin.users import actor_of
from partners.portfolio import (
    LedgerAdmin,
    OfPartner,
    PortfolioAdmin,
    SelectedRelationFilter,
)
from partners.portfolio.display import NOTHING, page_link
from ui import formats


@admin.register(Forfeiture)
class ForfeitureAdmin(LedgerAdmin[Forfeiture]):
    scope = OfPartner("partner")
    list_display = ("deal", "partner", "on", "through", "papers", "waived")
    list_filter = (("partner", SelectedRelationFilter), "on")
    list_select_related = ("deal__forfeiture_waiver", "partner")
    search_fields = ("deal__name", "deal__ref", "partner__name", "partner__ref")
    search_help_text = gettext_lazy("A deal, or the name or reference of a partner")
    ordering = ("-on", "-pk")
    fields = ("partner_page", "deal_page", "on", "through", "papers", "at", "waived")

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, forfeiture: Forfeiture) -> str:
        return page_link(forfeiture.partner)

    @admin.display(description=gettext_lazy("deal"))
    def deal_page(self, forfeiture: Forfeiture) -> str:
        return page_link(forfeiture.deal)

    @admin.display(description=gettext_lazy("through the month"))
    def through(self, forfeiture: Forfeiture) -> str:
        return formats.month(forfeiture.through_month)

    @admin.display(description=gettext_lazy("papers that were missing"))
    def papers(self, forfeiture: Forfeiture) -> str:
        return formats.listing([paper_label(each) for each in forfeiture.missing])

    @admin.display(description=gettext_lazy("waived"))
    def waived(self, forfeiture: Forfeiture) -> str:
        waiver = getattr(forfeiture.deal, "forfeiture_waiver", None)
        return page_link(waiver) if waiver else NOTHING


@admin.register(ForfeitureWaiver)
class ForfeitureWaiverAdmin(PortfolioAdmin[ForfeitureWaiver]):
    """Deals that lose nothing; finance adds one with a reason, the partner reads it."""

    scope = OfPartner("partner")
    refusals = (ForfeitureError,)
    list_display = ("deal", "partner", "reason", "waiver_actor", "at")
    list_filter = (("partner", SelectedRelationFilter),)
    list_select_related = ("deal", "partner", "actor")
    search_fields = ("deal__name", "deal__ref", "partner__name", "partner__ref")
    search_help_text = gettext_lazy("A deal, or the name or reference of a partner")
    ordering = ("-pk",)
    fields = ("deal", "partner_page", "reason", "waiver_actor", "at")
    autocomplete_fields = ("deal",)

    def store(
        self, request: HttpRequest, obj: ForfeitureWaiver, form: Any, *, change: bool
    ) -> None:
        stored = waive_forfeiture(
            deal_id=obj.deal_id,
            reason=obj.reason,
            actor=actor_of(request),
            at=clock.now(),
        )
        obj.pk = stored.pk
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, waiver: ForfeitureWaiver) -> str:
        return page_link(waiver.partner)

    @admin.display(description=gettext_lazy("by"))
    def waiver_actor(self, waiver: ForfeitureWaiver) -> str:
        return str(waiver.actor)
