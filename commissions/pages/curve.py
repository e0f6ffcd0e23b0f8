"""/commissions/ahead/: what is secured for three years, and when deals run out."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from commissions.models import Schedule
from commissions.pages.rights import WHOSE, NobodysError, company_read, whose_query
from commissions.receipts.curve import curve_of
from outbox import clock
from partners.selectors import published_editions
from program.payout import month_end
from ui import formats
from ui.http import SignedInRequest
from ui.query import Query


@require_GET
def curve(request: SignedInRequest) -> HttpResponse:
    """Show the next 36 months by currency, as a picture and as a table."""
    user = request.user
    try:
        partner = company_read(user, request.GET)
    except NobodysError:
        return redirect("admin:index")
    Query(request.GET, known={WHOSE} if user.is_staff else ())
    today = clock.today()
    mine = Schedule.objects.visible_to(user).filter(partner=partner)
    found = curve_of(mine, on=today)
    listed = reverse("commissions:list")
    whose = {WHOSE: str(partner.public_id)} if user.is_staff else {}
    context = {
        "partner": partner,
        "curve": found,
        "secured": formats.listing(
            [formats.money(one.total.minor, one.total.currency) for one in found.pictures]
        ),
        "running_out": [
            (
                one,
                f"{listed}?"
                + urlencode(
                    {
                        **whose,
                        "state": "running",
                        "ends_until": month_end(one.month).isoformat(),
                        "sort": "-left",
                    }
                )
                + "#schedules",
            )
            for one in found.running_out
        ],
        "whose": whose_query(user, partner),
        "today": today,
        "edition": published_editions().on(today).code,
    }
    return render(request, "commissions/curve.html", context)
