"""Deals, with their lines and their histories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals import acts, services
from deals.admin.forms import (
    CancellationForm,
    DowngradeForm,
    IntroductionForm,
    LossForm,
    ProofForm,
    UpgradeForm,
    WinForm,
)
from deals.admin.inlines import HISTORIES, DealLineInline
from deals.admin.previews import cancel_outcome, win_outcome
from deals.admin.scopes import OfDeal
from deals.forms.sharing import DecideMotionForm
from deals.models import Deal, InvalidTransitionError, client_shown
from deals.services.life.introducing import record_introduction
from partners.portfolio import (
    Deed,
    ForEach,
    PortfolioAdmin,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import page_link, receipt_link

_CANCELLED = "cancelled"


def _today(deed: Deed) -> dict[str, date]:
    return {"today": deed.today}


def _is_open(deal: Deal) -> bool:
    return deal.stage == Deal.Stage.REGISTERED


def _is_won(deal: Deal) -> bool:
    return deal.stage == Deal.Stage.WON


def _is_provable(deal: Deal) -> bool:
    return deal.stage in services.PROVABLE


def _is_running(deal: Deal) -> bool:
    return deal.stage == Deal.Stage.WON and deal.cancelled_on is None


def _may_be_introduced(deal: Deal) -> bool:
    states = Deal.MotionState
    return _is_open(deal) and deal.motion_state in {states.PROPOSED, states.CONFIRMED}


@admin.register(Deal)
class DealAdmin(PortfolioAdmin[Deal]):
    """What points and commissions rest on is to read; the stage follows the actions."""

    scope = OfDeal()
    refusals = (
        InvalidTransitionError,
        services.InvalidDayError,
        services.InvalidAmountError,
        services.MotionError,
        services.ProofError,
    )
    list_display = (
        *("name", "ref", "partner", "client_called", "motion", "stage"),
        *("registered_on", "valid_until", "closed_on", "cancelled_on"),
    )
    list_filter = (
        "stage",
        "pipeline",
        "motion",
        "motion_state",
        "valid_until",
        "closed_on",
        ("partner", SelectedRelationFilter),
        ("client", SelectedRelationFilter),
    )
    list_select_related = ("partner", "client")
    search_fields = (
        *("name", "ref", "partner__name", "partner__ref", "client_name"),
        "client__name",
    )
    date_hierarchy = "registered_on"
    ordering = ("-registered_on", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("ref", "name", "company", "client_page", "shared_page"),
                    *("motion", "motion_state", "registered_on", "valid_until"),
                    *("extensions", "stage", "closed_on", "lost_reason", "poi_on"),
                    "cancelled_on",
                )
            },
        ),
        (
            gettext_lazy("The sale"),
            {
                "fields": (
                    *("pipeline", "expected_close_on", "next_step", "need"),
                    *("owner_name", "active_on"),
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
    inlines = (DealLineInline, *HISTORIES)
    actions = (
        *("mark_won", "mark_lost", "record_proof", "record_introduction"),
        *("decide_motion", "correct_motion", "cancel", "downgrade", "upgrade"),
    )

    @admin.display(description=gettext_lazy("partner"))
    def company(self, deal: Deal) -> str:
        return page_link(deal.partner)

    @admin.display(description=gettext_lazy("client"), ordering=client_shown())
    def client_called(self, deal: Deal) -> str:
        return deal.client_label

    @admin.display(description=gettext_lazy("client"))
    def client_page(self, deal: Deal) -> str:
        return page_link(deal.client)

    @admin.display(description=gettext_lazy("deal owner"))
    def owner_name(self, deal: Deal) -> str:
        return page_link(deal.owner)

    @admin.display(description=gettext_lazy("shared page"))
    def shared_page(self, deal: Deal) -> str:
        return receipt_link(
            lambda: reverse("deals:detail", args=[deal.public_id]),
            _("Comments, files and timeline"),
        )

    @policy_action("win", description=gettext_lazy("Mark won…"), applies=_is_open)
    @ForEach(
        WinForm,
        title=gettext_lazy("Mark won"),
        options=_today,
        preview=lambda deal, deed: win_outcome(deal, deed.today),
        done=gettext_lazy("Won."),
    )
    def mark_won(self, deal: Deal, deed: Deed) -> None:
        with _once(deal, Deal.Stage.WON, _("It is won already.")):
            services.win_deal(
                deal_id=deal.pk,
                closed_on=deed.given["closed_on"],
                poi_on=deed.given["poi_on"],
                actor=deed.actor,
                at=deed.at,
                today=deed.today,
            )

    @policy_action("lose", description=gettext_lazy("Mark lost…"), applies=_is_open)
    @ForEach(
        LossForm,
        title=gettext_lazy("Mark lost"),
        options=_today,
        done=gettext_lazy("Lost."),
    )
    def mark_lost(self, deal: Deal, deed: Deed) -> None:
        with _once(deal, Deal.Stage.LOST, _("It is lost already.")):
            services.lose_deal(
                deal_id=deal.pk,
                closed_on=deed.given["closed_on"],
                reason=deed.given["reason"],
                note=deed.given["note"],
                actor=deed.actor,
                at=deed.at,
            )

    @policy_action(
        "record_proof",
        description=gettext_lazy("Record the proof…"),
        applies=_is_provable,
    )
    @acts.RECORD_PROOF.for_each(
        asks=ProofForm,
        options=lambda deed: {"today": deed.today, "deals": list(deed.selected[:2])},
    )
    def record_proof(self, deal: Deal, deed: Deed) -> None:
        given = {"file": None, **deed.given}
        given["dated_on"] = given.pop("poi_on")
        acts.RECORD_PROOF(deal, given, actor=deed.actor, at=deed.at)

    @policy_action(
        "record_introduction",
        description=gettext_lazy("Record how the sale began…"),
        applies=_may_be_introduced,
    )
    @ForEach(
        IntroductionForm,
        title=gettext_lazy("How the sale began"),
        options=_today,
        done=gettext_lazy("Recorded; the motion is proposed anew."),
    )
    def record_introduction(self, deal: Deal, deed: Deed) -> None:
        record_introduction(
            deal_id=deal.pk,
            on=deed.given["on"],
            works_since=deed.given["works_since"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action(
        "decide_motion", description=gettext_lazy("Decide the motion…"), applies=_is_open
    )
    @acts.DECIDE_MOTION.for_each(preview=lambda deal, _deed: _motion_now(deal))
    def decide_motion(self, deal: Deal, deed: Deed) -> None:
        acts.DECIDE_MOTION(deal, deed.given, actor=deed.actor, at=deed.at)

    @policy_action(
        "correct_motion",
        description=gettext_lazy("Correct the motion…"),
        applies=_is_won,
    )
    @ForEach(
        DecideMotionForm,
        title=gettext_lazy("Correct the motion of won deals"),
        preview=lambda deal, _deed: _motion_now(deal),
        done=gettext_lazy("Corrected: entries were added to the ledger."),
    )
    def correct_motion(self, deal: Deal, deed: Deed) -> None:
        services.correct_motion(
            deal_id=deal.pk,
            motion=deed.given["motion"],
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action("cancel", description=gettext_lazy("Cancel…"), applies=_is_running)
    @ForEach(
        CancellationForm,
        title=gettext_lazy("The subscription ended"),
        preview=lambda deal, deed: cancel_outcome(deal, deed.today),
        done=gettext_lazy("Cancelled; its remaining points are taken back."),
    )
    def cancel(self, deal: Deal, deed: Deed) -> None:
        with _once(deal, _CANCELLED, _("It is cancelled already.")):
            services.cancel_deal(
                deal_id=deal.pk,
                on=deed.given["on"],
                note=deed.given["note"],
                actor=deed.actor,
                at=deed.at,
            )

    @policy_action(
        "downgrade", description=gettext_lazy("Downgrade a line…"), applies=_is_running
    )
    @ForEach(
        DowngradeForm,
        title=gettext_lazy("Downgrade a line"),
        one=gettext_lazy("Select one deal to downgrade."),
        options=lambda deed: {"deal": deed.selected[0]},
        done=lambda deed: _("%(line)s was downgraded.") % deed.given,
    )
    def downgrade(self, deal: Deal, deed: Deed) -> None:
        services.downgrade_line(
            line_id=deed.given["line"].pk,
            mrr_minor=deed.given["mrr_minor"],
            on=deed.given["on"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action(
        "upgrade", description=gettext_lazy("Upgrade a line…"), applies=_is_running
    )
    @ForEach(
        UpgradeForm,
        title=gettext_lazy("Upgrade a line"),
        one=gettext_lazy("Select one deal to upgrade."),
        options=lambda deed: {"deal": deed.selected[0]},
        done=lambda deed: _("%(line)s was upgraded.") % deed.given,
    )
    def upgrade(self, deal: Deal, deed: Deed) -> None:
        services.upgrade_line(
            line_id=deed.given["line"].pk,
            edition=deed.given["edition"],
            mrr_minor=deed.given["mrr_minor"],
            credits=deed.given["credits"],
            on=deed.given["on"],
            actor=deed.actor,
            at=deed.at,
        )


def _motion_now(deal: Deal) -> str:
    return f"{deal.get_motion_display()}, {deal.get_motion_state_display()}"


@contextmanager
def _once(deal: Deal, state: str, already: str) -> Iterator[None]:
    """Act; if the deal is where the act leads, say so: the form was sent twice."""
    try:
        yield
    except InvalidTransitionError as error:
        now = Deal.objects.get(pk=deal.pk)
        if state == (_CANCELLED if now.cancelled_on else now.stage):
            raise InvalidTransitionError(already) from error
        raise
