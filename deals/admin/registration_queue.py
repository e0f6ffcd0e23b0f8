"""Which registrations wait for us, and in which order: the filter of the review queue."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import Case, F, Q, QuerySet, When
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Registration, RegistrationAppeal
from program.deal_life import RegistrationState

State = Registration.State

OPEN_APPEAL = Q(state=RegistrationState.REFUSED, appeal__outcome="")
WAITING = Q(state=RegistrationState.SUBMITTED) | OPEN_APPEAL
"""What waits for us: a first answer, or the decision of an appeal."""

OWED: Final = Case(
    When(state=RegistrationState.REFUSED, then=F("appeal__due_at")), default=F("due_at")
)
"""The moment at which our answer is owed."""


def is_in_review(registration: Registration) -> bool:
    return registration.state == State.SUBMITTED


def may_be_refused(registration: Registration) -> bool:
    return registration.state in {State.SUBMITTED, State.NEEDS_INFO}


def is_appealed(registration: Registration) -> bool:
    appeal = appeal_of(registration)
    return appeal is not None and not appeal.outcome


def appeal_of(registration: Registration) -> RegistrationAppeal | None:
    return getattr(registration, "appeal", None)


class WaitingFilter(admin.SimpleListFilter):
    """What waits for us, unless somebody asks for something else or searches."""

    title = gettext_lazy("state")
    parameter_name = "waits"
    ALL: ClassVar = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        states = [choice for choice in State.choices if choice[0] != State.DRAFT]
        return [
            ("appeal", gettext_lazy("Appeal to decide")),
            *states,
            (self.ALL, gettext_lazy("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        first, *rest = super().choices(changelist)
        yield {**first, "display": _("Waits for us")}
        yield from rest

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Registration]
    ) -> QuerySet[Registration]:
        value = self.value()
        if value == "appeal":
            return queryset.filter(OPEN_APPEAL)
        if value in State.values:
            return queryset.filter(state=value)
        # What is posted from a registration's own page is about that one, whatever it
        # waits for; everything selected is what the list shows.
        from_a_page = (
            request.method == "POST" and request.POST.get("select_across") != "1"
        )
        if value or from_a_page or request.GET.get("q"):
            return queryset
        return queryset.filter(WAITING)
