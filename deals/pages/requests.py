"""/deals/<deal>/requests/…: what a partner asks of the vendor, and the answers."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals import acts
from deals.forms.sharing import request_form
from deals.models import Deal, DealRequest
from deals.pages.acting import posted
from deals.pages.detail import acted
from deals.pages.rights import deal_to
from deals.permissions import has_role
from deals.services.sharing import requesting
from outbox import clock
from partners.models import User
from ui.doors import spend
from ui.http import SignedInRequest


@require_POST
def ask(request: SignedInRequest, deal_id: UUID, kind: str) -> HttpResponse:
    """Ask the vendor for something on the deal."""
    deal = deal_to(has_role, request.user, deal_id)
    if kind not in DealRequest.Kind.values:
        raise Http404
    spend(request, "deal_request")
    form, now = request_form(kind, request.POST), clock.now()
    return acted(
        request,
        deal,
        lambda: requesting.ask(
            deal_id=deal.pk,
            kind=kind,
            text=form.cleaned_data["text"],
            plan=form.plan,
            actor=request.user,
            at=now,
            today=clock.program_day(now),
        ),
        done=_("The vendor was asked."),
        part="requests",
        form=form,
    )


def _request(user: User, deal: Deal, request_id: UUID) -> DealRequest:
    requests = DealRequest.objects.visible_to(user).filter(deal=deal)
    return get_object_or_404(requests, public_id=request_id)


withdraw = posted(acts.WITHDRAW_REQUEST, part="requests", find=_request)
answer = posted(acts.ANSWER_REQUEST, part="requests", find=_request)
revoke = posted(acts.REVOKE_WAIVER, part="requests", find=_request)
