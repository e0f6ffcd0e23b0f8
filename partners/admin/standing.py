"""Good standing in the back office: escalations, findings, suspensions, membership."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.users import actor_of
from partners.models import (
    BenefitSuspension,
    ConditionFinding,
    Escalation,
    EscalationTransition,
    FactorGap,
    GoldNotice,
    MembershipChange,
    OwnLapse,
    UpgradeHeld,
)
from partners.portfolio import (
    Deed,
    ForEach,
    LedgerAdmin,
    OfPartner,
    PortfolioAdmin,
    PortfolioForm,
    PortfolioInline,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING
from partners.receipts import standing_words as words
from partners.services.standing import (
    StandingError,
    close_escalation,
    close_finding,
    open_finding,
    report_escalation,
    restore_benefits,
    suspend_benefits,
)
from ui.forms import DayField, LongTextField

READ_BY_PARTNER = gettext_lazy("The partner reads this.")


class DatedForm(forms.Form):
    """The day of an act, today or before."""

    on = DayField(label=gettext_lazy("Day"), initial=clock.today)


class OutcomeForm(DatedForm):
    outcome = LongTextField(label=gettext_lazy("Outcome"), help_text=READ_BY_PARTNER)


class ReasonForm(forms.Form):
    """Why a membership changes."""

    reason = LongTextField(label=gettext_lazy("Reason"), help_text=READ_BY_PARTNER)


def _is_reported(escalation: Escalation) -> bool:
    return escalation.state == Escalation.State.REPORTED


class EscalationTransitionInline(PortfolioInline[EscalationTransition, Escalation]):
    model = EscalationTransition
    scope = OfPartner("escalation__partner")
    fields = ("on", "was", "to_state", "note", "actor", "at")
    ordering = ("pk",)
    show_change_link = False

    @admin.display(description=gettext_lazy("from"))
    def was(self, step: EscalationTransition) -> str:
        state = step.from_state
        return str(Escalation.State(state).label) if state else NOTHING


@admin.register(Escalation)
class EscalationAdmin(PortfolioAdmin[Escalation]):
    """Complaints about partners. Reported here, closed by an action."""

    scope = OfPartner("partner")
    refusals = (StandingError,)
    list_display = (
        *("reported_on", "partner", "severity", "raised_by", "state", "closed_on"),
    )
    list_filter = ("state", "severity", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref", "summary")
    ordering = ("-reported_on", "-pk")
    fields = (
        *("partner", "severity", "raised_by", "reported_on", "summary"),
        *("state", "closed_on", "outcome"),
    )
    autocomplete_fields = ("partner",)
    inlines = (EscalationTransitionInline,)
    actions = ("settle", "mark", "dismiss")

    def store(
        self, request: HttpRequest, obj: Escalation, form: Any, *, change: bool
    ) -> None:
        report_escalation(
            escalation=obj, actor=actor_of(request), at=clock.now(), today=clock.today()
        )

    @policy_action("settle", description=gettext_lazy("Settled…"), applies=_is_reported)
    @ForEach(
        OutcomeForm,
        title=gettext_lazy("Settle escalations"),
        done=gettext_lazy("Settled."),
    )
    def settle(self, escalation: Escalation, deed: Deed) -> None:
        _close(escalation, deed, Escalation.State.SETTLED)

    @policy_action(
        "mark", description=gettext_lazy("Mark on record…"), applies=_is_reported
    )
    @ForEach(
        OutcomeForm,
        title=gettext_lazy("Mark escalations on record"),
        done=gettext_lazy("Marked on record."),
    )
    def mark(self, escalation: Escalation, deed: Deed) -> None:
        _close(escalation, deed, Escalation.State.MARKED)

    @policy_action("dismiss", description=gettext_lazy("Dismiss…"), applies=_is_reported)
    @ForEach(
        OutcomeForm,
        title=gettext_lazy("Dismiss escalations"),
        done=gettext_lazy("Dismissed."),
    )
    def dismiss(self, escalation: Escalation, deed: Deed) -> None:
        _close(escalation, deed, Escalation.State.DISMISSED)


def _close(escalation: Escalation, deed: Deed, state: str) -> None:
    close_escalation(
        escalation_id=escalation.pk,
        state=state,
        outcome=deed.given["outcome"],
        on=deed.given["on"],
        actor=deed.actor,
        at=deed.at,
        today=deed.today,
    )


@admin.register(ConditionFinding)
class ConditionFindingAdmin(PortfolioAdmin[ConditionFinding]):
    """What staff found about the conditions of good standing; closed by an action."""

    scope = OfPartner("partner")
    refusals = (StandingError,)
    list_display = ("from_on", "partner", "condition", "until_on", "found_by")
    list_filter = ("condition", "until_on", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "found_by")
    search_fields = ("partner__name", "partner__ref", "reason")
    ordering = ("-from_on", "-pk")
    fields = (
        *("partner", "condition", "from_on", "reason"),
        *("until_on", "found_by", "closed_by"),
    )
    autocomplete_fields = ("partner",)
    actions = ("close",)

    def store(
        self, request: HttpRequest, obj: ConditionFinding, form: Any, *, change: bool
    ) -> None:
        open_finding(
            finding=obj, actor=actor_of(request), at=clock.now(), today=clock.today()
        )

    @policy_action(
        "close",
        description=gettext_lazy("Met again…"),
        applies=lambda finding: finding.until_on is None,
    )
    @ForEach(
        DatedForm,
        title=gettext_lazy("These conditions are met again"),
        done=gettext_lazy("Met again."),
    )
    def close(self, finding: ConditionFinding, deed: Deed) -> None:
        close_finding(
            finding_id=finding.pk,
            on=deed.given["on"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )


class BenefitSuspensionForm(PortfolioForm[BenefitSuspension]):
    """A suspension somebody decides; the calendar's own kind has no form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "reason" in self.fields:
            self.fields["reason"].required = True
            self.fields["reason"].help_text = READ_BY_PARTNER


@admin.register(BenefitSuspension)
class BenefitSuspensionAdmin(PortfolioAdmin[BenefitSuspension]):
    """Benefits suspended on default (R7); restored by an action."""

    scope = OfPartner("partner")
    form = BenefitSuspensionForm
    refusals = (StandingError,)
    list_display = ("from_on", "partner", "cause", "until_on", "suspended_by")
    list_filter = ("cause", "until_on", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "suspended_by")
    search_fields = ("partner__name", "partner__ref", "reason")
    ordering = ("-from_on", "-pk")
    fields = (
        *("partner", "cause", "from_on", "reason"),
        *("until_on", "suspended_by", "restored_by"),
    )
    autocomplete_fields = ("partner",)
    actions = ("restore",)

    def store(
        self, request: HttpRequest, obj: BenefitSuspension, form: Any, *, change: bool
    ) -> None:
        suspend_benefits(
            suspension=obj, actor=actor_of(request), at=clock.now(), today=clock.today()
        )

    @policy_action(
        "restore",
        description=gettext_lazy("Restore the benefits…"),
        applies=lambda suspension: suspension.until_on is None,
    )
    @ForEach(
        DatedForm,
        title=gettext_lazy("Restore the benefits"),
        done=gettext_lazy("The benefits are restored."),
    )
    def restore(self, suspension: BenefitSuspension, deed: Deed) -> None:
        restore_benefits(
            suspension_id=suspension.pk,
            on=deed.given["on"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )


# --- Written by the calendar and by services, to read -----------------------------------


@admin.register(MembershipChange)
class MembershipChangeAdmin(LedgerAdmin[MembershipChange]):
    scope = OfPartner("partner")
    list_display = ("on", "partner", "membership", "cause", "actor", "recorded_at")
    list_filter = ("membership", "cause", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "actor")
    search_fields = ("partner__name", "partner__ref")
    ordering = ("-on", "-pk")
    fields = ("partner", "on", "membership", "cause", "reason", "actor", "recorded_at")


@admin.register(FactorGap)
class FactorGapAdmin(LedgerAdmin[FactorGap]):
    scope = OfPartner("partner")
    list_display = ("from_on", "partner", "people", "until_on")
    list_filter = (("partner", SelectedRelationFilter),)
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    ordering = ("-from_on", "-pk")
    fields = ("partner", "from_on", "until_on", "people")


@admin.register(OwnLapse)
class OwnLapseAdmin(LedgerAdmin[OwnLapse]):
    scope = OfPartner("partner")
    list_display = ("since_on", "partner", "why", "cure_until", "outcome", "ended_on")
    list_filter = ("outcome", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    ordering = ("-since_on", "-pk")
    fields = ("partner", "since_on", "why", "cure_until", "outcome", "ended_on")

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, lapse: OwnLapse) -> str:
        return words.own_words(lapse.reason)


@admin.register(GoldNotice)
class GoldNoticeAdmin(LedgerAdmin[GoldNotice]):
    scope = OfPartner("partner")
    list_display = ("deadline_on", "partner", "noticed_on", "moves_on", "edition")
    list_filter = ("moves_on", ("partner", SelectedRelationFilter))
    list_select_related = ("partner", "edition")
    search_fields = ("partner__name", "partner__ref")
    ordering = ("-deadline_on", "-pk")
    fields = (
        *("partner", "deadline_on", "noticed_on", "moves_on", "edition"),
        "recorded_at",
    )


@admin.register(UpgradeHeld)
class UpgradeHeldAdmin(LedgerAdmin[UpgradeHeld]):
    scope = OfPartner("partner")
    list_display = ("on", "partner", "tier", "not_met", "recorded_at")
    list_filter = ("tier", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    ordering = ("-on", "-pk")
    fields = ("partner", "on", "tier", "not_met", "snapshot", "recorded_at")

    @admin.display(description=gettext_lazy("conditions not met"))
    def not_met(self, held: UpgradeHeld) -> str:
        return words.labels_of(held.conditions)
