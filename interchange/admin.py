"""What was imported, to read."""

from __future__ import annotations

from django.contrib import admin

from interchange.models import ImportRun
from outbox.admin import ReadOnlyAdmin


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin[ImportRun]):
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
