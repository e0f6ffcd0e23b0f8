"""What was imported, to read."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from interchange.models import ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(admin.ModelAdmin[ImportRun]):
    """Runs are written by imports only."""

    list_display = ("folder", "started_at", "finished_at", "exit_code", "refused_count")
    list_filter = ("exit_code",)
    search_fields = ("folder",)
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    readonly_fields = (
        "started_at",
        "finished_at",
        "folder",
        "actor",
        "exit_code",
        "refused_count",
        "counts",
        "refusals",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ImportRun | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ImportRun | None = None
    ) -> bool:
        return False
