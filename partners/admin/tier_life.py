"""Overrides, appeals and reviews for Elite: what people decide about tiers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
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
    def approve(
        self, request: HttpRequest, queryset: QuerySet[TierOverride]
    ) -> HttpResponse:
        form = self.ask(
            request, queryset, NoteForm, name="approve", title=_("Grant these tiers")
        )
        if isinstance(form, HttpResponse):
            return form
        now = clock.now()
        return self.perform(
            request,
            queryset,
            lambda override: overrides.approve_override(
                override_id=override.pk,
                note=form.cleaned_data["note"],
                actor=actor_of(request),
                at=now,
                today=clock.program_day(now),
            ),
            action="approve",
            done=_("The tier is granted; the partner was told."),
            errors=(overrides.OverrideError,),
        )

    @policy_action("refuse", description=gettext_lazy("Refuse…"), applies=_is_proposed)
    def refuse(
        self, request: HttpRequest, queryset: QuerySet[TierOverride]
    ) -> HttpResponse:
        form = self.ask(
            request, queryset, ReasonForm, name="refuse", title=_("Refuse these tiers")
        )
        if isinstance(form, HttpResponse):
            return form
        return self.perform(
            request,
            queryset,
            lambda override: overrides.refuse_override(
                override_id=override.pk,
                note=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=clock.now(),
            ),
            action="refuse",
            done=_("The proposal was refused."),
            errors=(overrides.OverrideError,),
        )

    @policy_action("withdraw", description=gettext_lazy("Withdraw…"), applies=_may_end)
    def withdraw(
        self, request: HttpRequest, queryset: QuerySet[TierOverride]
    ) -> HttpResponse:
        form = self.ask(
            request, queryset, ReasonForm, name="withdraw", title=_("End these tiers")
        )
        if isinstance(form, HttpResponse):
            return form
        now = clock.now()
        return self.perform(
            request,
            queryset,
            lambda override: overrides.withdraw_override(
                override_id=override.pk,
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=now,
                today=clock.program_day(now),
            ),
            action="withdraw",
            done=_("Withdrawn: from today it grants nothing."),
            errors=(overrides.OverrideError,),
        )


def _is_open(appeal: TierAppeal) -> bool:
    return appeal.state == TierAppeal.State.OPEN


@admin.register(TierAppeal)
class TierAppealAdmin(PortfolioAdmin[TierAppeal]):
    """Appeals of partners, the most urgent first. One proposes, another decides."""

    scope = OfPartner("partner")
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
    def propose(
        self, request: HttpRequest, queryset: QuerySet[TierAppeal]
    ) -> HttpResponse:
        form = self.ask(
            request, queryset, DecisionForm, name="propose", title=_("Propose a decision")
        )
        if isinstance(form, HttpResponse):
            return form
        return self.perform(
            request,
            queryset,
            lambda appeal: appeals.propose_decision(
                appeal_id=appeal.pk,
                uphold=form.cleaned_data["decision"] == _UPHOLD,
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=clock.now(),
            ),
            action="propose",
            done=_("Proposed; somebody else decides."),
            errors=(appeals.AppealError,),
        )

    @policy_action("decide", description=gettext_lazy("Decide…"), applies=_is_open)
    def decide(
        self, request: HttpRequest, queryset: QuerySet[TierAppeal]
    ) -> HttpResponse:
        form = self.ask(
            request, queryset, DecisionForm, name="decide", title=_("Decide the appeals")
        )
        if isinstance(form, HttpResponse):
            return form
        now = clock.now()
        return self.perform(
            request,
            queryset,
            lambda appeal: appeals.decide_appeal(
                appeal_id=appeal.pk,
                uphold=form.cleaned_data["decision"] == _UPHOLD,
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=now,
                today=clock.program_day(now),
            ),
            action="decide",
            done=_("Decided; the partner was told."),
            errors=(appeals.AppealError,),
        )
