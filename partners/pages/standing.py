"""/standing/: whether a company is in good standing, and what it has to do."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from outbox import clock
from partners.models import Role, User
from partners.receipts.standing import gold_rule, standing_page
from partners.selectors import edition_on, override_on
from partners.services.standing.gold import gold_deadlines
from ui.http import SignedInRequest
from ui.query import Query

ONE_DAY = timedelta(days=1)


@require_GET
def standing(request: SignedInRequest) -> HttpResponse:
    """Show the person's company; staff, who have none, are sent to the back office."""
    Query(request.GET, known=())
    if request.user.is_staff:
        return redirect("admin:index")
    partner = request.user.partner
    if partner is None:
        raise Http404
    today = clock.today()
    edition = edition_on(today)
    deadlines = gold_deadlines([partner], on=today, rulebook=edition.rulebook)
    missed = deadlines.get(partner.pk, today + ONE_DAY) <= today
    context = {
        "partner": partner,
        "page": standing_page(
            partner, on=today, rulebook=edition.rulebook, names=_is_owner(request.user)
        ),
        "granted": override_on(partner.pk, today) if missed else None,
        "gold_deadline": deadlines.get(partner.pk),
        "gold_rule": gold_rule(edition.rulebook),
        "today": today,
        "edition": edition.code,
    }
    return render(request, "partners/standing.html", context)


def _is_owner(user: User) -> bool:
    return user.person is not None and user.person.role == Role.OWNER
