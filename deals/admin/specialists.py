"""The vendor's specialists, where they work, when they are away, and their deals (R44).

Rules and people are data: whoever is assigned to a new deal follows from these rows, and
so does which deals a growth specialist sees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, ForeignKey, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.admin.scopes import OfDeal
from deals.admin.specialist_forms import AbsenceForm, AreaForm, ReassignForm
from deals.models import (
    Assignment,
    Deal,
    Specialist,
    SpecialistAbsence,
    SpecialistArea,
)
from deals.services.specialists.assigning import AssignmentError, reassign
from deals.services.specialists.removing import remove_absence, remove_area
from deals.shared_facts import assignment_reason
from outbox import clock
from partners.admin.users import actor_of
from partners.permissions import staff_may
from partners.portfolio import (
    Deed,
    Everybodys,
    ForEach,
    PortfolioAdmin,
    PortfolioInline,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, page_link

_OURS = "specialists are the vendor's, whatever partner a deal is of"


class SpecialistAreaInline(PortfolioInline[SpecialistArea, Specialist]):
    model = SpecialistArea
    scope = Everybodys(_OURS)
    form = AreaForm
    fields = ("territory", "segment", "product_line")
    ordering = ("territory", "segment", "product_line")


class SpecialistAbsenceInline(PortfolioInline[SpecialistAbsence, Specialist]):
    model = SpecialistAbsence
    scope = Everybodys(_OURS)
    form = AbsenceForm
    fields = ("from_on", "until_on")
    ordering = ("from_on",)


@admin.register(Specialist)
class SpecialistAdmin(PortfolioAdmin[Specialist]):
    """Who can be assigned. Whoever leaves is made inactive; the deals are given away."""

    scope = Everybodys(_OURS)
    list_display = ("name", "kind", "email", "active", "capacity", "open_deals")
    list_filter = ("kind", "active")
    search_fields = ("name", "email")
    ordering = ("kind", "name", "pk")
    fields = ("kind", "name", "email", "user", "capacity", "active")
    inlines = (SpecialistAreaInline, SpecialistAbsenceInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Specialist]:
        running = Q(
            assignments__ended_at=None, assignments__deal__stage=Deal.Stage.REGISTERED
        )
        deals = Count("assignments__deal", filter=running, distinct=True)
        rows: QuerySet[Specialist] = super().get_queryset(request)
        return rows.annotate(deals_now=deals)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """Offer accounts of staff alone."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "user" and field.queryset is not None:
            field.queryset = field.queryset.filter(is_staff=True).order_by("email")
        return field

    @admin.display(description=gettext_lazy("open deals"), ordering="deals_now")
    def open_deals(self, specialist: Specialist) -> int:
        count: int = vars(specialist)["deals_now"]
        return count


class _RemovableAdmin(PortfolioAdmin[Any]):
    """Rows that a service takes away; what rests on them keeps its own facts."""

    scope = Everybodys(_OURS)
    list_select_related = ("specialist",)
    actions = ("remove",)

    service: ClassVar[Callable[..., bool]]
    """What takes a row away; it is told the id of the row as `about`."""
    about: ClassVar[str]

    @policy_action("remove", description=gettext_lazy("Remove…"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        form = self.ask(
            request, queryset, forms.Form, name="remove", title=_("Remove these rows")
        )
        if isinstance(form, HttpResponse):
            return form
        if not staff_may(request.user, "remove", self.model):
            raise PermissionDenied
        with transaction.atomic():
            gone = sum(
                self.service(
                    **{self.about: row.pk}, actor=actor_of(request), at=clock.now()
                )
                for row in queryset.order_by("pk")
            )
        words = _("Removed: %(count)s.") % {"count": gone}
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self._page_after(()))


@admin.register(SpecialistArea)
class SpecialistAreaAdmin(_RemovableAdmin):
    service = staticmethod(remove_area)
    about = "area_id"
    form = AreaForm
    list_display = ("specialist", "territory", "segment", "product_line")
    list_filter = ("segment", ("specialist", SelectedRelationFilter))
    search_fields = ("specialist__name", "specialist__email", "territory")
    ordering = ("specialist__name", "territory", "pk")
    fields = ("specialist", "territory", "segment", "product_line")


@admin.register(SpecialistAbsence)
class SpecialistAbsenceAdmin(_RemovableAdmin):
    service = staticmethod(remove_absence)
    about = "absence_id"
    form = AbsenceForm
    list_display = ("specialist", "from_on", "until_on")
    list_filter = ("from_on", ("specialist", SelectedRelationFilter))
    search_fields = ("specialist__name", "specialist__email")
    ordering = ("-from_on", "pk")
    fields = ("specialist", "from_on", "until_on")


class RunningFilter(admin.SimpleListFilter):
    """By whether somebody has the task, nobody has, or it has ended."""

    title = gettext_lazy("state")
    parameter_name = "runs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("nobody", gettext_lazy("Nobody is assigned")),
            ("runs", gettext_lazy("Runs")),
            ("ended", gettext_lazy("Ended")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Assignment]
    ) -> QuerySet[Assignment]:
        value = self.value()
        if value == "nobody":
            return queryset.filter(ended_at=None, specialist=None)
        if value in {"runs", "ended"}:
            return queryset.filter(ended_at__isnull=value == "runs")
        return queryset


def _runs(assignment: Assignment) -> bool:
    return assignment.ended_at is None


@admin.register(Assignment)
class AssignmentAdmin(PortfolioAdmin[Assignment]):
    """Who is on which deal, and why; given to somebody else by hand."""

    scope = OfDeal("deal")
    refusals = (AssignmentError,)
    list_display = ("deal", "kind", "product_line", "specialist", "from_at", "ended_at")
    list_filter = (
        RunningFilter,
        "kind",
        ("specialist", SelectedRelationFilter),
        ("deal", SelectedRelationFilter),
    )
    list_select_related = ("deal", "specialist", "assigned_by")
    search_fields = ("deal__name", "deal__ref", "specialist__name")
    search_help_text = gettext_lazy("A deal, its reference, or a specialist")
    ordering = ("-pk",)
    fields = (
        *("deal_page", "kind", "product_line", "specialist_page", "why", "note"),
        *("from_at", "assigner", "ended_at"),
    )
    actions = ("reassign",)

    @admin.display(description=gettext_lazy("deal"))
    def deal_page(self, assignment: Assignment) -> str:
        return page_link(assignment.deal)

    @admin.display(description=gettext_lazy("specialist"))
    def specialist_page(self, assignment: Assignment) -> str:
        return page_link(assignment.specialist)

    @admin.display(description=gettext_lazy("why"))
    def why(self, assignment: Assignment) -> str:
        return assignment_reason(assignment)

    @admin.display(description=gettext_lazy("assigned by"))
    def assigner(self, assignment: Assignment) -> str:
        return str(assignment.assigned_by or NOTHING)

    @policy_action("reassign", description=gettext_lazy("Reassign…"), applies=_runs)
    @ForEach(
        ReassignForm,
        title=gettext_lazy("Give these tasks to somebody else"),
        options=lambda deed: {
            "kinds": set(deed.selected.order_by().values_list("kind", flat=True))
        },
        preview=lambda assignment, _deed: (
            assignment.specialist or _("nobody is assigned")
        ),
        done=lambda deed: _("%(specialist)s has it now.") % deed.given,
    )
    def reassign(self, assignment: Assignment, deed: Deed) -> None:
        reassign(
            assignment_id=assignment.pk,
            specialist_id=deed.given["specialist"].pk,
            note=deed.given["note"],
            actor=deed.actor,
            at=deed.at,
        )
