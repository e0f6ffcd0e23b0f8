"""What follows from the rules: points, standings, snapshots, decisions. To read."""

from __future__ import annotations

import json
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.numbers import expiring_links, number_link
from partners.models import (
    Evaluation,
    PointsEntry,
    Snapshot,
    Standing,
    TierChange,
    TierChoice,
    TierOverride,
)
from partners.portfolio import (
    LedgerAdmin,
    OfPartner,
    ScopedRelationFilter,
    SelectedRelationFilter,
)
from partners.portfolio.display import NOTHING, page_link, receipt_link
from partners.receipts import addresses
from ui import formats

ModelT = TypeVar("ModelT", bound=Model)


class PartnerLedgerAdmin(LedgerAdmin[ModelT]):
    """What the pages of a partner's ledgers share."""

    scope = OfPartner("partner")
    list_select_related = ("partner",)
    search_fields: ClassVar[tuple[str, ...]] = ("partner__name", "partner__ref")
    search_help_text = gettext_lazy("The name or the reference of a partner")

    @admin.display(description=gettext_lazy("partner"), ordering="partner__name")
    def company(self, row: Any) -> str:
        return page_link(row.partner)

    @admin.display(description=gettext_lazy("total"))
    def total_points(self, row: Standing | Snapshot) -> str:
        total = row.sourced + row.assisted + row.managed
        return number_link(row, addresses.Number.TOTAL, total)

    @admin.display(description=gettext_lazy("sourced"), ordering="sourced")
    def sourced_points(self, row: Standing | Snapshot) -> str:
        return number_link(row, addresses.Number.SOURCED, row.sourced)

    @admin.display(description=gettext_lazy("assisted"), ordering="assisted")
    def assisted_points(self, row: Standing | Snapshot) -> str:
        return number_link(row, addresses.Number.ASSISTED, row.assisted)

    @admin.display(description=gettext_lazy("managed"), ordering="managed")
    def managed_points(self, row: Standing | Snapshot) -> str:
        return number_link(row, addresses.Number.MANAGED, row.managed)

    @admin.display(description=gettext_lazy("facts"))
    def facts_shown(self, row: PointsEntry | Evaluation) -> str:
        text = json.dumps(row.facts, indent=2, sort_keys=True, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)


@admin.register(PointsEntry)
class PointsEntryAdmin(PartnerLedgerAdmin[PointsEntry]):
    list_display = (
        *("recorded_at", "partner", "kind", "points_shown", "effective_on"),
        *("expires_on", "reason", "source_ref", "receipt"),
    )
    list_filter = (
        "kind",
        "reason",
        "effective_on",
        ("edition", ScopedRelationFilter),
        ("partner", SelectedRelationFilter),
    )
    search_fields = ("partner__name", "partner__ref", "source_ref__startswith")
    search_help_text = gettext_lazy("A partner, or the beginning of a source")
    ordering = ("-pk",)
    sortable_by = ("effective_on", "expires_on")
    fields = (
        *("receipt", "company", "kind", "points_exact", "effective_on", "expires_on"),
        *("reason", "source_ref", "source_kind", "source_id", "seq", "edition"),
        *("corrected_entry", "recorded_at", "facts_shown"),
    )

    @admin.display(description=gettext_lazy("points"), ordering="points")
    def points_shown(self, entry: PointsEntry) -> str:
        return formats.points(entry.points)

    @admin.display(description=gettext_lazy("points"))
    def points_exact(self, entry: PointsEntry) -> str:
        return formats.points_exact(entry.points)

    @admin.display(description=gettext_lazy("receipt"))
    def receipt(self, entry: PointsEntry) -> str:
        return receipt_link(lambda: addresses.entry_url(entry.public_id))

    @admin.display(description=gettext_lazy("corrects"))
    def corrected_entry(self, entry: PointsEntry) -> str:
        return page_link(entry.corrects)


@admin.register(Standing)
class StandingAdmin(PartnerLedgerAdmin[Standing]):
    list_display = (
        *("partner", "credited_tier", "granted", "performing_tier", "total_points"),
        *("sourced_points", "assisted_points", "managed_points", "as_of"),
    )
    list_filter = (
        "credited_tier",
        "performing_tier",
        ("edition", ScopedRelationFilter),
    )
    ordering = ("partner__name", "pk")
    fields = (
        *("company", "as_of", "credited", "credited_on", "granted", "performing"),
        *("total_points", "sourced_points", "assisted_points", "managed_points"),
        *("expiring", "edition"),
    )

    @admin.display(description=gettext_lazy("credited tier"))
    def credited(self, standing: Standing) -> str:
        return receipt_link(
            lambda: addresses.credited_tier_url(standing.partner, standing.as_of),
            standing.get_credited_tier_display(),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Standing]:
        """Return the standings, each with what the programme grants above them today."""
        granting = (
            TierOverride.objects.in_force_on(clock.today())
            .filter(partner=OuterRef("partner_id"))
            .order_by("-decided_at", "-pk")
        )
        standings: QuerySet[Standing] = super().get_queryset(request)
        return standings.annotate(
            granted_tier=Subquery(granting.values("tier")[:1]),
            granted_id=Subquery(granting.values("public_id")[:1]),
        )

    @admin.display(description=gettext_lazy("granted tier"))
    def granted(self, standing: Any) -> str:
        if not standing.granted_tier:
            return NOTHING
        return receipt_link(
            lambda: addresses.override_url(standing.granted_id),
            str(TierChoice(standing.granted_tier).label),
        )

    @admin.display(description=gettext_lazy("performing tier"))
    def performing(self, standing: Standing) -> str:
        return receipt_link(
            lambda: addresses.performing_tier_url(standing.partner, standing.as_of),
            standing.get_performing_tier_display(),
        )

    @admin.display(description=gettext_lazy("expires in 30, 60, 90 days"))
    def expiring(self, standing: Standing) -> str:
        return expiring_links(standing)


@admin.register(Snapshot)
class SnapshotAdmin(PartnerLedgerAdmin[Snapshot]):
    list_display = (
        *("on", "partner", "performing_tier", "total_points"),
        *("sourced_points", "assisted_points", "managed_points", "certified"),
    )
    list_filter = (
        "performing_tier",
        "certified",
        ("partner", SelectedRelationFilter),
    )
    date_hierarchy = "on"
    ordering = ("-on", "-pk")
    fields = (
        *("company", "on", "receipt", "total_points", "sourced_points"),
        *("assisted_points", "managed_points", "certified", "edition", "taken_at"),
    )

    @admin.display(description=gettext_lazy("performing tier"))
    def receipt(self, snapshot: Snapshot) -> str:
        return receipt_link(
            lambda: addresses.snapshot_url(snapshot.public_id),
            snapshot.get_performing_tier_display(),
        )


@admin.register(Evaluation)
class EvaluationAdmin(PartnerLedgerAdmin[Evaluation]):
    list_display = ("on", "partner", "credited_before", "tier", "cause", "cure_until")
    list_filter = ("tier", "cause", ("partner", SelectedRelationFilter))
    date_hierarchy = "on"
    ordering = ("-on", "-pk")
    fields = (
        *("company", "on", "receipt", "credited_before", "cause", "best_tier"),
        *("protected_until", "cure_until", "ended_cure", "edition", "decided_at"),
        *("facts_shown", "sha256"),
    )

    @admin.display(description=gettext_lazy("tier"))
    def receipt(self, evaluation: Evaluation) -> str:
        return receipt_link(
            lambda: addresses.evaluation_url(evaluation.public_id),
            evaluation.get_tier_display(),
        )

    @admin.display(description=gettext_lazy("ends the cure of"))
    def ended_cure(self, evaluation: Evaluation) -> str:
        return page_link(evaluation.ends_cure_of)


@admin.register(TierChange)
class TierChangeAdmin(PartnerLedgerAdmin[TierChange]):
    list_display = ("on", "partner", "tier", "cause", "recorded_at")
    list_filter = ("tier", "cause", ("partner", SelectedRelationFilter))
    date_hierarchy = "on"
    ordering = ("-on", "-pk")
    fields = (
        *("company", "on", "receipt", "cause", "taken_from", "corrected_change"),
        "recorded_at",
    )

    @admin.display(description=gettext_lazy("tier"))
    def receipt(self, change: TierChange) -> str:
        return receipt_link(
            lambda: addresses.credited_tier_url(
                change.partner, change.on, known_at=change.recorded_at
            ),
            change.get_tier_display(),
        )

    @admin.display(description=gettext_lazy("follows from"))
    def taken_from(self, change: TierChange) -> str:
        source = change.evaluation or change.snapshot
        return page_link(source) if source else NOTHING

    @admin.display(description=gettext_lazy("corrects"))
    def corrected_change(self, change: TierChange) -> str:
        return page_link(change.corrects)
