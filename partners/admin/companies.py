"""Partner companies: what is known of them, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.forms import ManagerForm, PartnerForm, PersonForm
from partners.admin.membership import MembershipActs
from partners.admin.numbers import expiring_links, number_link
from partners.admin.users import actor_of
from partners.models import (
    Accreditation,
    AuditEntry,
    Evaluation,
    Partner,
    PartnerNote,
    PartnerTask,
    Person,
    PointsEntry,
    Snapshot,
    Standing,
    TierChange,
)
from partners.permissions import VIEW, editable_fields, staff_may
from partners.portfolio import (
    Deed,
    ForEach,
    LastRowsFormSet,
    OfPartner,
    PortfolioInline,
    ScopedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, list_link, money, receipt_link
from partners.receipts import addresses
from partners.services.people import store_partner
from partners.services.seeing import SESSION_KEY, begin_seeing
from partners.services.staff import StaffError, assign_manager
from ui import formats

_MORE_LISTS: list[type[Model]] = []


def add_list(model: type[Model]) -> None:
    """Have a partner's page lead to a list of an app above: its rows of that partner."""
    _MORE_LISTS.append(model)


class StandingInline(PortfolioInline[Standing, Partner]):
    """The row that pages read, with a way to the receipt of its numbers."""

    model = Standing
    scope = OfPartner("partner")
    fields = ("as_of", "credited", "performing", "points", "expiring")
    show_change_link = False
    verbose_name_plural = gettext_lazy("Standing")

    @admin.display(description=gettext_lazy("credited tier"))
    def credited(self, standing: Standing) -> str:
        return receipt_link(
            lambda: addresses.credited_tier_url(standing.partner, standing.as_of),
            standing.get_credited_tier_display(),
        )

    @admin.display(description=gettext_lazy("performing tier"))
    def performing(self, standing: Standing) -> str:
        return receipt_link(
            lambda: addresses.performing_tier_url(standing.partner, standing.as_of),
            standing.get_performing_tier_display(),
        )

    @admin.display(description=gettext_lazy("points"))
    def points(self, standing: Standing) -> str:
        numbers = (
            (gettext_lazy("sourced"), addresses.Number.SOURCED, standing.sourced),
            (gettext_lazy("assisted"), addresses.Number.ASSISTED, standing.assisted),
            (gettext_lazy("managed"), addresses.Number.MANAGED, standing.managed),
            (gettext_lazy("total"), addresses.Number.TOTAL, standing.total),
        )
        return format_html_join(
            ", ",
            "{} {}",
            (
                (word, number_link(standing, number, micro))
                for word, number, micro in numbers
            ),
        )

    @admin.display(description=gettext_lazy("expires in 30, 60, 90 days"))
    def expiring(self, standing: Standing) -> str:
        return expiring_links(standing)


class PersonInline(PortfolioInline[Person, Partner]):
    model = Person
    form = PersonForm
    scope = OfPartner("partner")
    fields = ("email", "first_name", "last_name", "role", "left_on")
    ordering = ("left_on", "email")


class AccreditationInline(PortfolioInline[Accreditation, Partner]):
    model = Accreditation
    scope = OfPartner("partner")
    fields = ("name", "granted_on", "expires_on")
    ordering = ("-granted_on",)


class TierChangeInline(PortfolioInline[TierChange, Partner]):
    model = TierChange
    scope = OfPartner("partner")
    formset = LastRowsFormSet
    fields = ("on", "tier", "cause", "recorded_at")
    ordering = ("-on", "-pk")
    verbose_name_plural = gettext_lazy("Last tier changes")


class NoteInline(PortfolioInline[PartnerNote, Partner]):
    model = PartnerNote
    scope = OfPartner("partner")
    formset = LastRowsFormSet
    fields = ("text", "author", "at")
    ordering = ("-pk",)
    verbose_name_plural = gettext_lazy("Last notes")


class TaskInline(PortfolioInline[PartnerTask, Partner]):
    model = PartnerTask
    scope = OfPartner("partner")
    formset = LastRowsFormSet
    fields = ("title", "due_on", "author", "done_at")
    ordering = ("done_at", "due_on", "pk")
    verbose_name_plural = gettext_lazy("Tasks")


@admin.register(Partner)
class PartnerAdmin(MembershipActs):
    """A partner's page: facts to edit, standing and history to read."""

    scope = OfPartner("")
    form = PartnerForm
    refusals = (*MembershipActs.refusals, StaffError)
    list_display = (
        *("name", "ref", "membership", "credited", "performing", "points", "pdm"),
        "as_of",
    )
    list_filter = (
        "membership",
        "standing__credited_tier",
        "standing__performing_tier",
        ("pdm", ScopedRelationFilter),
    )
    list_select_related = ("standing", "pdm")
    search_fields = ("name", "ref", "domain")
    search_help_text = gettext_lazy("A name, a reference or a domain")
    ordering = ("name", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("ref", "name", "membership", "country", "domain", "joined_on"),
                    *("pdm", "elite_invited_on"),
                )
            },
        ),
        (
            gettext_lazy("Money"),
            {
                "fields": (
                    "payout_currency",
                    "own_edition",
                    "own_monthly_usd_minor",
                    "own_ends_on",
                )
            },
        ),
        (gettext_lazy("More"), {"fields": ("lists", "commissions", "acts")}),
    )
    inlines = (
        *(StandingInline, NoteInline, TaskInline),
        *(PersonInline, AccreditationInline, TierChangeInline),
    )
    actions = ("see_as", "assign_pdm", "make_partner", "make_provider")

    def store(
        self, request: HttpRequest, obj: Partner, form: Any, *, change: bool
    ) -> None:
        store_partner(
            partner=obj,
            changed=frozenset(form.changed_data),
            actor=actor_of(request),
            at=clock.now(),
        )

    @admin.display(
        description=gettext_lazy("credited tier"), ordering="standing__credited_tier"
    )
    def credited(self, partner: Partner) -> str:
        standing = _standing(partner)
        return standing.get_credited_tier_display() if standing else NOTHING

    @admin.display(
        description=gettext_lazy("performing tier"), ordering="standing__performing_tier"
    )
    def performing(self, partner: Partner) -> str:
        standing = _standing(partner)
        return standing.get_performing_tier_display() if standing else NOTHING

    @admin.display(description=gettext_lazy("points"))
    def points(self, partner: Partner) -> str:
        standing = _standing(partner)
        if standing is None:
            return NOTHING
        return number_link(standing, addresses.Number.TOTAL, standing.total)

    @admin.display(description=gettext_lazy("as of"), ordering="standing__as_of")
    def as_of(self, partner: Partner) -> str:
        standing = _standing(partner)
        return formats.day(standing.as_of) if standing else NOTHING

    @admin.display(description=gettext_lazy("own subscription, a month"))
    def own_monthly(self, partner: Partner) -> str:
        return money(partner.own_monthly_usd_minor, "USD")

    @admin.display(description=gettext_lazy("lists"))
    def lists(self, partner: Partner) -> str:
        models: tuple[type[Model], ...] = (
            *(PointsEntry, Snapshot, Evaluation, TierChange, Person, Accreditation),
            *(PartnerNote, PartnerTask),
            *_MORE_LISTS,
        )
        return format_html_join(
            " · ",
            "{}",
            (
                (
                    list_link(
                        model,
                        str(model._meta.verbose_name_plural).capitalize(),
                        partner__id__exact=partner.pk,
                    ),
                )
                for model in models
            ),
        )

    @admin.display(description=gettext_lazy("commissions"))
    def commissions(self, partner: Partner) -> str:
        """Lead to the pages of an app above: by name, as the partner reads them."""
        return receipt_link(
            lambda: f"{reverse('commissions:list')}?partner={partner.public_id}",
            _("As the partner reads them"),
        )

    @policy_action("see_as", description=gettext_lazy("See the portal as this partner"))
    def see_as(self, request: HttpRequest, queryset: QuerySet[Partner]) -> HttpResponse:
        """Lead to the portal as an owner of the partner sees it, for an hour."""
        if queryset.count() != 1:
            self.message_user(request, _("Choose one partner."), messages.WARNING)
            return HttpResponseRedirect(request.get_full_path())
        request.session[SESSION_KEY] = begin_seeing(
            partner=queryset.get(), actor=actor_of(request), at=clock.now()
        )
        return redirect("portal:home")

    @admin.display(description=gettext_lazy("audit log"))
    def acts(self, partner: Partner) -> str:
        words = _("Who did what, when")
        return list_link(AuditEntry, words, partner__id__exact=partner.pk)

    @policy_action("assign_pdm", description=gettext_lazy("Move to a portfolio…"))
    @ForEach(
        ManagerForm,
        title=gettext_lazy("Move to a portfolio"),
        done=lambda deed: _("Now in the portfolio of %(manager)s.") % deed.given,
    )
    def assign_pdm(self, partner: Partner, deed: Deed) -> None:
        assign_manager(
            partner_id=partner.pk,
            manager_id=deed.given["manager"].pk,
            actor=deed.actor,
            at=deed.at,
        )

    def get_fieldsets(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        """Return the declared fields; cents only for those who may write them.

        The audit log only for those for whom there is one.
        """
        fieldsets = super().get_fieldsets(request, obj)
        if not staff_may(request.user, VIEW, AuditEntry):
            fieldsets = [
                (title, {**options, "fields": _without(options["fields"], "acts")})
                for title, options in fieldsets
            ]
        cents = "own_monthly_usd_minor"
        if cents in editable_fields(request.user, Partner, adding=False):
            return fieldsets
        return [
            (
                title,
                {**options, "fields": _swapped(options["fields"], cents, "own_monthly")},
            )
            for title, options in fieldsets
        ]


def _without(fields: Sequence[Any], left_out: str) -> list[Any]:
    return [field for field in fields if field != left_out]


def _swapped(fields: Sequence[Any], old: str, new: str) -> list[Any]:
    return [new if field == old else field for field in fields]


def _standing(partner: Partner) -> Standing | None:
    return getattr(partner, "standing", None)
