"""/commissions/: the next payment in one line, the sums, and all schedules."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from commissions.listings import schedule_table
from commissions.models import Dispute, Schedule
from commissions.pages.rights import WHOSE, NobodysError, company_read, whose_query
from commissions.permissions import acts
from commissions.selectors.blockers import blockers_of
from commissions.selectors.losses import losses_ahead
from commissions.selectors.months import earned_by_currency
from commissions.selectors.overview import overview_of
from outbox import clock
from partners.listings import ListTools
from partners.selectors import published_editions
from ui.http import SignedInRequest, wants_fragment


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
        "overview": overview_of(partner, on=today, editions=editions),
        "blockers": blockers_of(partner, today),
        "losses": losses_ahead(partner, today),
        "disputes": Dispute.objects.visible_to(user)
        .filter(partner=partner, state=Dispute.State.OPEN)
        .count(),
        "may_act": acts(user),
    }
    return render(request, "commissions/commission_list.html", context)
