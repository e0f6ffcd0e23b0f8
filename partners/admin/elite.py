"""Reviews for Elite: found by points or begun here, checked, invited, concluded."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
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
from partners.models import EliteReview
from partners.portfolio import (
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
    def review(
        self, request: HttpRequest, queryset: QuerySet[EliteReview]
    ) -> HttpResponse:
        form = self.ask(
            request, queryset, FindingsForm, name="review", title=_("Enter the findings")
        )
        if isinstance(form, HttpResponse):
            return form
        return self.perform(
            request,
            queryset,
            lambda review: elite.record_findings(
                review_id=review.pk,
                customer_retention_bps=form.bps("customer_retention"),
                customer_retention_source=form.cleaned_data["customer_retention_source"],
                revenue_retention_bps=form.bps("revenue_retention"),
                revenue_retention_source=form.cleaned_data["revenue_retention_source"],
                actor=actor_of(request),
                at=clock.now(),
            ),
            action="review",
            done=_("The findings are recorded; somebody else decides."),
            errors=(elite.EliteError,),
        )

    @policy_action(
        "invite", description=gettext_lazy("Invite to Elite"), applies=_may_invite
    )
    def invite(
        self, request: HttpRequest, queryset: QuerySet[EliteReview]
    ) -> HttpResponse:
        now = clock.now()
        return self.perform(
            request,
            queryset,
            lambda review: elite.invite_to_elite(
                review_id=review.pk,
                actor=actor_of(request),
                at=now,
                today=clock.program_day(now),
            ),
            action="invite",
            done=_("Invited; an owner of the partner answers."),
            errors=(elite.EliteError,),
        )

    @policy_action(
        "conclude",
        description=gettext_lazy("Decide whether Elite is kept…"),
        applies=_may_conclude,
    )
    def conclude(
        self, request: HttpRequest, queryset: QuerySet[EliteReview]
    ) -> HttpResponse:
        form = self.ask(
            request,
            queryset,
            ConclusionForm,
            name="conclude",
            title=_("Decide whether Elite is kept"),
        )
        if isinstance(form, HttpResponse):
            return form
        now = clock.now()
        return self.perform(
            request,
            queryset,
            lambda review: elite.conclude_review(
                review_id=review.pk,
                keep=form.cleaned_data["decision"] == "keep",
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=now,
                today=clock.program_day(now),
            ),
            action="conclude",
            done=_("The review is concluded."),
            errors=(elite.EliteError,),
        )

    @policy_action(
        "close", description=gettext_lazy("Close without inviting…"), applies=_may_close
    )
    def close(
        self, request: HttpRequest, queryset: QuerySet[EliteReview]
    ) -> HttpResponse:
        form = self.ask(
            request, queryset, ReasonForm, name="close", title=_("Close these reviews")
        )
        if isinstance(form, HttpResponse):
            return form
        now = clock.now()
        return self.perform(
            request,
            queryset,
            lambda review: elite.close_review(
                review_id=review.pk,
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=now,
                today=clock.program_day(now),
            ),
            action="close",
            done=_("The review is closed."),
            errors=(elite.EliteError,),
        )
