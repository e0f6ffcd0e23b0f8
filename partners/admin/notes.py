"""Notes and tasks of staff about partners."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.users import actor_of
from partners.models import PartnerNote, PartnerTask
from partners.portfolio import (
    Deed,
    ForEach,
    OfPartner,
    PortfolioAdmin,
    ScopedRelationFilter,
    SelectedRelationFilter,
    policy_action,
)
from partners.services.notes import TaskError, end_task, set_task, write_note


def _take_over(obj: Model, stored: Model) -> None:
    """Let the admin go on with the row that a service has stored."""
    obj.pk = stored.pk
    obj._state.adding = False
    obj.refresh_from_db()


@admin.register(PartnerNote)
class PartnerNoteAdmin(PortfolioAdmin[PartnerNote]):
    """What staff know about a partner; it is added to and never changed."""

    scope = OfPartner("partner")
    list_display = ("__str__", "partner", "author", "at")
    list_filter = (("partner", SelectedRelationFilter),)
    list_select_related = ("partner", "author")
    search_fields = ("text", "partner__name", "partner__ref")
    ordering = ("-pk",)
    fields = ("partner", "text", "author", "at")
    autocomplete_fields = ("partner",)
    refusals = (TaskError,)

    def store(
        self, request: HttpRequest, obj: PartnerNote, form: Any, *, change: bool
    ) -> None:
        stored = write_note(
            partner_id=obj.partner_id,
            text=obj.text,
            author=actor_of(request),
            at=clock.now(),
        )
        _take_over(obj, stored)


class DoneFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", gettext_lazy("Open")), ("yes", gettext_lazy("Done"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[PartnerTask]
    ) -> QuerySet[PartnerTask]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(done_at__isnull=self.value() == "no")


@admin.register(PartnerTask)
class PartnerTaskAdmin(PortfolioAdmin[PartnerTask]):
    """What staff mean to do for a partner, by a day."""

    scope = OfPartner("partner")
    list_display = ("title", "partner", "due_on", "author", "done_at")
    list_filter = (DoneFilter, "due_on", ("partner__pdm", ScopedRelationFilter))
    list_select_related = ("partner", "author")
    search_fields = ("title", "partner__name", "partner__ref")
    ordering = ("done_at", "due_on", "pk")
    fields = (
        *("partner", "title", "due_on", "author", "created_at", "done_at", "done_by"),
    )
    autocomplete_fields = ("partner",)
    actions = ("end",)
    refusals = (TaskError,)

    def store(
        self, request: HttpRequest, obj: PartnerTask, form: Any, *, change: bool
    ) -> None:
        now = clock.now()
        stored = set_task(
            partner_id=obj.partner_id,
            title=obj.title,
            due_on=obj.due_on,
            author=actor_of(request),
            at=now,
            today=clock.program_day(now),
        )
        _take_over(obj, stored)

    @policy_action(
        "end",
        description=gettext_lazy("Done"),
        applies=lambda task: task.done_at is None,
    )
    @ForEach(done=gettext_lazy("Done."))
    def end(self, task: PartnerTask, deed: Deed) -> None:
        end_task(task_id=task.pk, actor=deed.actor, at=deed.at)
