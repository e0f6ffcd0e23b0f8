"""Rehearsals: how far they are, who rises and falls, and the whole of it as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.users import actor_of
from partners.models import RehearsalRow, RulebookRehearsal, TierChoice
from partners.permissions import VIEW, staff_may
from partners.portfolio import (
    Everybodys,
    LedgerAdmin,
    OfPartner,
    SelectedRelationFilter,
)
from partners.portfolio.display import list_link, page_link, receipt_link, table
from partners.receipts.addresses import performing_tier_url
from partners.receipts.changes import why_sentence
from partners.selectors import rehearsed_rules
from partners.services.exports import record_export
from ui import formats
from ui.back_office import LARGEST_ID
from ui.csv import Cell, csv_response, points_cell

SHOWN = 50
Change = RehearsalRow.Change


def progress(rehearsal: RulebookRehearsal) -> str:
    """Say how far a rehearsal is, in words that need no reload to be right."""
    numbers = {
        "done": formats.number(rehearsal.partners_done),
        "all": formats.number(rehearsal.partners),
    }
    if rehearsal.finished_at is None:
        return _("%(done)s of %(all)s partners so far") % numbers
    return _("all %(all)s partners, done %(at)s") % {
        **numbers,
        "at": formats.moment(rehearsal.finished_at),
    }


@admin.register(RulebookRehearsal)
class RulebookRehearsalAdmin(LedgerAdmin[RulebookRehearsal]):
    """A rehearsal of a draft. It may be left while it runs: whoever asked is told."""

    scope = Everybodys("a rehearsal is the programme's; its rows ask for the partner")
    list_display = ("__str__", "edition", "requested_at", "how_far")
    list_select_related = ("edition",)
    ordering = ("-pk",)
    fields = (
        *("edition_page", "baseline_page", "requested_by", "requested_at", "how_far"),
        *("counts", "changed", "download", "sha256"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RulebookRehearsal]:
        rows = super().get_queryset(request).select_related("edition", "baseline")
        return rows.defer("document", "edition__document", "baseline__document")

    def get_urls(self) -> list[URLPattern]:
        download = path(
            "<int:rehearsal_id>/partners.csv",
            self.admin_site.admin_view(self.csv_view),
            name="partners_rulebookrehearsal_csv",
        )
        return [download, *super().get_urls()]

    def csv_view(self, request: HttpRequest, rehearsal_id: int) -> HttpResponseBase:
        """Download every rehearsed partner, with the reason where its tier changes."""
        if not staff_may(request.user, VIEW, RulebookRehearsal):
            raise PermissionDenied
        rehearsal = get_object_or_404(
            self.get_queryset(request), pk=min(rehearsal_id, LARGEST_ID)
        )
        rows = RehearsalRow.objects.visible_to(actor_of(request)).filter(
            rehearsal=rehearsal
        )
        record_export(
            "partners.rehearsal",
            actor=actor_of(request),
            at=clock.now(),
            partner_id=None,
            filters={"rehearsal": str(rehearsal.pk), "format": "csv"},
        )
        return csv_response(
            filename=f"rehearsal-{rehearsal.edition.code}-{rehearsal.pk}.csv",
            header=[
                *(_("Reference"), _("Partner"), _("Change"), _("Tier now")),
                *(_("Tier then"), _("Why"), _("Sourced points"), _("Assisted points")),
                *(_("Managed points"), _("As of")),
            ],
            rows=_cells(rehearsal, rows),
        )

    @admin.display(description=gettext_lazy("edition"))
    def edition_page(self, rehearsal: RulebookRehearsal) -> str:
        return page_link(rehearsal.edition)

    @admin.display(description=gettext_lazy("compared with"))
    def baseline_page(self, rehearsal: RulebookRehearsal) -> str:
        return page_link(rehearsal.baseline)

    @admin.display(description=gettext_lazy("progress"))
    def how_far(self, rehearsal: RulebookRehearsal) -> str:
        words = progress(rehearsal)
        if rehearsal.finished_at is not None:
            return words
        return format_html(
            '<progress max="{}" value="{}"></progress> {} <a href="{}">{}</a>',
            rehearsal.parts,
            rehearsal.parts_done,
            words,
            reverse("admin:partners_rulebookrehearsal_change", args=[rehearsal.pk]),
            _("Look again"),
        )

    @admin.display(description=gettext_lazy("in short"))
    def counts(self, rehearsal: RulebookRehearsal) -> str:
        found = dict(
            rehearsal.rows.values_list("change").annotate(Count("pk")).order_by()
        )
        rows = [
            (
                list_link(
                    RehearsalRow,
                    str(change.label),
                    rehearsal__id__exact=rehearsal.pk,
                    change__exact=change.value,
                ),
                formats.number(found.get(change.value, 0)),
            )
            for change in Change
        ]
        return table((_("Change"), _("Partners")), rows)

    @admin.display(description=gettext_lazy("who rises, who falls"))
    def changed(self, rehearsal: RulebookRehearsal) -> str:
        before, after = rehearsed_rules(rehearsal)
        changed = rehearsal.rows.exclude(change=Change.SAME).select_related("partner")
        rows = [
            (
                page_link(row.partner),
                Change(row.change).label,
                _tier(row, row.tier_now),
                TierChoice(row.tier_then).label,
                why_sentence(row, before=before, after=after),
            )
            for row in changed.order_by("change", "pk")[:SHOWN]
        ]
        if not rows:
            return _("No partner changes its tier.")
        head = (_("Partner"), _("Change"), _("Now"), _("Then"), _("Why"))
        return table(head, rows)

    @admin.display(description=gettext_lazy("download"))
    def download(self, rehearsal: RulebookRehearsal) -> str:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:partners_rulebookrehearsal_csv", args=[rehearsal.pk]),
            _("All partners as CSV"),
        )


@admin.register(RehearsalRow)
class RehearsalRowAdmin(LedgerAdmin[RehearsalRow]):
    """The partners of a rehearsal, to filter."""

    scope = OfPartner("partner")
    list_display = ("partner", "change", "tier_now", "tier_then", "why", "as_of")
    list_filter = ("change", "tier_now", ("rehearsal", SelectedRelationFilter))
    search_fields = ("partner__name", "partner__ref")
    ordering = ("-rehearsal", "change", "pk")
    fields = (
        *("partner_page", "rehearsal_page", "change", "tier_now", "tier_then", "why"),
        *("sourced_points", "assisted_points", "managed_points", "credited_tier"),
        *("as_of", "receipt"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RehearsalRow]:
        rows = super().get_queryset(request)
        rows = rows.select_related("partner", "rehearsal__baseline")
        return rows.defer("rehearsal__document", "rehearsal__baseline__document")

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, row: RehearsalRow) -> str:
        return page_link(row.partner)

    @admin.display(description=gettext_lazy("rehearsal"))
    def rehearsal_page(self, row: RehearsalRow) -> str:
        return page_link(row.rehearsal)

    @admin.display(description=gettext_lazy("why"))
    def why(self, row: RehearsalRow) -> str:
        before, after = rehearsed_rules(row.rehearsal)
        return why_sentence(row, before=before, after=after)

    @admin.display(description=gettext_lazy("sourced points"))
    def sourced_points(self, row: RehearsalRow) -> str:
        return formats.points(row.sourced)

    @admin.display(description=gettext_lazy("assisted points"))
    def assisted_points(self, row: RehearsalRow) -> str:
        return formats.points(row.assisted)

    @admin.display(description=gettext_lazy("managed points"))
    def managed_points(self, row: RehearsalRow) -> str:
        return formats.points(row.managed)

    @admin.display(description=gettext_lazy("receipt"))
    def receipt(self, row: RehearsalRow) -> str:
        return _tier(row, row.tier_now)


def _tier(row: RehearsalRow, tier: str) -> str:
    """Return the tier of today as a link to its receipt."""
    return receipt_link(
        lambda: performing_tier_url(row.partner, row.as_of), str(TierChoice(tier).label)
    )


def _cells(
    rehearsal: RulebookRehearsal, rows: QuerySet[RehearsalRow]
) -> Iterator[list[Cell]]:
    before, after = rehearsed_rules(rehearsal)
    ordered = rows.select_related("partner").order_by("change", "pk")
    for row in ordered.iterator(chunk_size=500):
        yield [
            row.partner.ref,
            row.partner.name,
            Change(row.change).label,
            TierChoice(row.tier_now).label,
            TierChoice(row.tier_then).label,
            why_sentence(row, before=before, after=after),
            points_cell(row.sourced),
            points_cell(row.assisted),
            points_cell(row.managed),
            row.as_of,
        ]
