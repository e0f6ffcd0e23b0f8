"""Overrides, appeals and reviews for Elite: what people decide about tiers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.tier_forms import (
    DecisionForm,
    NoteForm,
    OverrideForm,
    ReasonForm,
)
from partners.admin.users import actor_of
from partners.models import TierAppeal, TierOverride
from partners.portfolio import (
    Deed,
    ForEach,
    OfPartner,
    PortfolioAdmin,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, page_link, receipt_link
from partners.receipts import addresses
from partners.services.tiers import appeals, overrides
from program.rulebook import Tier

_OVERRIDE = TierOverride.State
_UPHOLD = TierAppeal.Proposal.UPHOLD


def _is_proposed(override: TierOverride) -> bool:
    return override.state == _OVERRIDE.PROPOSED


def _may_end(override: TierOverride) -> bool:
    return override.state in {_OVERRIDE.PROPOSED, _OVERRIDE.APPROVED}


@admin.register(TierOverride)
class TierOverrideAdmin(PortfolioAdmin[TierOverride]):
    """Tiers that are granted for a time: one person proposes, another approves."""

    scope = OfPartner("partner")
    form = OverrideForm
    refusals = (overrides.OverrideError,)
    list_display = ("partner", "tier", "from_on", "until_on", "state", "proposed_by")
    list_filter = ("state", "tier", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "proposed_by")
    search_fields = ("partner__name", "partner__ref")
    search_help_text = gettext_lazy("The name or the reference of a partner")
    ordering = ("-pk",)
    fields = (
        *("partner", "receipt", "tier", "from_on", "until_on", "reason", "state"),
        *("proposer", "proposed_at", "decider", "decided_at", "decision_note"),
        *("withdrawn_on", "withdrawal_reason"),
    )
    autocomplete_fields = ("partner",)
    actions = ("approve", "refuse", "withdraw")

    def store(
        self, request: HttpRequest, obj: TierOverride, form: Any, *, change: bool
    ) -> None:
        now = clock.now()
        stored = overrides.propose_override(
            partner_id=obj.partner_id,
            tier=Tier(obj.tier),
            from_on=obj.from_on,
            until_on=obj.until_on,
            reason=obj.reason,
            actor=actor_of(request),
            at=now,
            today=clock.program_day(now),
        )
        obj.pk = stored.pk
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("receipt"))
    def receipt(self, override: TierOverride) -> str:
        return receipt_link(lambda: addresses.override_url(override.public_id))

    @admin.display(description=gettext_lazy("proposed by"))
    def proposer(self, override: TierOverride) -> str:
        return str(override.proposed_by)

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, override: TierOverride) -> str:
        return str(override.decided_by or NOTHING)

    @policy_action("approve", description=gettext_lazy("Approve…"), applies=_is_proposed)
    @ForEach(
        NoteForm,
        title=gettext_lazy("Grant these tiers"),
        done=gettext_lazy("The tier is granted; the partner was told."),
    )
    def approve(self, override: TierOverride, deed: Deed) -> None:
        overrides.approve_override(
            override_id=override.pk,
            note=deed.given["note"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )

    @policy_action("refuse", description=gettext_lazy("Refuse…"), applies=_is_proposed)
    @ForEach(
        ReasonForm,
        title=gettext_lazy("Refuse these tiers"),
        done=gettext_lazy("The proposal was refused."),
    )
    def refuse(self, override: TierOverride, deed: Deed) -> None:
        overrides.refuse_override(
            override_id=override.pk,
            note=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action("withdraw", description=gettext_lazy("Withdraw…"), applies=_may_end)
    @ForEach(
        ReasonForm,
        title=gettext_lazy("End these tiers"),
        done=gettext_lazy("Withdrawn: from today it grants nothing."),
    )
    def withdraw(self, override: TierOverride, deed: Deed) -> None:
        overrides.withdraw_override(
            override_id=override.pk,
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )


def _is_open(appeal: TierAppeal) -> bool:
    return appeal.state == TierAppeal.State.OPEN


@admin.register(TierAppeal)
class TierAppealAdmin(PortfolioAdmin[TierAppeal]):
    """Appeals of partners, the most urgent first. One proposes, another decides."""

    scope = OfPartner("partner")
    refusals = (appeals.AppealError,)
    list_display = ("partner", "evaluation_on", "tier", "state", "decide_by", "proposal")
    list_filter = ("state", "decide_by", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    search_help_text = gettext_lazy("The name or the reference of a partner")
    ordering = ("decided_on", "decide_by", "pk")
    fields = (
        *("company", "receipt", "evaluation_on", "tier", "feared_tier", "text"),
        *("filer", "filed_at", "decide_by", "state", "proposal", "proposal_reason"),
        *("proposer", "decider", "decided_at", "decision_reason", "granted"),
        *("evaluation", "settled_on", "overdue_at"),
    )
    actions = ("propose", "decide")

    @admin.display(description=gettext_lazy("partner"))
    def company(self, appeal: TierAppeal) -> str:
        return page_link(appeal.partner)

    @admin.display(description=gettext_lazy("receipt"))
    def receipt(self, appeal: TierAppeal) -> str:
        return receipt_link(lambda: addresses.appeal_url(appeal.public_id))

    @admin.display(description=gettext_lazy("made by"))
    def filer(self, appeal: TierAppeal) -> str:
        return str(appeal.filed_by)

    @admin.display(description=gettext_lazy("proposed by"))
    def proposer(self, appeal: TierAppeal) -> str:
        return str(appeal.proposed_by or NOTHING)

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, appeal: TierAppeal) -> str:
        return str(appeal.decided_by or NOTHING)

    @admin.display(description=gettext_lazy("override"))
    def granted(self, appeal: TierAppeal) -> str:
        return page_link(appeal.override)

    @admin.display(description=gettext_lazy("evaluation that waited"))
    def evaluation(self, appeal: TierAppeal) -> str:
        return page_link(appeal.waiting)

    @policy_action(
        "propose", description=gettext_lazy("Propose a decision…"), applies=_is_open
    )
    @ForEach(
        DecisionForm,
        title=gettext_lazy("Propose a decision"),
        done=gettext_lazy("Proposed; somebody else decides."),
    )
    def propose(self, appeal: TierAppeal, deed: Deed) -> None:
        appeals.propose_decision(
            appeal_id=appeal.pk,
            uphold=deed.given["decision"] == _UPHOLD,
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action("decide", description=gettext_lazy("Decide…"), applies=_is_open)
    @ForEach(
        DecisionForm,
        title=gettext_lazy("Decide the appeals"),
        done=gettext_lazy("Decided; the partner was told."),
    )
    def decide(self, appeal: TierAppeal, deed: Deed) -> None:
        appeals.decide_appeal(
            appeal_id=appeal.pk,
            uphold=deed.given["decision"] == _UPHOLD,
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )
