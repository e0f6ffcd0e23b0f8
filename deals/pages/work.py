"""/deals/<deal>/…: what people do on a shared deal. Each act is one service.

Whoever does not see the deal finds nothing (404), whoever may not act is told so (403),
and only then is anything read of what was sent.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals import services
from deals.forms.sharing import (
    AskProofForm,
    CommentForm,
    ContestForm,
    DecideMotionForm,
    FieldsForm,
    LoseForm,
    MemberForm,
    RecordProofForm,
    TeamForm,
    WithdrawForm,
)
from deals.models import DealTeamMember, ProofRequest
from deals.pages.detail import acted
from deals.pages.rights import (
    deal_to,
    has_role,
    may_add,
    may_work,
    works_for_vendor,
)
from deals.services.sharing import add_comment, change_deal
from deals.services.teams import join_team, leave_team
from outbox import clock
from program.deal_life import Actor
from ui.doors import spend
from ui.http import SignedInRequest


@require_POST
def comment(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Comment on the deal; staff may keep it among themselves."""
    deal = deal_to(may_add, request.user, deal_id)
    spend(request, "comment")
    form = CommentForm(request.POST, user=request.user)
    return acted(
        request,
        deal,
        lambda: add_comment(
            deal_id=deal.pk,
            text=form.cleaned_data["text"],
            internal=form.cleaned_data.get("internal", False),
            actor=request.user,
            at=clock.now(),
        ),
        done=_("Your comment stands on the deal."),
        part="comments",
        form=form,
    )


@require_POST
def change(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Change the fields of the deal that are the person's to change."""
    deal = deal_to(may_work, request.user, deal_id)
    form = FieldsForm(request.POST, deal=deal, user=request.user)
    return acted(
        request,
        deal,
        lambda: change_deal(
            deal_id=deal.pk,
            values=form.cleaned_data,
            actor=request.user,
            at=clock.now(),
        ),
        done=_("The deal is saved."),
        part="work",
        form=form,
    )


# --- The team -------------------------------------------------------------------------


@require_POST
def team_join(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Put somebody of the own side on the team."""
    deal = deal_to(may_work, request.user, deal_id)
    form = TeamForm(request.POST, deal=deal, user=request.user)
    return acted(
        request,
        deal,
        lambda: join_team(
            deal_id=deal.pk,
            user_id=form.cleaned_data["user"].pk,
            actor=request.user,
            at=clock.now(),
        ),
        done=_("They follow the deal from now on."),
        part="people",
        form=form,
    )


@require_POST
def team_leave(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Take somebody off the team, or leave it."""
    deal = deal_to(lambda _user: True, request.user, deal_id)
    form = MemberForm(request.POST)
    if not form.is_valid():
        raise Http404
    member = get_object_or_404(
        DealTeamMember.objects.filter(deal=deal), pk=form.cleaned_data["member"]
    )
    return acted(
        request,
        deal,
        lambda: leave_team(member_id=member.pk, actor=request.user, at=clock.now()),
        done=_("They follow the deal no longer."),
        part="people",
    )


# --- Motion ---------------------------------------------------------------------------


@require_POST
def motion_confirm(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Agree with the motion that was proposed."""
    deal = deal_to(has_role, request.user, deal_id)
    return acted(
        request,
        deal,
        lambda: services.confirm_motion(
            deal_id=deal.pk, actor=request.user, at=clock.now()
        ),
        done=_("The motion is confirmed."),
        part="motion",
    )


@require_POST
def motion_contest(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Say that it is the other motion; the vendor decides."""
    deal = deal_to(has_role, request.user, deal_id)
    form = ContestForm(request.POST)
    return acted(
        request,
        deal,
        lambda: services.contest_motion(
            deal_id=deal.pk,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            at=clock.now(),
        ),
        done=_("The vendor was told and decides; the deal cannot be won before."),
        part="motion",
        form=form,
    )


@require_POST
def motion_decide(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Decide, for the vendor, whether the deal is sourced or assisted."""
    deal = deal_to(works_for_vendor, request.user, deal_id)
    form = DecideMotionForm(request.POST)
    return acted(
        request,
        deal,
        lambda: services.decide_motion(
            deal_id=deal.pk,
            motion=form.cleaned_data["motion"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            at=clock.now(),
        ),
        done=_("The motion is decided; the partner was told."),
        part="motion",
        form=form,
    )


# --- Proof ----------------------------------------------------------------------------


@require_POST
def proof_ask(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Send the client a link with which it says that the partner is involved."""
    deal = deal_to(may_work, request.user, deal_id)
    spend(request, "proof_ask")
    form = AskProofForm(request.POST)
    return acted(
        request,
        deal,
        lambda: services.ask_for_proof(
            deal_id=deal.pk, **form.cleaned_data, actor=request.user, at=clock.now()
        ),
        done=_("The link is on its way to the client."),
        part="proof",
        form=form,
    )


@require_POST
def proof_withdraw(
    request: SignedInRequest, deal_id: UUID, link_id: UUID
) -> HttpResponse:
    """Make a link good no more."""
    deal = deal_to(may_work, request.user, deal_id)
    links = ProofRequest.objects.visible_to(request.user).filter(deal=deal)
    link = get_object_or_404(links, public_id=link_id)
    return acted(
        request,
        deal,
        lambda: services.withdraw_proof_request(
            request_id=link.pk, actor=request.user, at=clock.now()
        ),
        done=_("The link is good no more."),
        part="proof",
    )


@require_POST
def proof_record(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Record a proof that the vendor holds (R45)."""
    deal = deal_to(works_for_vendor, request.user, deal_id)
    form = RecordProofForm(request.POST, deal=deal, user=request.user)
    return acted(
        request,
        deal,
        lambda: services.add_proof(
            deal_id=deal.pk, **form.cleaned_data, actor=request.user, at=clock.now()
        ),
        done=_("The proof is recorded."),
        part="proof",
        form=form,
    )


# --- The end, and its delay -----------------------------------------------------------


@require_POST
def lose(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Record that the deal is lost, and why."""
    deal = deal_to(has_role, request.user, deal_id)
    form, now = LoseForm(request.POST), clock.now()
    return acted(
        request,
        deal,
        lambda: services.lose_deal(
            deal_id=deal.pk,
            closed_on=clock.program_day(now),
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
            actor=request.user,
            at=now,
            by=Actor.PARTNER,
        ),
        done=_("The deal is lost. Its history stays."),
        part="main",
        form=form,
    )


@require_POST
def withdraw(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Give the deal up: the prospect is free for others."""
    deal = deal_to(has_role, request.user, deal_id)
    form, now = WithdrawForm(request.POST), clock.now()
    return acted(
        request,
        deal,
        lambda: services.withdraw_deal(
            deal_id=deal.pk,
            on=clock.program_day(now),
            note=form.cleaned_data["note"],
            actor=request.user,
            at=now,
        ),
        done=_("The deal is withdrawn."),
        part="main",
        form=form,
    )


@require_POST
def extend(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Extend the registration by its validity, once."""
    deal = deal_to(has_role, request.user, deal_id)
    now = clock.now()
    return acted(
        request,
        deal,
        lambda: services.extend_deal(
            deal_id=deal.pk, on=clock.program_day(now), actor=request.user, at=now
        ),
        done=_("The registration is extended."),
        part="validity",
    )
