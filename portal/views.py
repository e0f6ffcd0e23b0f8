"""The pages that belong to no single app."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from outbox import clock
from outbox.selectors import dead_count, newest_day_put, oldest_due_age
from partners.models import Certification, Standing
from partners.receipts import sources
from partners.selectors import published_editions
from portal.home import tier_card
from ui.http import SignedInRequest
from ui.query import Query


@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """Show a partner where it stands; staff are sent to the back office."""
    Query(request.GET, known=())
    user = request.user
    if user.is_staff:
        return redirect("admin:index")
    partner = user.partner
    if partner is None:
        return render(request, "portal/home_without_company.html")
    today = clock.today()
    certifications = Certification.objects.solutions_partner_on(today)
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


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Say that this process answers. Asks nothing else: a restart would not mend that."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether the work is being done: figures, and nothing about anybody.

    Dead rows and an old day do not make it 503: they need a person to look, while 503
    means that what comes in now is not worked on.
    """
    try:
        waited, dead, newest_day = oldest_due_age(), dead_count(), newest_day_put()
    except Error:
        away = {"ready": False, "database": False}
        return JsonResponse(away, status=HTTPStatus.SERVICE_UNAVAILABLE)
    overdue = waited is not None and waited > settings.OUTBOX_OVERDUE
    return JsonResponse(
        {
            "ready": not overdue,
            "database": True,
            "oldest_due_seconds": int(waited.total_seconds()) if waited else 0,
            "dead_rows": dead,
            "newest_day": newest_day,
        },
        status=HTTPStatus.SERVICE_UNAVAILABLE if overdue else HTTPStatus.OK,
    )
