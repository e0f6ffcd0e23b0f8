"""Pages about benefits."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from benefits.selectors import matrix, own_level
from outbox import clock
from partners.receipts.benefits import suspended_words
from partners.receipts.conditions import suspension_on
from partners.selectors import edition_on
from ui.http import SignedInRequest
from ui.query import Query


@require_GET
def benefit_list(request: SignedInRequest) -> HttpResponse:
    """Show what each level has today, the person's own level first."""
    Query(request.GET, known=())
    today = clock.today()
    edition = edition_on(today)
    partner = request.user.partner
    suspension = suspension_on(partner, today) if partner else None
    context = {
        "matrix": matrix(edition.rulebook, level=own_level(request.user, today=today)),
        "partner": partner,
        "suspension": suspension,
        "suspended": suspended_words(suspension) if suspension else "",
        "edition": edition,
        "today": today,
    }
    return render(request, "benefits/benefit_list.html", context)
