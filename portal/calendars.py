"""The private calendar: its address at /settings/calendar/, its file at /calendar/."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from outbox import clock
from partners.models import CalendarFeed, Partner
from partners.services.calendar_feeds import (
    fingerprint,
    make_feed,
    reader_of,
    revoke_feed,
)
from portal.calendar_days import HORIZON, days_of
from portal.calendar_file import calendar_file
from ui.doors import spend
from ui.http import SignedInRequest, absolute_url
from ui.query import Query

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  (the name of a field)


@require_GET
def calendar_settings(request: SignedInRequest) -> HttpResponse:
    """Show whether there is an address, and what a calendar would show."""
    Query(request.GET, known=())
    if request.user.is_staff:
        return redirect("admin:index")
    _own_company(request)
    return _page(request)


@require_POST
def make(request: SignedInRequest) -> HttpResponse:
    """Make a new address and show it, this once; the one before ends."""
    Query(request.POST, known={TOKEN})
    partner = _own_company(request)
    secret = make_feed(user=request.user, partner=partner, at=clock.now())
    address = absolute_url(request, reverse("portal:calendar_feed", args=[secret]))
    return _page(request, address=address)


@require_POST
def revoke(request: SignedInRequest) -> HttpResponse:
    """End the address: calendars find nothing there any more."""
    Query(request.POST, known={TOKEN})
    _own_company(request)
    if revoke_feed(user_id=request.user.pk, actor=request.user, at=clock.now()):
        messages.success(request, _("The address is gone. Calendars find nothing there."))
    return redirect("portal:calendar")


@login_not_required
@never_cache
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Give a calendar its days. Whoever has the address reads them; nobody signs in.

    An address that never was, was revoked, or whose person left is the same 404.
    """
    spend(request, "calendar", key=fingerprint(secret))
    Query(request.GET, known=())
    user = reader_of(secret)
    if user is None:
        raise Http404
    now = clock.now()
    with translation.override(user.language):
        host = absolute_url(request, "/").rstrip("/")
        body = calendar_file(
            days_of(user, today=clock.program_day(now)),
            name=settings.PORTAL_NAME,
            host=host,
            domain=urlsplit(settings.PORTAL_URL).hostname or "portal.invalid",
            at=now,
        )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _page(request: SignedInRequest, *, address: str = "") -> HttpResponse:
    now = clock.now()
    feeds = CalendarFeed.objects.visible_to(request.user).open()
    today = clock.program_day(now)
    days = days_of(request.user, today=today)
    context = {
        "feed": feeds.first(),
        "address": address,
        "days": sorted(days, key=lambda day: (day.on, day.uid))[:10],
        "count": len(days),
        "horizon": HORIZON.days,
        "today": today,
        "now": now,
    }
    response = render(request, "portal/calendar.html", context, status=HTTPStatus.OK)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _own_company(request: SignedInRequest) -> Partner:
    partner = request.user.partner
    if partner is None:
        raise Http404
    return partner
