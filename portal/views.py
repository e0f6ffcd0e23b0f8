"""The pages that belong to no single app."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from outbox import clock
from partners.models import Certification, Standing
from partners.receipts import sources
from partners.selectors import published_editions
from portal.home import tier_card
from ui.http import SignedInRequest


@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """Show a partner where it stands; staff are sent to the back office."""
    user = request.user
    if user.is_staff:
        return redirect("admin:index")
    partner = user.partner
    if partner is None:
        return render(request, "portal/home_without_company.html")
    today = clock.today()
    certifications = Certification.objects.solutions_partner().valid_on(today)
    standing = (
        Standing.objects.visible_to(user)
        .annotate(
            certified=Exists(
                certifications.filter(person__partner=OuterRef("partner_id"))
            )
        )
        .first()
    )
    editions = published_editions()
    context = {
        "partner": partner,
        "card": tier_card(
            partner,
            standing,
            edition=editions.on(standing.as_of if standing else today),
            certified=bool(getattr(standing, "certified", False)),
            today=today,
        ),
        "pending_count": sources.pending_count(user=user, on=today, editions=editions),
        "today": today,
    }
    return render(request, "portal/home.html", context)
