"""The queue, to read; dead jobs can be given another chance, through the service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import truncatechars
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from outbox import registry, services
from outbox.models import Job, JobQuerySet, PeriodRun
from ui.back_office import CarefulAdmin

READERS = frozenset({"programme_manager", "auditor"})
RETRIERS = frozenset({"programme_manager"})

ModelT = TypeVar("ModelT", bound=Model)


def _staff_role(request: HttpRequest) -> str:
    # By name: the user model belongs to a package above this one.
    return str(getattr(request.user, "staff_role", ""))


class ReadOnlyAdmin(CarefulAdmin[ModelT]):
    """For superusers, programme managers and auditors, who change nothing here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        user = request.user
        if not (user.is_active and user.is_staff):
            return False
        return user.is_superuser or _staff_role(request) in READERS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ModelT | None = None
    ) -> bool:
        return False


class StateFilter(admin.SimpleListFilter):
    """By where a job stands, which is computed and not a column."""

    title = _("state")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Sequence[tuple[str, Any]]:
        return Job.State.choices

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Job]
    ) -> QuerySet[Job] | None:
        if self.value() is None:
            return queryset
        return queryset.filter(Q(state=self.value()))


class KindFilter(admin.SimpleListFilter):
    """By kind: the registered ones, which saves reading the whole table for the list."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Sequence[tuple[str, str]]:
        return [(kind, kind) for kind in sorted((*registry.kinds(), *registry.events()))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Job]
    ) -> QuerySet[Job] | None:
        if self.value() is None:
            return queryset
        return queryset.filter(kind=self.value())


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    """What waits, what runs, what failed, and for how long the oldest has waited."""

    list_display = (
        "key",
        "kind",
        "lane",
        "state",
        "attempts",
        "due_at",
        "done_at",
        "error",
    )
    list_filter = (StateFilter, "lane", KindFilter)
    search_fields = ("key__startswith", "last_error")
    search_help_text = _("The beginning of a key, or a word of an error")
    ordering = ("-pk",)
    actions = ("retry_dead",)

    def get_queryset(self, request: HttpRequest) -> JobQuerySet:
        return Job.objects.with_state()

    @admin.display(description=_("state"))
    def state(self, job: Job) -> str:
        return str(Job.State(job.state).label)

    @admin.display(description=_("last error"))
    def error(self, job: Job) -> str:
        return truncatechars(job.last_error.partition("\n")[0], 100)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"subtitle": _summary(), **(extra_context or {})}
        return super().changelist_view(request, context)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and _staff_role(request) in RETRIERS

    @admin.action(description=_("Retry dead jobs"), permissions=["retry"])
    def retry_dead(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        with transaction.atomic():
            retried = services.retry(job_ids=list(queryset.values_list("pk", flat=True)))
            self.log_retried(request, list(Job.objects.filter(pk__in=retried)))
        self.message_user(
            request,
            ngettext(
                "%(count)d dead job runs again.",
                "%(count)d dead jobs run again.",
                len(retried),
            )
            % {"count": len(retried)},
            messages.SUCCESS if retried else messages.WARNING,
        )

    def log_retried(self, request: HttpRequest, jobs: Iterable[Job]) -> None:
        """Write down who retried what, in the transaction that does it."""
        for job in jobs:
            self.log_change(request, job, gettext("Retried"))


@admin.register(PeriodRun)
class PeriodRunAdmin(ReadOnlyAdmin[PeriodRun]):
    """Which periods the clock has put into the queue."""

    list_display = ("job", "period", "put_at")
    list_filter = ("job",)
    date_hierarchy = "period"
    ordering = ("-period", "job")


def _summary() -> str:
    age, dead = services.oldest_due_age(), services.dead_count()
    waits = (
        gettext("Nothing is due.")
        if age is None
        else gettext("The oldest due job has waited %(age)s (h:mm:ss).")
        % {"age": _clock_face(age)}
    )
    if not dead:
        return waits
    died = ngettext("%(count)d job is dead.", "%(count)d jobs are dead.", dead)
    return f"{waits} {died % {'count': dead}}"


def _clock_face(age: timedelta) -> str:
    minutes, seconds = divmod(int(age.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
