"""Answering a member of staff as the partner would be answered: to look, never to act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from outbox import clock
from partners.admin.users import actor_of
from partners.models import Partner, User
from partners.services.seeing import SESSION_KEY, end_seeing, seen_partner, viewer_of

OWN: Final = ("/admin/", "/accounts/", "/see-as/", "/static/", "/health/", "/metrics")
"""Addresses at which staff stay who they are."""

PERSONAL: Final = ("/settings/", "/notifications/", "/exports/", "/calendar/", "/views/")
"""Addresses of things that belong to one person: nobody looks at those."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SeeAsMiddleware:
    """Put the partner's eyes in place of a member of staff who looks as one.

    `request.seen_by` is who looks and `request.seen_partner` as whom; None otherwise.
    Stands behind AuthenticationMiddleware. Right and time are asked for at each request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        looking: Any = request
        looking.seen_by = looking.seen_partner = None
        kept = request.session.get(SESSION_KEY) if request.user.is_authenticated else None
        if kept is None or request.path.startswith(OWN):
            return self.get_response(request)
        actor = actor_of(request)
        partner = seen_partner(kept, actor=actor, at=clock.now())
        if partner is None:
            del request.session[SESSION_KEY]
            return self.get_response(request)
        looking.seen_by, looking.seen_partner = actor, partner
        request.user = viewer_of(partner, actor=actor)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Refuse acts and personal pages, with the pages that say so."""
        if getattr(request, "seen_by", None) is None:
            return
        if request.method not in SAFE:
            raise PermissionDenied
        if request.path.startswith(PERSONAL):
            raise Http404


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Stop looking as a partner, and lead back to its page."""
    kept = request.session.pop(SESSION_KEY, None)
    actor = actor_of(request)
    partner = _partner(kept, actor)
    if partner is None:
        raise Http404
    end_seeing(partner=partner, actor=actor, at=clock.now())
    messages.info(request, _("You see the portal as yourself again."))
    return redirect("admin:partners_partner_change", partner.pk)


def _partner(kept: Any, actor: User) -> Partner | None:
    if not isinstance(kept, dict):
        return None
    partners = Partner.objects.visible_to(actor)
    return partners.filter(public_id=kept["partner"]).first()
