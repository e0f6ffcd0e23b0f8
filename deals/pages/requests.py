"""/deals/<deal>/requests/…: what a partner asks of the vendor, and the answers."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals.forms.sharing import AnswerForm, RevokeForm, request_form
from deals.models import Deal, DealRequest
from deals.pages.detail import acted
from deals.pages.rights import deal_to, has_role, works_for_vendor
from deals.services import requesting
from outbox import clock
from partners.models import User
from ui.http import SignedInRequest


@require_POST
def ask(request: SignedInRequest, deal_id: UUID, kind: str) -> HttpResponse:
    """Ask the vendor for something on the deal."""
    deal = deal_to(has_role, request.user, deal_id)
    if kind not in DealRequest.Kind.values:
        raise Http404
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


@require_POST
def withdraw(request: SignedInRequest, deal_id: UUID, request_id: UUID) -> HttpResponse:
    """Take a request back."""
    deal = deal_to(has_role, request.user, deal_id)
    asked = _request(request.user, deal, request_id)
    return acted(
        request,
        deal,
        lambda: requesting.withdraw(
            request_id=asked.pk, actor=request.user, at=clock.now()
        ),
        done=_("The request is withdrawn."),
        part="requests",
    )


@require_POST
def answer(request: SignedInRequest, deal_id: UUID, request_id: UUID) -> HttpResponse:
    """Approve a request, or refuse it, for the vendor."""
    deal = deal_to(works_for_vendor, request.user, deal_id)
    asked = _request(request.user, deal, request_id)
    form, now = AnswerForm(request.POST, request=asked), clock.now()
    return acted(
        request,
        deal,
        lambda: requesting.decide(
            request_id=asked.pk,
            approve=form.cleaned_data["outcome"] == "approve",
            answer=form.cleaned_data["answer"],
            actor=request.user,
            at=now,
            today=clock.program_day(now),
        ),
        done=_("The partner was told."),
        part="requests",
        form=form,
    )


@require_POST
def revoke(request: SignedInRequest, deal_id: UUID, request_id: UUID) -> HttpResponse:
    """Revoke a waiver, for the vendor."""
    deal = deal_to(works_for_vendor, request.user, deal_id)
    asked = _request(request.user, deal, request_id)
    form = RevokeForm(request.POST, request=asked)
    return acted(
        request,
        deal,
        lambda: requesting.revoke(
            request_id=asked.pk,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            at=clock.now(),
        ),
        done=_("The waiver is revoked; the partner was told."),
        part="requests",
        form=form,
    )


def _request(user: User, deal: Deal, request_id: UUID) -> DealRequest:
    requests = DealRequest.objects.visible_to(user).filter(deal=deal)
    return get_object_or_404(requests, public_id=request_id)
