"""What was imported, to read."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from interchange.models import ImportRun
from outbox.admin import ReadOnlyAdmin

COUNTS = ("new", "changed", "unchanged", "refused")
REFUSALS = ("file", "line", "column", "value", "reason", "advice")


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin[ImportRun]):
    """Runs are written by imports only. Refused rows may be about any partner."""

    list_display = ("folder", "started_at", "finished_at", "exit_code", "refused_count")
    list_filter = ("exit_code",)
    search_fields = ("folder",)
    date_hierarchy = "started_at"
    ordering = ("-started_at",)
    fields = (
        ("folder", "actor"),
        ("started_at", "finished_at", "exit_code"),
        "counts_by_file",
        "refused_rows",
    )
    readonly_fields = (
        "started_at",
        "finished_at",
        "folder",
        "actor",
        "exit_code",
        "counts_by_file",
        "refused_rows",
    )

    @admin.display(description=_("counts"))
    def counts_by_file(self, run: ImportRun) -> SafeString:
        heads = (_("file"), _("new"), _("changed"), _("unchanged"), _("refused"))
        rows = [
            (name, *(counts.get(each, 0) for each in COUNTS))
            for name, counts in run.counts.items()
        ]
        return _table(heads, rows)

    @admin.display(description=_("refused rows"))
    def refused_rows(self, run: ImportRun) -> SafeString:
        heads = (
            _("file"), _("line"), _("column"), _("value"), _("reason"), _("advice")
        )  # fmt: skip
        rows = [
            tuple(refusal.get(each, "") for each in REFUSALS) for refusal in run.refusals
        ]
        return _table(heads, rows)


def _table(heads: tuple[object, ...], rows: list[tuple[object, ...]]) -> SafeString:
    if not rows:
        return format_html("{}", _("None"))
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "",
            "<tr>{}</tr>",
            (
                (format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),)
                for row in rows
            ),
        ),
    )
