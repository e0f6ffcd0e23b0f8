"""How people came to a company: to look at. Its owners invite and decide."""

from __future__ import annotations

from django.contrib import admin

from partners.models import Invitation, JoinRequest
from partners.portfolio import OfPartner, PortfolioAdmin, SelectedRelationFilter


@admin.register(Invitation)
class InvitationAdmin(PortfolioAdmin[Invitation]):
    scope = OfPartner("partner")
    list_display = (
        *("email", "partner", "role", "created_at", "expires_at"),
        *("accepted_at", "revoked_at"),
    )
    list_filter = ("role", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("email", "partner__name", "partner__ref")
    ordering = ("-pk",)
    fields = (
        *("partner", "email", "first_name", "last_name", "role", "invited_by"),
        *("created_at", "expires_at", "accepted_at", "revoked_at"),
    )


@admin.register(JoinRequest)
class JoinRequestAdmin(PortfolioAdmin[JoinRequest]):
    scope = OfPartner("partner")
    list_display = (
        *("email", "partner", "confirmed_at", "decision", "decided_at", "decided_by"),
    )
    list_filter = ("decision", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "decided_by")
    search_fields = ("email", "partner__name", "partner__ref")
    ordering = ("-pk",)
    fields = (
        *("partner", "email", "first_name", "last_name", "confirmed_at"),
        *("decision", "decided_at", "decided_by"),
    )
