"""Files of lists and kept views: who has what. To read; neither can be opened here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Export, SavedView
from partners.portfolio import LedgerAdmin, OfPartner, SelectedRelationFilter
from partners.portfolio.display import NOTHING, page_link
from ui.listings import UnknownListError, listing_of, listings


class ListFilter(admin.SimpleListFilter):
    """By the list a file or a view is of."""

    title = gettext_lazy("list")
    parameter_name = "page"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Sequence[tuple[str, Any]]:
        return [(listing.name, listing.title) for listing in listings()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> QuerySet[Any] | None:
        return queryset.filter(page=self.value()) if self.value() else queryset


class _OfListAdmin(LedgerAdmin[Any]):
    """What both pages say: of which list, whose, of which company, narrowed how."""

    scope = OfPartner("partner")
    list_select_related = ("partner", "user")
    ordering = ("-pk",)

    @admin.display(description=gettext_lazy("list"), ordering="page")
    def list_name(self, row: Export | SavedView) -> str:
        try:
            return str(listing_of(row.page).title)
        except UnknownListError:  # gone since
            return row.page

    @admin.display(description=gettext_lazy("partner"))
    def company(self, row: Export | SavedView) -> str:
        return page_link(row.partner) if row.partner else _("The programme")

    @admin.display(description=gettext_lazy("narrowed by"), empty_value=NOTHING)
    def narrowed_by(self, row: Export | SavedView) -> str:
        params = QueryDict(row.query)
        return format_html_join(
            ", ",
            "{} = {}",
            ((name, value) for name in params for value in params.getlist(name)),
        )


@admin.register(Export)
class ExportAdmin(_OfListAdmin):
    """Long lists taken as a file. The file itself is handed to nobody but its owner."""

    list_display = (
        *("list_name", "file_format", "user", "company", "state", "row_count"),
        *("created_at", "expires_at"),
    )
    list_filter = (
        *("state", ListFilter, ("partner", SelectedRelationFilter)),
        ("user", SelectedRelationFilter),
    )
    search_fields = ("user__email", "user__full_name", "partner__name", "partner__ref")
    search_help_text = gettext_lazy(
        "The name or address of a person, or the name or reference of a partner"
    )
    date_hierarchy = "created_at"
    fields = (
        *("list_name", "file_format", "user", "company", "narrowed_by", "state"),
        *("reason", "row_count", "created_at", "expires_at"),
    )


@admin.register(SavedView)
class SavedViewAdmin(_OfListAdmin):
    """Views people keep of lists: an address under a name, which shows staff nothing."""

    list_display = ("name", "list_name", "user", "company", "shared")
    list_filter = (
        *("shared", ListFilter, ("partner", SelectedRelationFilter)),
        ("user", SelectedRelationFilter),
    )
    search_fields = (
        *("name", "user__email", "user__full_name"),
        *("partner__name", "partner__ref"),
    )
    search_help_text = gettext_lazy(
        "A view, the name or address of a person, or the name or reference of a partner"
    )
    fields = (
        *("name", "list_name", "user", "company", "shared", "narrowed_by"),
        "columns_shown",
    )

    @admin.display(description=gettext_lazy("columns"), empty_value=NOTHING)
    def columns_shown(self, view: SavedView) -> str:
        return ", ".join(view.columns)
