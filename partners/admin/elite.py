"""Reviews for Elite: found by points or begun here, checked, invited, concluded."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox import clock
from partners.admin.tier_forms import (
    ConclusionForm,
    EliteReviewForm,
    FindingsForm,
    ReasonForm,
)
from partners.admin.users import actor_of
from partners.models import EliteAdmission, EliteReview
from partners.portfolio import (
    Deed,
    ForEach,
    LedgerAdmin,
    OfPartner,
    PortfolioAdmin,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, receipt_link, table
from partners.receipts import addresses
from partners.receipts.elite import checklist_of
from partners.selectors import published_editions
from partners.services.tiers import elite

_STATE = EliteReview.State
_CANDIDACY = EliteReview.Kind.CANDIDACY


def _under_way(review: EliteReview) -> bool:
    return review.state in {_STATE.NEAR, _STATE.CANDIDATE}


def _may_invite(review: EliteReview) -> bool:
    return review.state == _STATE.CANDIDATE and review.kind == _CANDIDACY


def _may_close(review: EliteReview) -> bool:
    return _under_way(review) and review.kind == _CANDIDACY


def _may_conclude(review: EliteReview) -> bool:
    return review.state == _STATE.CANDIDATE and review.kind != _CANDIDACY


@admin.register(EliteReview)
class EliteReviewAdmin(PortfolioAdmin[EliteReview]):
    """Candidates for Elite and Elite partners under review, with their checklist."""

    scope = OfPartner("partner")
    form = EliteReviewForm
    refusals = (elite.EliteError,)
    list_display = ("partner", "kind", "state", "opened_on", "invited_on", "closed_on")
    list_filter = ("state", "kind", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    search_help_text = gettext_lazy("The name or the reference of a partner")
    ordering = ("-opened_on", "-pk")
    fields = (
        *("partner", "kind", "state", "receipt", "opened_on", "opener", "lines"),
        *("reviewer", "checked_at", "invited_on", "inviter", "closed_on", "closer"),
        *("closing_reason", "sha256"),
    )
    autocomplete_fields = ("partner",)
    actions = ("review", "invite", "conclude", "close")

    def store(
        self, request: HttpRequest, obj: EliteReview, form: Any, *, change: bool
    ) -> None:
        now = clock.now()
        opened = elite.open_review(
            partner_id=obj.partner_id,
            actor=actor_of(request),
            at=now,
            on=clock.program_day(now),
        )
        obj.pk = opened.pk
        obj.refresh_from_db()

    @admin.display(description=gettext_lazy("checklist"))
    def lines(self, review: EliteReview) -> str:
        on = review.invited_on or review.closed_on or clock.today()
        edition = published_editions().on(on)
        met = {True: _("yes"), False: _("no"), None: _("not known yet")}
        return table(
            (_("Criterion"), _("Value"), _("Source"), _("Needed"), _("Met"), _("Rule")),
            (
                (
                    line.label,
                    receipt_link(lambda url=line.url: url, line.value_text)  # type: ignore[misc]
                    if line.url
                    else line.value_text,
                    line.source or NOTHING,
                    line.need_text,
                    met[line.met],
                    line.cites,
                )
                for line in checklist_of(review, edition=edition, on=on)
            ),
        )

    @admin.display(description=gettext_lazy("receipt"))
    def receipt(self, review: EliteReview) -> str:
        return receipt_link(lambda: addresses.elite_url(review.public_id))

    @admin.display(description=gettext_lazy("opened by"))
    def opener(self, review: EliteReview) -> str:
        return str(review.opened_by or _("a check of the points"))

    @admin.display(description=gettext_lazy("reviewed by"))
    def reviewer(self, review: EliteReview) -> str:
        return str(review.checked_by or NOTHING)

    @admin.display(description=gettext_lazy("invited by"))
    def inviter(self, review: EliteReview) -> str:
        return str(review.invited_by or NOTHING)

    @admin.display(description=gettext_lazy("answered or closed by"))
    def closer(self, review: EliteReview) -> str:
        return str(review.closed_by or NOTHING)

    @policy_action(
        "review", description=gettext_lazy("Enter the findings…"), applies=_under_way
    )
    @ForEach(
        FindingsForm,
        title=gettext_lazy("Enter the findings"),
        done=gettext_lazy("The findings are recorded; somebody else decides."),
    )
    def review(self, review: EliteReview, deed: Deed) -> None:
        elite.record_findings(
            review_id=review.pk,
            customer_retention_bps=deed.given["customer_retention"],
            customer_retention_source=deed.given["customer_retention_source"],
            revenue_retention_bps=deed.given["revenue_retention"],
            revenue_retention_source=deed.given["revenue_retention_source"],
            actor=deed.actor,
            at=deed.at,
        )

    @policy_action(
        "invite", description=gettext_lazy("Invite to Elite"), applies=_may_invite
    )
    @ForEach(done=gettext_lazy("Invited; an owner of the partner answers."))
    def invite(self, review: EliteReview, deed: Deed) -> None:
        elite.invite_to_elite(
            review_id=review.pk, actor=deed.actor, at=deed.at, today=deed.today
        )

    @policy_action(
        "conclude",
        description=gettext_lazy("Decide whether Elite is kept…"),
        applies=_may_conclude,
    )
    @ForEach(
        ConclusionForm,
        title=gettext_lazy("Decide whether Elite is kept"),
        done=gettext_lazy("The review is concluded."),
    )
    def conclude(self, review: EliteReview, deed: Deed) -> None:
        elite.conclude_review(
            review_id=review.pk,
            keep=deed.given["decision"] == "keep",
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )

    @policy_action(
        "close", description=gettext_lazy("Close without inviting…"), applies=_may_close
    )
    @ForEach(
        ReasonForm,
        title=gettext_lazy("Close these reviews"),
        done=gettext_lazy("The review is closed."),
    )
    def close(self, review: EliteReview, deed: Deed) -> None:
        elite.close_review(
            review_id=review.pk,
            reason=deed.given["reason"],
            actor=deed.actor,
            at=deed.at,
            today=deed.today,
        )


# --- Written by services, to read -------------------------------------------------------


@admin.register(EliteAdmission)
class EliteAdmissionAdmin(LedgerAdmin[EliteAdmission]):
    """Who is admitted to Elite's numbers, and from which day on."""

    scope = OfPartner("partner")
    list_display = ("on", "partner", "admitted", "recorded_at")
    list_filter = ("admitted", ("partner", SelectedRelationFilter))
    list_select_related = ("partner",)
    search_fields = ("partner__name", "partner__ref")
    ordering = ("-on", "-pk")
    fields = ("partner", "on", "admitted", "recorded_at")
