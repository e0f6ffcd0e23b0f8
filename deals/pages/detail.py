"""The page of one deal: the record that both sides share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from deals.forms.sharing import DealForm
from deals.models import Deal, InvalidTransitionError, LineReduction
from deals.pages import deal_parts as parts
from deals.pages.request_parts import requests_part
from deals.pages.rights import seen_deal
from deals.receipts import lines_with_points, proof_fact
from deals.services import InvalidDayError, MotionError, ProofError
from deals.services.benefits import REGISTERING
from deals.services.sharing.requesting import BENEFITS, RequestError
from deals.services.sharing.writing import SharingError
from deals.tables import STAGE_TONES, DealLineTable, product_name
from deals.timeline import latest_comments, timeline_of
from outbox import clock
from partners.models import PointsEntry
from partners.permissions import VIEW, may_read, staff_may
from partners.receipts.benefits import benefits_available
from partners.selectors import Editions, published_editions
from program.money import Money
from ui.http import SignedInRequest, render_form
from ui.query import Query
from ui.tones import Tone

TEMPLATE: Final = "deals/deal_detail.html"

REFUSALS: Final = (
    SharingError,
    RequestError,
    MotionError,
    ProofError,
    InvalidDayError,
    InvalidTransitionError,
)
"""What the services of a deal say no with, each with a sentence for the person."""


@require_GET
def deal_detail(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Show one deal: where it stands, what it rests on, what both sides put there."""
    Query(request.GET, known=())
    return deal_page(request, seen_deal(request.user, deal_id))


def deal_page(
    request: SignedInRequest, deal: Deal, *, refused: DealForm | None = None
) -> HttpResponse:
    """Render the page; with a form that was refused where it stands, as 422."""
    forms = parts.Forms(refused)
    context = _context(request, deal, forms)
    if refused is None:
        return render(request, TEMPLATE, context)
    if not forms.is_placed:
        # The deal has moved on meanwhile, and the form is there no more.
        for errors in refused.errors.values():
            messages.error(request, str(errors[0]))
    return render_form(request, TEMPLATE, context, form=refused)


def acted(
    request: SignedInRequest,
    deal: Deal,
    act: Callable[[], object],
    *,
    done: str,
    part: str,
    form: DealForm | None = None,
) -> HttpResponse:
    """Run a service for somebody who may, and lead back to the `part` of the page.

    What is wrong with the form, or what the service says no with, stands at the form
    (422); an act without a form says it above the page.
    """
    if form is not None and not form.is_valid():
        return deal_page(request, deal, refused=form)
    try:
        act()
    except REFUSALS as error:
        if form is not None:
            form.add_error(None, str(error))
            return deal_page(
                request, seen_deal(request.user, deal.public_id), refused=form
            )
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(f"{reverse('deals:detail', args=[deal.public_id])}#{part}")


def _context(request: SignedInRequest, deal: Deal, forms: parts.Forms) -> dict[str, Any]:
    user, now = request.user, clock.now()
    today = clock.program_day(now)
    editions = published_editions()
    rulebook = editions.on(today).rulebook
    # Whoever looks as a partner sees what it sees, and does nothing.
    looking = getattr(request, "seen_by", None) is not None
    rights = parts.NO_RIGHTS if looking else parts.Rights.of(user)
    # What the rules of its lines read and what the table shows are the same rows.
    prefetch_related_objects([deal], Prefetch("lines", lines_with_points(on=today)))
    comments = latest_comments(deal, user=user)
    events, more_events = timeline_of(deal, user=user, comments=comments)
    benefits = benefits_available(
        deal.partner, {*REGISTERING, *BENEFITS.values()}, on=today, rulebook=rulebook
    )
    validity = parts.validity_part(
        deal, rights, on=today, rulebook=rulebook, benefits=benefits
    )
    people = parts.people_part(
        deal, user, rights, forms=forms, products=rulebook.products
    )
    proof = parts.proof_part(
        deal, user, rights, forms=forms, now=now, on=today, editions=editions
    )
    return {
        "deal": deal,
        "tone": STAGE_TONES.get(Deal.Stage(deal.stage), Tone.NEUTRAL),
        "rights": rights,
        "is_staff": user.is_staff,
        "back_office_url": reverse("admin:deals_deal_change", args=[deal.pk])
        if user.is_staff and not looking and staff_may(user, VIEW, Deal)
        else "",
        "today": today,
        "now": now,
        "events": events,
        "more_events": more_events,
        **_lines(request, deal, editions),
        **parts.work_part(deal, user, rights, forms=forms, on=today),
        **validity,
        **people,
        **parts.motion_part(deal, rights, forms=forms),
        **proof,
        **requests_part(
            deal,
            user,
            rights,
            forms=forms,
            now=now,
            on=today,
            rulebook=rulebook,
            benefits=benefits,
            assigned=[each for each, *_words in people["assignments"]],
        ),
        **parts.talk_part(deal, user, rights, forms=forms, comments=comments),
        "next": parts.next_part(
            deal,
            rights,
            proof=proof["proof_state"],
            asked=proof["open_link"] is not None,
            extendable=validity["may_extend"],
            on=today,
            rulebook=rulebook,
        ),
    }


def _lines(request: SignedInRequest, deal: Deal, editions: Editions) -> dict[str, Any]:
    """Return the lines with their points, what they were reduced by, and the proof."""
    today = clock.today()
    products = editions.on(today).rulebook.products
    proof = None
    if deal.closed_on and deal.won_edition_id:
        rulebook = editions.by_id(deal.won_edition_id).rulebook
        proof = proof_fact(deal.closed_on, deal.poi_on, rulebook=rulebook)
    return {
        "proof": proof,
        "table": DealLineTable(
            deal.lines.all(),
            on=today,
            editions=editions,
            receipts=may_read(request.user, PointsEntry),
        ).configure(request),
        "reductions": [
            (
                reduction,
                product_name(reduction.line, products),
                Money(reduction.mrr_minor, reduction.line.currency),
            )
            for reduction in _reductions(deal)
        ],
    }


def _reductions(deal: Deal) -> Iterable[LineReduction]:
    """Return what the lines were reduced by; only what is won can be."""
    if deal.stage != Deal.Stage.WON:
        return ()
    reductions = LineReduction.objects.filter(line__deal=deal).select_related("line")
    return reductions.order_by("on", "pk")
