"""Clients, and what partners sold to and do for them.

Subscriptions, relationships and readings are to read: points rest on them, and they
change by an import, which posts what follows.
"""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy

from clients.models import Client, Relationship, Subscription, UsageReading
from interchange import cells
from partners.admin.forms import parsed
from partners.portfolio import (
    LedgerAdmin,
    PortfolioAdmin,
    PortfolioForm,
    PortfolioInline,
    SelectedRelationFilter,
    Visible,
)
from partners.portfolio.display import money, page_link


class ClientForm(PortfolioForm[Client]):
    def clean_domain(self) -> str:
        return parsed(self.cleaned_data["domain"], cells.domain)


class SubscriptionInline(PortfolioInline[Subscription, Client]):
    model = Subscription
    scope = Visible()
    fields = ("ref", "product_line", "edition", "mrr", "from_on", "until_on", "renews_on")
    ordering = ("product_line", "from_on")

    @admin.display(description=gettext_lazy("monthly recurring revenue"))
    def mrr(self, subscription: Subscription) -> str:
        return money(subscription.mrr_minor, subscription.currency)


class RelationshipInline(PortfolioInline[Relationship, Client]):
    """Of the partners in the portfolio only: who else serves the client is not shown."""

    model = Relationship
    scope = Visible()
    fields = ("company", "kind", "from_on", "until_on")
    ordering = ("from_on", "pk")

    @admin.display(description=gettext_lazy("partner"))
    def company(self, relationship: Relationship) -> str:
        return page_link(relationship.partner)


class UsageReadingInline(PortfolioInline[UsageReading, Client]):
    model = UsageReading
    scope = Visible(through="client")
    fields = ("tool", "measured_on", "activated", "active_users", "key_actions")
    ordering = ("-measured_on", "tool")


@admin.register(Client)
class ClientAdmin(PortfolioAdmin[Client]):
    scope = Visible()
    form = ClientForm
    list_display = ("name", "ref", "country", "segment", "domain")
    list_filter = ("segment",)
    search_fields = ("name", "ref", "domain")
    search_help_text = gettext_lazy("A name, a reference or a domain")
    ordering = ("name", "pk")
    fields = ("ref", "name", "country", "domain", "segment")
    inlines = (SubscriptionInline, RelationshipInline, UsageReadingInline)


@admin.register(Subscription)
class SubscriptionAdmin(LedgerAdmin[Subscription]):
    scope = Visible()
    list_display = (
        *("ref", "client", "product_line", "edition", "mrr", "from_on", "until_on"),
        "renews_on",
    )
    list_filter = ("edition", "renews_on", ("client", SelectedRelationFilter))
    list_select_related = ("client",)
    search_fields = ("ref", "client__name", "client__ref")
    ordering = ("-from_on", "-pk")
    fields = (
        *("ref", "client_page", "product_line", "edition", "mrr", "currency"),
        *("seats", "from_on", "until_on", "renews_on"),
    )

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, subscription: Subscription) -> str:
        return page_link(subscription.client)

    @admin.display(
        description=gettext_lazy("monthly recurring revenue"), ordering="mrr_minor"
    )
    def mrr(self, subscription: Subscription) -> str:
        return money(subscription.mrr_minor, subscription.currency)


@admin.register(Relationship)
class RelationshipAdmin(LedgerAdmin[Relationship]):
    scope = Visible()
    list_display = ("client", "partner", "kind", "from_on", "until_on")
    list_filter = (
        "kind",
        ("partner", SelectedRelationFilter),
        ("client", SelectedRelationFilter),
    )
    list_select_related = ("client", "partner")
    search_fields = ("partner__name", "partner__ref", "client__name", "client__ref")
    ordering = ("-from_on", "-pk")
    fields = ("client_page", "company", "kind", "from_on", "until_on")

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, relationship: Relationship) -> str:
        return page_link(relationship.client)

    @admin.display(description=gettext_lazy("partner"))
    def company(self, relationship: Relationship) -> str:
        return page_link(relationship.partner)


@admin.register(UsageReading)
class UsageReadingAdmin(LedgerAdmin[UsageReading]):
    scope = Visible(through="client")
    list_display = (
        *("client", "tool", "measured_on", "activated", "active_users", "key_actions"),
    )
    list_filter = ("activated", "measured_on", ("client", SelectedRelationFilter))
    list_select_related = ("client",)
    search_fields = ("client__name", "client__ref", "tool")
    ordering = ("-measured_on", "-pk")
    fields = (
        *("client_page", "tool", "measured_on", "activated", "active_users"),
        "key_actions",
    )

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, reading: UsageReading) -> str:
        return page_link(reading.client)
