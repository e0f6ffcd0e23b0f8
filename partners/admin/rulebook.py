"""Rulebook editions: published ones to read, with their numbers as a table."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import RulebookEdition, StaffRole, TierChoice
from partners.permissions import role_of
from partners.portfolio import Everybodys, LedgerAdmin
from partners.portfolio.display import NOTHING, table
from program.rulebook import Rulebook, RulebookError, parse_rulebook
from ui import formats

SEE_DRAFTS = frozenset({StaffRole.PROGRAMME_MANAGER, StaffRole.AUDITOR})


@admin.register(RulebookEdition)
class RulebookEditionAdmin(LedgerAdmin[RulebookEdition]):
    scope = Everybodys("the rules are the same for all partners")
    list_display = ("code", "title", "effective_on", "state", "published_at")
    list_filter = ("state",)
    search_fields = ("code", "title")
    ordering = ("-effective_on", "code")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("code", "title", "effective_on", "state", "published_at"),
                    *("author_name", "approver_name", "sha256"),
                )
            },
        ),
        (gettext_lazy("Rules"), {"fields": ("summary", "thresholds")}),
        (
            gettext_lazy("Document"),
            {"fields": ("document_shown",), "classes": ("collapse",)},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RulebookEdition]:
        """Return the editions; what is only drafted concerns those who publish."""
        editions = super().get_queryset(request)
        if role_of(request.user) in SEE_DRAFTS:
            return editions
        return editions.filter(state=RulebookEdition.State.PUBLISHED)

    @admin.display(description=gettext_lazy("author"))
    def author_name(self, edition: RulebookEdition) -> str:
        return str(edition.author or NOTHING)

    @admin.display(description=gettext_lazy("approver"))
    def approver_name(self, edition: RulebookEdition) -> str:
        return str(edition.approver or NOTHING)

    @admin.display(description=gettext_lazy("in short"))
    def summary(self, edition: RulebookEdition) -> str:
        rulebook = _parsed(edition)
        if isinstance(rulebook, RulebookError):
            return str(rulebook)
        points, calendar = rulebook.points, rulebook.calendar
        lines = [
            (_("Points per unit"), _rates(rulebook), "points.rates"),
            (
                _("Growth markets"),
                _("%(count)d territories, × %(factor)d")
                % {"count": len(rulebook.growth), "factor": points.growth_multiplier},
                "points.growth_multiplier",
            ),
            (
                _("One unit"),
                ", ".join(
                    formats.money(minor, currency)
                    for currency, minor in points.units.items()
                ),
                "points.units",
            ),
            (
                _("Sold points count"),
                _("%(count)d months") % {"count": points.sold_window_months},
                "points.sold_window_months",
            ),
            (
                _("Tiers are checked"),
                _("on day %(day)d; evaluations in months %(months)s")
                % {
                    "day": calendar.snapshot_day,
                    "months": ", ".join(map(str, calendar.evaluation_months)),
                },
                "calendar.evaluation_months",
            ),
        ]
        return table(
            (_("What"), _("Value"), _("Rule")),
            ((what, value, _cited(rulebook, key)) for what, value, key in lines),
        )

    @admin.display(description=gettext_lazy("thresholds"))
    def thresholds(self, edition: RulebookEdition) -> str:
        rulebook = _parsed(edition)
        if isinstance(rulebook, RulebookError):
            return str(rulebook)
        rows = (
            (
                TierChoice(row.tier).label,
                formats.points(row.sold_minimum),
                formats.points(row.managed_minimum),
                formats.points(row.total),
                row.rule,
            )
            for row in rulebook.table.rows
        )
        head = (_("Tier"), _("Sold"), _("Managed"), _("Total"), _("Rule"))
        note = _("Table %(code)s; sold points are %(kinds)s.") % {
            "code": rulebook.table.code,
            "kinds": ", ".join(sorted(rulebook.table.sold_basis)),
        }
        return format_html("{}<p>{}</p>", table(head, rows), note)

    @admin.display(description=gettext_lazy("document"))
    def document_shown(self, edition: RulebookEdition) -> str:
        return format_html("<pre>{}</pre>", edition.document)


def _parsed(edition: RulebookEdition) -> Rulebook | RulebookError:
    try:
        return parse_rulebook(edition.document)
    except RulebookError as error:  # a draft; what is published was parsed before
        return error


def _rates(rulebook: Rulebook) -> str:
    return format_html_join(
        ", ", "{} {}", ((str(kind), rate) for kind, rate in rulebook.points.rates.items())
    )


def _cited(rulebook: Rulebook, key: str) -> str:
    """Return the rule an entry cites, or those of the entries below it."""
    if key in rulebook.rules:
        return rulebook.rules[key]
    below = {rule for name, rule in rulebook.rules.items() if name.startswith(f"{key}.")}
    return ", ".join(sorted(below))
