"""What partners ask of us for a deal: answered, and waivers revoked (R48, R87-R90)."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Case, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals import acts
from deals.admin.promises import time_left
from deals.admin.scopes import OfDeal
from deals.forms.sharing import AnswerForm, ReplyForm
from deals.models import DealRequest
from deals.services.sharing import requesting
from deals.shared_facts import CONDITIONS
from partners.portfolio import (
    Deed,
    ForEach,
    PortfolioAdmin,
    SelectedRelationFilter,
    policy_action,
)
from partners.portfolio.display import NOTHING, page_link

State = DealRequest.State

_OPEN_FIRST = Case(When(state=State.OPEN, then=0), default=1).asc()


def _is_open(request: DealRequest) -> bool:
    return request.state == State.OPEN


def _may_be_revoked(request: DealRequest) -> bool:
    return request.kind == DealRequest.Kind.WAIVER and request.state == State.APPROVED


def _approval_outcome(request: DealRequest, deed: Deed) -> str:
    """Say what a waiver lacks, and what an approval brings about besides."""
    if request.state != State.OPEN:
        raise requesting.RequestError(_("The request is not open any more."))
    if request.kind == DealRequest.Kind.ENGINEER:
        return _("a solutions engineer is assigned")
    if request.kind != DealRequest.Kind.WAIVER:
        return request.text
    met = requesting.company_conditions(request.deal, on=deed.today)
    met[requesting.Condition.CONSENT] = request.client_agrees
    missing = [str(CONDITIONS[each]) for each, is_met in met.items() if not is_met]
    if not missing:
        return _("the conditions of a waiver are met")
    return _("not met: %(conditions)s") % {"conditions": " ".join(missing)}


@admin.register(DealRequest)
class DealRequestAdmin(PortfolioAdmin[DealRequest]):
    """Requests on deals, the oldest promise first."""

    scope = OfDeal("deal")
    refusals = (requesting.RequestError,)
    list_display = ("deal", "partner_name", "kind", "state", "due_at", "left")
    list_filter = (
        "state",
        "kind",
        ("deal__partner", SelectedRelationFilter),
        ("deal", SelectedRelationFilter),
    )
    list_select_related = ("deal__partner",)
    search_fields = (
        *("deal__name", "deal__ref", "deal__partner__name", "deal__partner__ref"),
    )
    search_help_text = gettext_lazy("A deal, or the name or reference of a partner")
    ordering = (_OPEN_FIRST, "due_at", "pk")
    fields = (
        *("deal_page", "partner_page", "kind", "state", "text", "hours", "from_on"),
        *("until_on", "client_agrees", "asker", "asked_at", "due_at", "decider"),
        *("decided_at", "answer", "revoker", "revoked_at", "revocation"),
    )
    actions = ("approve", "refuse", "revoke")

    @admin.display(description=gettext_lazy("partner"), ordering="deal__partner__name")
    def partner_name(self, request: DealRequest) -> str:
        return request.deal.partner.name

    @admin.display(description=gettext_lazy("time left"))
    def left(self, request: DealRequest) -> str:
        if request.state != State.OPEN:
            return NOTHING
        return time_left(request.due_at)

    @admin.display(description=gettext_lazy("deal"))
    def deal_page(self, request: DealRequest) -> str:
        return page_link(request.deal)

    @admin.display(description=gettext_lazy("partner"))
    def partner_page(self, request: DealRequest) -> str:
        return page_link(request.deal.partner)

    @admin.display(description=gettext_lazy("asked by"))
    def asker(self, request: DealRequest) -> str:
        return str(request.asked_by)

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, request: DealRequest) -> str:
        return str(request.decided_by or NOTHING)

    @admin.display(description=gettext_lazy("revoked by"))
    def revoker(self, request: DealRequest) -> str:
        return str(request.revoked_by or NOTHING)

    @policy_action("approve", description=gettext_lazy("Approve…"), applies=_is_open)
    @ForEach(
        ReplyForm,
        title=gettext_lazy("Approve the requests"),
        preview=_approval_outcome,
        done=gettext_lazy("Approved; the partner was told."),
    )
    def approve(self, request: DealRequest, deed: Deed) -> None:
        self._answer(request, deed, AnswerForm.APPROVE)

    @policy_action("refuse", description=gettext_lazy("Refuse…"), applies=_is_open)
    @ForEach(
        ReplyForm,
        title=gettext_lazy("Refuse the requests"),
        done=gettext_lazy("Refused; the partner was told."),
    )
    def refuse(self, request: DealRequest, deed: Deed) -> None:
        self._answer(request, deed, AnswerForm.REFUSE)

    @policy_action("revoke", description=gettext_lazy("Revoke…"), applies=_may_be_revoked)
    @acts.REVOKE_WAIVER.for_each()
    def revoke(self, request: DealRequest, deed: Deed) -> None:
        acts.REVOKE_WAIVER(request, deed.given, actor=deed.actor, at=deed.at)

    def _answer(self, request: DealRequest, deed: Deed, outcome: str) -> None:
        given = {"outcome": outcome, **deed.given}
        acts.ANSWER_REQUEST(request, given, actor=deed.actor, at=deed.at)
