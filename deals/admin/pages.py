"""Deals, with their lines and their history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals import services
from deals.admin.forms import (
    CancellationForm,
    DowngradeForm,
    LossForm,
    ProofForm,
    WinForm,
)
from deals.models import Deal, DealLine, DealTransition, InvalidTransitionError
from outbox import clock
from partners.admin.users import actor_of
from partners.models import PointsEntry
from partners.permissions import may_read
from partners.portfolio import (
    OfPartner,
    PortfolioAdmin,
    PortfolioInline,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, money, page_link, receipt_link
from partners.receipts import addresses
from ui import formats

EXPECTED = (
    InvalidTransitionError,
    services.InvalidDayError,
    services.InvalidAmountError,
)


def _is_open(deal: Deal) -> bool:
    return deal.stage == Deal.Stage.REGISTERED


def _is_won(deal: Deal) -> bool:
    return deal.stage == Deal.Stage.WON


def _is_running(deal: Deal) -> bool:
    return deal.stage == Deal.Stage.WON and deal.cancelled_on is None


class DealLineInline(PortfolioInline[DealLine, Deal]):
    """Product lines, what is left of them, and the receipts of their points."""

    model = DealLine
    scope = OfPartner("deal__partner")
    fields = ("product_line", "edition", "mrr", "reductions_shown", "points", "credits")
    ordering = ("product_line",)
    show_change_link = False

    def get_fields(self, request: HttpRequest, obj: Deal | None = None) -> Any:
        """Leave the points out for whom the ledger does not exist."""
        fields = super().get_fields(request, obj)
        if may_read(actor_of(request), PointsEntry):
            return fields
        return [field for field in fields if field != "points"]

    @admin.display(description=gettext_lazy("monthly recurring revenue"))
    def mrr(self, line: DealLine) -> str:
        return money(line.mrr_minor, line.currency)

    @admin.display(description=gettext_lazy("reduced to"))
    def reductions_shown(self, line: DealLine) -> str:
        rows = line.reductions.order_by("on")
        return (
            format_html_join(
                ", ",
                "{} ({})",
                (
                    (money(row.mrr_minor, line.currency), formats.day(row.on))
                    for row in rows
                ),
            )
            or NOTHING
        )

    @admin.display(description=gettext_lazy("points"))
    def points(self, line: DealLine) -> str:
        entries = PointsEntry.objects.filter(
            source_kind=PointsEntry.Source.DEAL_LINE,
            source_id=line.pk,
            partner=line.deal.partner_id,
        ).order_by("seq")
        return (
            format_html_join(", ", "{}", ((_entry_link(entry),) for entry in entries))
            or NOTHING
        )


def _entry_link(entry: PointsEntry) -> str:
    return receipt_link(
        lambda: addresses.entry_url(entry.public_id), formats.points(entry.points)
    )


class DealTransitionInline(PortfolioInline[DealTransition, Deal]):
    """The deal's history, to read."""

    model = DealTransition
    scope = OfPartner("deal__partner")
    fields = ("at", "from_label", "to_label", "on", "note", "actor_name")
    ordering = ("at", "pk")
    show_change_link = False

    @admin.display(description=gettext_lazy("from"))
    def from_label(self, step: DealTransition) -> str:
        return _stage(step.from_stage)

    @admin.display(description=gettext_lazy("to"))
    def to_label(self, step: DealTransition) -> str:
        return _stage(step.to_stage)

    @admin.display(description=gettext_lazy("by"))
    def actor_name(self, step: DealTransition) -> str:
        return str(step.actor or NOTHING)


def _stage(value: str) -> str:
    return str(Deal.Stage(value).label) if value else NOTHING


@admin.register(Deal)
class DealAdmin(PortfolioAdmin[Deal]):
    """What points and commissions rest on is to read; the stage follows the actions."""

    scope = OfPartner("partner")
    list_display = (
        *("name", "ref", "partner", "client", "motion", "stage"),
        *("registered_on", "closed_on", "cancelled_on"),
    )
    list_filter = (
        "stage",
        "motion",
        "closed_on",
        ("partner", SelectedRelationFilter),
        ("client", SelectedRelationFilter),
    )
    list_select_related = ("partner", "client")
    search_fields = ("name", "ref", "partner__name", "partner__ref", "client__name")
    date_hierarchy = "registered_on"
    ordering = ("-registered_on", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("ref", "name", "company", "client_page", "motion"),
                    *("registered_on", "stage", "closed_on", "poi_on", "cancelled_on"),
                )
            },
        ),
        (
            gettext_lazy("When it was won"),
            {
                "fields": (
                    *("won_edition", "won_tier", "won_membership", "won_territory"),
                    "won_growth",
                )
            },
        ),
    )
    inlines = (DealLineInline, DealTransitionInline)
    actions = ("mark_won", "mark_lost", "record_proof", "cancel", "downgrade")

    @admin.display(description=gettext_lazy("partner"))
    def company(self, deal: Deal) -> str:
        return page_link(deal.partner)

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, deal: Deal) -> str:
        return page_link(deal.client)

    @policy_action("win", description=gettext_lazy("Mark won…"), applies=_is_open)
    def mark_won(self, request: HttpRequest, queryset: QuerySet[Deal]) -> HttpResponse:
        now = clock.now()
        today = clock.program_day(now)
        form = self.ask(
            request, queryset, WinForm, name="mark_won", title=_("Mark won"), today=today
        )
        if isinstance(form, HttpResponse):
            return form
        given = form.cleaned_data
        return self.perform(
            request,
            queryset,
            lambda deal: _once(
                deal,
                lambda: services.win_deal(
                    deal_id=deal.pk,
                    closed_on=given["closed_on"],
                    poi_on=given["poi_on"],
                    actor=actor_of(request),
                    at=now,
                    today=today,
                ),
                already={Deal.Stage.WON: _("It is won already.")},
            ),
            action="win",
            done=_("Won."),
            errors=EXPECTED,
        )

    @policy_action("lose", description=gettext_lazy("Mark lost…"), applies=_is_open)
    def mark_lost(self, request: HttpRequest, queryset: QuerySet[Deal]) -> HttpResponse:
        now = clock.now()
        form = self.ask(
            request,
            queryset,
            LossForm,
            name="mark_lost",
            title=_("Mark lost"),
            today=clock.program_day(now),
        )
        if isinstance(form, HttpResponse):
            return form
        given = form.cleaned_data
        return self.perform(
            request,
            queryset,
            lambda deal: _once(
                deal,
                lambda: services.lose_deal(
                    deal_id=deal.pk,
                    closed_on=given["closed_on"],
                    note=given["note"],
                    actor=actor_of(request),
                    at=now,
                ),
                already={Deal.Stage.LOST: _("It is lost already.")},
            ),
            action="lose",
            done=_("Lost."),
            errors=EXPECTED,
        )

    @policy_action(
        "record_proof", description=gettext_lazy("Record the proof…"), applies=_is_won
    )
    def record_proof(
        self, request: HttpRequest, queryset: QuerySet[Deal]
    ) -> HttpResponse:
        now = clock.now()
        today = clock.program_day(now)
        form = self.ask(
            request,
            queryset,
            ProofForm,
            name="record_proof",
            title=_("Record the proof of involvement"),
            today=today,
        )
        if isinstance(form, HttpResponse):
            return form
        given = form.cleaned_data
        return self.perform(
            request,
            queryset,
            lambda deal: services.record_proof(
                deal_id=deal.pk,
                poi_on=given["poi_on"],
                actor=actor_of(request),
                at=now,
                today=today,
            ),
            action="record_proof",
            done=_("The proof is recorded."),
            errors=EXPECTED,
        )

    @policy_action("cancel", description=gettext_lazy("Cancel…"), applies=_is_running)
    def cancel(self, request: HttpRequest, queryset: QuerySet[Deal]) -> HttpResponse:
        form = self.ask(
            request,
            queryset,
            CancellationForm,
            name="cancel",
            title=_("The subscription ended"),
            initial={"on": clock.today()},
        )
        if isinstance(form, HttpResponse):
            return form
        given = form.cleaned_data
        return self.perform(
            request,
            queryset,
            lambda deal: _once(
                deal,
                lambda: services.cancel_deal(
                    deal_id=deal.pk,
                    on=given["on"],
                    note=given["note"],
                    actor=actor_of(request),
                    at=clock.now(),
                ),
                already={"cancelled": _("It is cancelled already.")},
            ),
            action="cancel",
            done=_("Cancelled; its remaining points are taken back."),
            errors=EXPECTED,
        )

    @policy_action(
        "downgrade", description=gettext_lazy("Downgrade a line…"), applies=_is_running
    )
    def downgrade(
        self, request: HttpRequest, queryset: QuerySet[Deal]
    ) -> HttpResponse | None:
        deals = list(queryset[:2])
        if len(deals) != 1:
            self.message_user(request, _("Select one deal to downgrade."), messages.ERROR)
            return None
        form = self.ask(
            request,
            queryset,
            DowngradeForm,
            name="downgrade",
            title=_("Downgrade a line"),
            deal=deals[0],
            initial={"on": clock.today()},
        )
        if isinstance(form, HttpResponse):
            return form
        given = form.cleaned_data
        return self.perform(
            request,
            queryset,
            lambda _deal: services.downgrade_line(
                line_id=given["line"].pk,
                mrr_minor=given["mrr_minor"],
                on=given["on"],
                actor=actor_of(request),
                at=clock.now(),
            ),
            action="downgrade",
            done=_("%(line)s was downgraded.") % {"line": given["line"]},
            errors=EXPECTED,
        )


def _once(deal: Deal, act: Callable[[], object], *, already: dict[str, str]) -> None:
    """Act; if the deal is where the act leads, say so: the form was sent twice."""
    try:
        act()
    except InvalidTransitionError as error:
        now = Deal.objects.get(pk=deal.pk)
        state = "cancelled" if now.cancelled_on else now.stage
        if state in already:
            raise InvalidTransitionError(already[state]) from error
        raise
