"""/tier/: where a tier stands, what happened to it, and what an owner may say."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from outbox import clock
from partners.forms import AnswerForm, AppealForm, TimelineFilterForm
from partners.models import (
    EliteReview,
    Partner,
    Role,
    TierAppeal,
    TierChoice,
    User,
)
from partners.receipts import addresses
from partners.receipts.timeline import Event, EventKind, timeline
from partners.selectors import edition_on, override_on
from partners.services.exports import record_export
from partners.services.standings import credited_tiers
from partners.services.tiers.appeals import AppealError, appeal_window, file_appeal
from partners.services.tiers.elite import EliteError, answer_invitation
from partners.services.tiers.rehearsal import rehearse_evaluation
from partners.tables import TimelineTable
from program.calendar import add_months
from program.rulebook import Tier
from program.tiers import last_protected_day
from ui.csv import csv_response
from ui.doors import limited
from ui.http import SignedInRequest, absolute_url, render_form, wants_fragment
from ui.query import BadQueryError

YEAR = 12


@require_GET
@vary_on_headers("HX-Target")
def tier(request: SignedInRequest) -> HttpResponse:
    """Show the tier of the person's company and its history; htmx gets the table alone.

    Staff have no company: they are sent to the back office.
    """
    if request.user.is_staff:
        return redirect("admin:index")
    today = clock.today()
    partner = _own_company(request.user)
    history, filter_form, table = _history(request, partner, today)
    if wants_fragment(request, "timeline"):
        context = {"table": table, "filter_form": filter_form, "fragment": True}
        return render(request, "partners/tier.html#timeline", context)
    context = _context(request.user, partner, today)
    context |= {"table": table, "filter_form": filter_form, "history": history}
    return render(request, "partners/tier.html", {**context, "form": AppealForm()})


@require_GET
@limited("export")
def tier_csv(request: SignedInRequest) -> HttpResponseBase:
    """Download exactly the events shown, in the same order.

    A value the form cannot read is refused (400): a file with everything would look like
    the part that was asked for.
    """
    if request.user.is_staff:
        return redirect("admin:index")
    today = clock.today()
    partner = _own_company(request.user)
    events, filter_form, _table = _history(request, partner, today)
    repeated = any(len(values) > 1 for _name, values in request.GET.lists())
    if filter_form.errors or repeated:
        raise BadQueryError(_("A parameter of the address cannot be read."))
    record_export(
        "partners.tier",
        # Whoever looks as a partner takes the file as themselves.
        actor=getattr(request, "seen_by", None) or request.user,
        at=clock.now(),
        partner_id=partner.pk,
        filters={"query": request.GET.urlencode(), "format": "csv"},
        seen_as=getattr(request, "seen_partner", None),
    )
    host = absolute_url(request, "/").rstrip("/")
    kinds, tiers = dict(EventKind.choices), dict(TierChoice.choices)
    header = (_("Day"), _("What"), _("What happened"), _("Tier"), _("Why"), _("Receipt"))
    rows = (
        (
            event.on,
            kinds[event.kind],
            event.what,
            tiers[TierChoice(event.tier)],
            event.why,
            f"{host}{event.url}",
        )
        for event in events
    )
    return csv_response(filename=f"tier-{today}.csv", header=header, rows=rows)


@require_POST
def appeal(request: SignedInRequest) -> HttpResponse:
    """Make an appeal; 422 with the page for one that cannot be made."""
    partner = _owned(request.user)
    now = clock.now()
    today = clock.program_day(now)
    form = AppealForm(request.POST)
    if form.is_valid():
        try:
            file_appeal(
                partner_id=partner.pk,
                text=form.cleaned_data["text"],
                actor=request.user,
                at=now,
                today=today,
            )
        except AppealError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Your appeal was made; you will be told the decision.")
            )
            return redirect("partners:tier")
    context = _context(request.user, partner, today)
    return render_form(request, "partners/tier_appeal.html", context, form=form)


@require_POST
def elite_answer(request: SignedInRequest, review_id: UUID) -> HttpResponse:
    """Accept or decline the invitation to Elite; a foreign one is not there."""
    partner = _owned(request.user)
    review = get_object_or_404(
        EliteReview.objects.visible_to(request.user),
        partner=partner,
        public_id=review_id,
        invited_on__isnull=False,
    )
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say whether you accept or decline."))
        return redirect("partners:tier")
    now = clock.now()
    accept = form.cleaned_data["answer"] == "accept"
    try:
        answer_invitation(
            review_id=review.pk,
            accept=accept,
            actor=request.user,
            at=now,
            today=clock.program_day(now),
        )
    except EliteError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("You are Elite.") if accept else _("You declined the invitation."),
        )
    return redirect("partners:tier")


def _own_company(user: User) -> Partner:
    """Return the account's company; 404 for an account without one."""
    if user.partner is None:
        raise Http404
    return user.partner


def _owned(user: User) -> Partner:
    """Return the company an owner acts for; others of it are refused."""
    partner = _own_company(user)
    if user.person is None or user.person.role != Role.OWNER:
        raise PermissionDenied
    return partner


def _history(
    request: SignedInRequest, partner: Partner, today: date
) -> tuple[list[Event], TimelineFilterForm, TimelineTable]:
    """Return the events the address asks for, and the table of them."""
    filter_form = TimelineFilterForm(request.GET)
    since = None if filter_form.reaches_back else add_months(today, -YEAR)
    events = timeline(partner, user=request.user, since=since)
    if kind := filter_form.cleaned.get("kind"):
        events = [event for event in events if event.kind == kind]
    table = TimelineTable(events, filtered="kind" in filter_form.cleaned)
    table.configure(request, known=filter_form.names)
    return events, filter_form, table


def _context(user: User, partner: Partner, today: date) -> dict[str, Any]:
    """Return what the top of the page shows: the tier, its protection, what is open."""
    edition = edition_on(today)
    held = credited_tiers(partner_ids=[partner.pk], on=today).get(partner.pk)
    credited, since = held or (Tier.NONE, None)
    protected = None
    if since is not None and credited is not Tier.NONE:
        last = last_protected_day(credited_on=since, rulebook=edition.rulebook)
        protected = last if last >= today else None
    return {
        "partner": partner,
        "credited": credited,
        "since": since,
        "protected_until": protected,
        "credited_url": addresses.credited_tier_url(partner, today),
        "override": override_on(partner.pk, today),
        "invitation": EliteReview.objects.visible_to(user)
        .filter(partner=partner, state=EliteReview.State.INVITED)
        .first(),
        "appeals": TierAppeal.objects.visible_to(user)
        .filter(partner=partner, state=TierAppeal.State.OPEN)
        .select_related("filed_by", "waiting")
        .order_by("evaluation_on"),
        "is_owner": user.person is not None and user.person.role == Role.OWNER,
        "threat": _threat(partner, credited, today),
        "rules": edition.rulebook.tiers,
        "evaluation_on": edition.rulebook.calendar.next_evaluation(today),
        "today": today,
        "edition": edition.code,
    }


def _threat(partner: Partner, credited: Tier, today: date) -> dict[str, Any] | None:
    """Return the demotion that may be appealed against today, None if there is none."""
    evaluation_on = appeal_window(today)
    if evaluation_on is None or credited is Tier.NONE:
        return None
    decision = rehearse_evaluation(
        partner=partner, evaluation_on=evaluation_on, today=today, at=clock.now()
    )
    if decision is None or decision.tier >= credited:
        return None
    appealed = partner.tier_appeals.filter(evaluation_on=evaluation_on).exists()
    return {"on": evaluation_on, "tier": decision.tier, "appealed": appealed}
