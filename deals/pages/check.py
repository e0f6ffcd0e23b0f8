"""/deals/check/: is a prospect free? And keeping one that is for a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from deals.forms.checks import PROBLEMS, CheckForm, HoldForm
from deals.forms.registration_words import ANSWER_TONES, ANSWERS
from deals.models import DomainCheck, DomainHold
from deals.pages.receipts import decision_receipt
from deals.pages.rights import company_acted_for
from deals.permissions import has_role
from deals.services.benefits import why_nothing_new
from deals.services.registrations.checking import (
    Checked,
    HoldError,
    TooManyChecksError,
    check,
    end_hold,
    hold_domain,
)
from outbox import clock
from partners.models import Partner, User
from program.domains import readable
from ui.doors import TooManyTriesError, spend
from ui.http import SignedInRequest, render_form, sent
from ui.query import Query

LAST_ANSWERS = 5


@require_http_methods(["GET", "POST"])
def check_prospect(request: SignedInRequest) -> HttpResponse:
    """Ask for a domain or a company; by POST answer, and keep that it was asked."""
    company = company_acted_for(request.user)
    Query(request.GET, known=())
    form = CheckForm(sent(request))
    now = clock.now()
    checked = None
    if form.is_valid():
        spend(request, "check")
        checked = _check(
            company,
            form.cleaned_data["asked"],
            country=form.cleaned_data["country"],
            actor=request.user,
            at=now,
        )
    why_not = why_nothing_new(company, on=clock.program_day(now))
    asked = DomainCheck.objects.visible_to(request.user).order_by("-at", "-pk")
    holds = DomainHold.objects.visible_to(request.user).running_at(now)
    context = {
        "checked": checked,
        "answer": _answer(checked, country=form.cleaned_data["country"])
        if checked
        else None,
        "why_not": why_not,
        "hours": settings.DOMAIN_HOLD_HOURS,
        "may_hold": bool(checked and _may_hold(checked)) and not why_not,
        "holds": holds.select_related("domain").order_by("until_at"),
        "asked": asked[:LAST_ANSWERS],
        "today": clock.program_day(now),
    }
    return render_form(request, "deals/check.html", context, form=form)


@require_POST
def hold(request: SignedInRequest) -> HttpResponse:
    """Keep a free domain for a while; the answer is the receipt."""
    company = company_acted_for(request.user)
    Query(request.GET, known=())
    form = HoldForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Only the domain of a company can be held."))
        return redirect("deals:check")
    spend(request, "check")
    now = clock.now()
    domain, today = form.cleaned_data["domain"], clock.program_day(now)
    # Whether a hold is refused is an answer, too: counted and kept as every other one.
    _check(company, domain, country="", actor=request.user, at=now)
    try:
        held = hold_domain(
            partner_id=company.pk, domain=domain, actor=request.user, at=now, today=today
        )
    except HoldError as error:
        messages.error(request, str(error))
        return redirect("deals:check")
    return redirect("deals:hold_receipt", hold_id=held.public_id)


@require_GET
def hold_receipt(request: SignedInRequest, hold_id: UUID) -> HttpResponse:
    """Show what is held, for whom, from when until when."""
    Query(request.GET, known=())
    held = _hold(request, hold_id)
    context = {
        "hold": held,
        "domain": readable(held.domain.name),
        "is_running": _is_running(held, clock.now()),
        "may_act": has_role(request.user),
        "hours": (held.until_at - held.from_at) // timedelta(hours=1),
        **decision_receipt(
            request,
            held.partner,
            page=held.number,
            on=clock.program_day(held.from_at),
        ),
    }
    return render(request, "deals/hold_receipt.html", context)


@require_POST
def hold_end(request: SignedInRequest, hold_id: UUID) -> HttpResponse:
    """Give up what is held before its time."""
    company_acted_for(request.user)
    held = _hold(request, hold_id)
    try:
        end_hold(hold_id=held.pk, actor=request.user, at=clock.now())
    except HoldError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The domain is free for everybody again."))
    return redirect("deals:check")


def _check(
    company: Partner, text: str, *, country: str, actor: User, at: datetime
) -> Checked:
    """Answer, or say with 429 when the person or the company may ask again."""
    try:
        return check(
            partner_id=company.pk,
            text=text,
            country=country,
            actor=actor,
            at=at,
            today=clock.program_day(at),
        )
    except TooManyChecksError as error:
        wait = (error.again_at - at).total_seconds()
        raise TooManyTriesError(max(1, round(wait))) from None


def _hold(request: SignedInRequest, hold_id: UUID) -> DomainHold:
    holds = DomainHold.objects.visible_to(request.user)
    return get_object_or_404(
        holds.select_related("domain", "partner__pdm", "held_by"), public_id=hold_id
    )


def _is_running(held: DomainHold, now: datetime) -> bool:
    return held.ended_at is None and held.until_at > now


def _may_hold(checked: Checked) -> bool:
    return checked.row.answer == DomainCheck.Answer.FREE and bool(checked.row.domain)


def _answer(checked: Checked, *, country: str) -> dict[str, object]:
    """Return what an answer says, in which tone, and where it is registered from here."""
    row = checked.row
    known = {"domain": row.domain} if row.domain else {"company": row.asked}
    if country:
        known["country"] = country
    return {
        "label": row.get_answer_display(),
        "text": PROBLEMS[checked.problem] if checked.problem else ANSWERS[row.answer],
        "tone": ANSWER_TONES[row.answer],
        "until": row.until_on,
        "about": readable(row.domain) if row.domain else row.asked,
        "domain": row.domain,
        "register_url": ""
        if row.answer == DomainCheck.Answer.UNUSABLE
        else f"{reverse('deals:register')}?{urlencode(known)}",
    }
