"""People of partners, and what they and their companies hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners import services
from partners.admin.forms import LeavingForm, PersonForm
from partners.models import Accreditation, Certification, Person
from partners.portfolio import (
    Deed,
    ForEach,
    OfPartner,
    PortfolioAdmin,
    PortfolioInline,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import page_link
from partners.services.people import LeavingDayError, leave_company


class WorksThereFilter(admin.SimpleListFilter):
    title = gettext_lazy("works there")
    parameter_name = "active"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Sequence[tuple[str, Any]]:
        return [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No, left"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Person]
    ) -> QuerySet[Person] | None:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(left_on__isnull=self.value() == "yes")


class CertificationInline(PortfolioInline[Certification, Person]):
    model = Certification
    scope = OfPartner("person__partner")
    fields = ("kind", "name", "earned_on", "expires_on")
    ordering = ("-earned_on",)


@admin.register(Person)
class PersonAdmin(PortfolioAdmin[Person]):
    """Who works for a partner. Access begins and ends by actions."""

    scope = OfPartner("partner")
    form = PersonForm
    refusals = (services.NoLongerHereError, LeavingDayError)
    list_display = ("__str__", "email", "partner", "role", "account", "left_on")
    list_filter = (WorksThereFilter, "role", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "user")
    search_fields = ("email", "first_name", "last_name", "partner__name", "partner__ref")
    ordering = ("partner__name", "email")
    fields = (
        *("partner_page", "email", "first_name", "last_name", "role"),
        *("left_on", "account"),
    )
    autocomplete_fields = ("partner",)
    inlines = (CertificationInline,)
    actions = ("open_account", "leave")

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, person: Person) -> str:
        return page_link(person.partner)

    @admin.display(description=gettext_lazy("account"), ordering="user__email")
    def account(self, person: Person) -> str:
        if person.user is None:
            return _("no account")
        if person.user.last_login is None:
            return _("never signed in")
        return _("in use") if person.user.is_active else _("deactivated")

    @policy_action(
        "open_account",
        description=gettext_lazy("Open account"),
        applies=lambda person: person.user_id is None and person.left_on is None,
    )
    @ForEach(
        done=gettext_lazy("The account is open; “forgot password” sets its password.")
    )
    def open_account(self, person: Person, deed: Deed) -> None:
        services.open_account(person_id=person.pk, actor=deed.actor, at=deed.at)

    @policy_action(
        "leave",
        description=gettext_lazy("Left the company…"),
        applies=lambda person: person.left_on is None,
    )
    @ForEach(
        LeavingForm,
        title=gettext_lazy("These people left the company"),
        done=gettext_lazy("Left the company; access has ended."),
    )
    def leave(self, person: Person, deed: Deed) -> None:
        leave_company(
            person_id=person.pk,
            on=deed.given["on"],
            today=deed.today,
            actor=deed.actor,
            at=deed.at,
        )


@admin.register(Certification)
class CertificationAdmin(PortfolioAdmin[Certification]):
    scope = OfPartner("person__partner")
    list_display = ("name", "kind", "person", "company", "earned_on", "expires_on")
    list_filter = ("kind", "expires_on")
    list_select_related = ("person__partner",)
    search_fields = ("name", "person__email", "person__partner__name")
    ordering = ("expires_on", "pk")
    fields = ("person", "company", "kind", "name", "earned_on", "expires_on")
    autocomplete_fields = ("person",)

    @admin.display(description=gettext_lazy("partner"), ordering="person__partner__name")
    def company(self, certification: Certification) -> str:
        return page_link(certification.person.partner)


@admin.register(Accreditation)
class AccreditationAdmin(PortfolioAdmin[Accreditation]):
    scope = OfPartner("partner")
    list_display = ("name", "partner", "granted_on", "expires_on")
    list_filter = ("expires_on", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("name", "partner__name", "partner__ref")
    ordering = ("expires_on", "pk")
    fields = ("partner", "name", "granted_on", "expires_on")
    autocomplete_fields = ("partner",)
