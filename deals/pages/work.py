"""/deals/<deal>/…: what people do on a shared deal. Each act is one service."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals import acts
from deals.forms.sharing import MemberForm
from deals.models import Deal, DealTeamMember, ProofRequest
from deals.pages.acting import posted
from deals.pages.detail import acted
from deals.pages.rights import seen_deal
from deals.services.sharing.teams import leave_team
from outbox import clock
from partners.models import User
from ui.http import SignedInRequest


def _link(user: User, deal: Deal, link_id: UUID) -> ProofRequest:
    links = ProofRequest.objects.visible_to(user).filter(deal=deal)
    return get_object_or_404(links, public_id=link_id)


comment = posted(acts.COMMENT, part="comments")
change = posted(acts.CHANGE, part="work")
team_join = posted(acts.JOIN, part="people")
motion_confirm = posted(acts.CONFIRM_MOTION, part="motion")
motion_contest = posted(acts.CONTEST_MOTION, part="motion")
motion_decide = posted(acts.DECIDE_MOTION, part="motion")
proof_ask = posted(acts.ASK_FOR_PROOF, part="proof")
proof_withdraw = posted(acts.WITHDRAW_PROOF_LINK, part="proof", find=_link)
proof_record = posted(acts.RECORD_PROOF, part="proof")
lose = posted(acts.LOSE, part="main")
withdraw = posted(acts.WITHDRAW, part="main")
extend = posted(acts.EXTEND, part="validity")


@require_POST
def team_leave(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Take somebody off the team, or leave it: everybody may leave."""
    deal = seen_deal(request.user, deal_id)
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
