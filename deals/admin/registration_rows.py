"""What belongs to a registration, on its page: product lines and history. To read."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from deals.admin.scopes import OfRegistration
from deals.models import Registration, RegistrationLine, RegistrationStep
from partners.portfolio import PortfolioInline
from partners.portfolio.display import NOTHING, money


class RegistrationLineInline(PortfolioInline[RegistrationLine, Registration]):
    model = RegistrationLine
    scope = OfRegistration("registration")
    fields = ("product_line", "edition", "mrr", "credits")
    ordering = ("pk",)
    show_change_link = False

    @admin.display(description=gettext_lazy("monthly recurring revenue"))
    def mrr(self, line: RegistrationLine) -> str:
        return money(line.mrr_minor, line.currency)


class RegistrationStepInline(PortfolioInline[RegistrationStep, Registration]):
    """Who did what when, and why."""

    model = RegistrationStep
    scope = OfRegistration("registration")
    fields = ("at", "from_label", "to_label", "note", "actor_name")
    ordering = ("at", "pk")
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegistrationStep]:
        return super().get_queryset(request).select_related("actor")

    @admin.display(description=gettext_lazy("from"))
    def from_label(self, step: RegistrationStep) -> str:
        return _label(step.from_state)

    @admin.display(description=gettext_lazy("to"))
    def to_label(self, step: RegistrationStep) -> str:
        return _label(step.to_state)

    @admin.display(description=gettext_lazy("by"))
    def actor_name(self, step: RegistrationStep) -> str:
        return str(step.actor or NOTHING)


def _label(state: str) -> str:
    return str(Registration.State(state).label) if state else NOTHING
