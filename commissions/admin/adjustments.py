"""Adjustments by hand: one proposes with a reason, another approves (3.7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from commissions.admin.fresh import for_each_with_factor
from commissions.admin.payout_forms import AdjustmentForm, AnswerForm
from commissions.models import Adjustment
from commissions.services import adjusting
from outbox import clock
from partners.admin.users import actor_of
from partners.portfolio import (
    Deed,
    ForEach,
    OfPartner,
    PortfolioAdmin,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, money, page_link

State = Adjustment.State


def _is_open(adjustment: Adjustment) -> bool:
    return adjustment.state == State.PROPOSED


def _in_words(adjustment: Adjustment, _deed: Deed) -> str:
    return f"{money(adjustment.amount_minor, adjustment.currency)}, {adjustment.reason}"


@admin.register(Adjustment)
class AdjustmentAdmin(PortfolioAdmin[Adjustment]):
    """Adding one proposes it; approved, it stands in the partner's next statement."""

    scope = OfPartner("partner")
    form = AdjustmentForm
    refusals = (adjusting.AdjustmentError,)
    list_display = ("partner", "amount", "reason", "state", "proposed_at", "proposed_by")
    list_filter = ("state", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "proposed_by")
    search_fields = ("partner__name", "partner__ref", "reason")
    search_help_text = gettext_lazy("A reason, or the name or reference of a partner")
    ordering = ("-pk",)
    fields = (
        *("partner_page", "amount", "reason", "corrects_line", "dispute_page", "state"),
        *("proposer", "proposed_at", "decider", "decided_at", "answer"),
    )
    autocomplete_fields = ("partner",)
    actions = ("approve", "refuse", "withdraw")

    def store(
        self, request: HttpRequest, obj: Adjustment, form: Any, *, change: bool
    ) -> None:
        stored = adjusting.propose_adjustment(
            partner_id=obj.partner_id,
            amount_minor=obj.amount_minor,
            reason=obj.reason,
            actor=actor_of(request),
            at=clock.now(),
        )
        obj.pk = stored.pk
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, adjustment: Adjustment) -> str:
        return page_link(adjustment.partner)

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, adjustment: Adjustment) -> str:
        return money(adjustment.amount_minor, adjustment.currency)

    @admin.display(description=gettext_lazy("corrects the line"))
    def corrects_line(self, adjustment: Adjustment) -> str:
        return page_link(adjustment.corrects)

    @admin.display(description=gettext_lazy("answers the contested month"))
    def dispute_page(self, adjustment: Adjustment) -> str:
        return page_link(getattr(adjustment, "dispute", None))

    @admin.display(description=gettext_lazy("proposed by"))
    def proposer(self, adjustment: Adjustment) -> str:
        return str(adjustment.proposed_by)

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, adjustment: Adjustment) -> str:
        return str(adjustment.decided_by or NOTHING)

    @policy_action("approve", description=gettext_lazy("Approve…"), applies=_is_open)
    @for_each_with_factor(
        ForEach(
            title=gettext_lazy("Approve the adjustments"),
            preview=_in_words,
            done=gettext_lazy("Approved: it stands in the next statement."),
        )
    )
    def approve(
        self, adjustment: Adjustment, deed: Deed, factor_at: datetime | None
    ) -> None:
        adjusting.approve_adjustment(
            adjustment_id=adjustment.pk,
            factor_at=factor_at,
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action("refuse", description=gettext_lazy("Refuse…"), applies=_is_open)
    @ForEach(
        AnswerForm,
        title=gettext_lazy("Refuse the adjustments"),
        preview=_in_words,
        done=gettext_lazy("Refused."),
    )
    def refuse(self, adjustment: Adjustment, deed: Deed) -> None:
        adjusting.refuse_adjustment(
            adjustment_id=adjustment.pk,
            answer=deed.given["answer"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action("withdraw", description=gettext_lazy("Take back…"), applies=_is_open)
    @ForEach(
        title=gettext_lazy("Take the own adjustments back"),
        preview=_in_words,
        done=gettext_lazy("Taken back."),
    )
    def withdraw(self, adjustment: Adjustment, deed: Deed) -> None:
        adjusting.withdraw_adjustment(
            adjustment_id=adjustment.pk, actor=deed.actor, at=deed.at
        )
