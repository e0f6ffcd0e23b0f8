"""/commissions/: the next payment in one line, the sums, and all schedules.

The next payment also has an address of its own, from which home takes it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from commissions.listings import schedule_table
from commissions.models import Dispute, Schedule
from commissions.pages.rights import WHOSE, NobodysError, company_read, whose_query
from commissions.permissions import acts
from commissions.selectors.blockers import ABOUT_PAPERS, blockers_of
from commissions.selectors.losses import losses_ahead
from commissions.selectors.months import earned_by_currency
from commissions.selectors.overview import Overview, overview_of
from outbox import clock
from partners.listings import ListTools
from partners.models import Partner
from partners.selectors import Editions, published_editions
from ui.http import SignedInRequest, wants_fragment
from ui.query import Query

NEXT_PAYMENT = "next-payment"
"""The element of home in which the next payment stands."""


@require_GET
@vary_on_headers("HX-Target")
def commission_list(request: SignedInRequest) -> HttpResponse:
    """Show a partner's money; htmx gets the table alone, from the same URL.

    Staff say whose: without that they are sent to the back office.
    """
    user = request.user
    try:
        partner = company_read(user, request.GET)
    except NobodysError:
        return redirect("admin:index")
    tools = ListTools(request, "commissions")
    if tools.default_url:
        return redirect(tools.default_url)
    today = clock.today()
    editions = published_editions()
    filter_form, table = schedule_table(
        request.GET, user=user, partner=partner, on=today, editions=editions
    )
    mine = Schedule.objects.visible_to(user).filter(partner=partner)
    narrowed = filter_form.narrow(mine, on=today)
    known = {*filter_form.names, WHOSE} if user.is_staff else filter_form.names
    table.sums = {"earned": earned_by_currency(narrowed, until=today)}
    table.keeps = [(WHOSE, str(partner.public_id))] if user.is_staff else []
    table.configure(request, known=known)
    fragment = wants_fragment(request, "schedule-table")
    context: dict[str, Any] = {
        "filter_form": filter_form,
        "filter_keeps": table.keeps,
        "table": table,
        "tools": tools,
        "today": today,
        "fragment": fragment,
        "whose": whose_query(user, partner),
        "partner": partner,
        "never": mine.filter(last_month__lt=F("first_month")).count()
        if "state" not in filter_form.cleaned
        else 0,
    }
    if fragment:
        return render(request, "commissions/commission_list.html#schedule-table", context)
    context |= {
        **_paid_next(partner, today=today, editions=editions, whose=context["whose"]),
        "losses": losses_ahead(partner, today),
        "disputes": Dispute.objects.visible_to(user)
        .filter(partner=partner)
        .undecided()
        .count(),
        "may_act": acts(user),
    }
    return render(request, "commissions/commission_list.html", context)


@require_GET
@vary_on_headers("HX-Target")
def next_payment(request: SignedInRequest) -> HttpResponse:
    """Show the next payment: amount, day, what keeps it back; htmx gets it for home."""
    user = request.user
    try:
        partner = company_read(user, request.GET)
    except NobodysError:
        return redirect("admin:index")
    Query(request.GET, known={WHOSE} if user.is_staff else ())
    today = clock.today()
    whose = whose_query(user, partner)
    context = {
        **_paid_next(partner, today=today, editions=published_editions(), whose=whose),
        "blockers_url": f"{reverse('commissions:list')}{whose}#blockers",
        "partner": partner,
        "today": today,
        "whose": whose,
    }
    template = "commissions/next_payment.html"
    if wants_fragment(request, NEXT_PAYMENT):
        template += f"#{NEXT_PAYMENT}"
    return render(request, template, context)


def _paid_next(
    partner: Partner, *, today: date, editions: Editions, whose: str
) -> dict[str, Any]:
    """Return what the line about the next payment says."""
    overview = overview_of(partner, on=today, editions=editions)
    blockers = blockers_of(partner, today)
    return {
        "overview": overview,
        "blockers": blockers,
        "lacks_papers": any(one.code in ABOUT_PAPERS for one in blockers),
        "receipt_url": _receipt_url(overview, whose=whose),
    }


def _receipt_url(overview: Overview, *, whose: str) -> str:
    """Return where the next payment is worked out: its statement, or what waits."""
    paying = overview.under_way
    statement = paying.statement if paying else overview.last
    if statement is None or overview.is_estimate:
        return f"{reverse('commissions:waiting')}{whose}"
    return reverse("commissions:statement", args=[statement.public_id])
