"""/accounts/sessions/: where somebody is signed in, and how that ends elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from outbox import clock
from partners.models import User
from partners.services import audit
from portal.devices import device_of
from ui.http import SignedInRequest
from ui.query import Query

SEEN_EVERY: Final = timedelta(minutes=10)
"""How exact "last seen" is; a write with each request would be dear."""

MOST_REMEMBERED: Final = 10_000
"""Sessions a process knows of; then it begins anew."""

TOKEN: Final = "csrfmiddlewaretoken"  # noqa: S105  (the name of a field)


class Here(NamedTuple):
    """A line of the list."""

    session: UserSession
    device: str
    is_current: bool


class LastSeenMiddleware:
    """Note now and then that a session is used; stands behind AuthenticationMiddleware.

    Each process remembers what it noted, so that most requests cost nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.noted: dict[str, datetime] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in (agent := request.headers.get("user-agent", "")):
            # PostgreSQL keeps no such letter, and allauth keeps what a browser says.
            request.META["HTTP_USER_AGENT"] = agent.replace("\x00", "")
        key, user = request.session.session_key, request.user
        if key and user.is_authenticated:
            self._note(key, user.last_login, at=clock.now())
        return self.get_response(request)

    def _note(self, key: str, signed_in_at: datetime | None, *, at: datetime) -> None:
        known = max(filter(None, (self.noted.get(key), signed_in_at)), default=None)
        if known is not None and at - known < SEEN_EVERY:
            return
        if len(self.noted) > MOST_REMEMBERED:
            self.noted.clear()
        self.noted[key] = at
        old = UserSession.objects.filter(
            session_key=key, last_seen_at__lt=at - SEEN_EVERY
        )
        try:
            old.update(last_seen_at=at)
        except Error:
            return  # the page does not fail for it; the next note comes in ten minutes


@require_http_methods(["GET", "POST"])
def sessions(request: SignedInRequest) -> HttpResponse:
    """List where somebody is signed in; by POST end all but this browser's session."""
    Query(request.GET, known=())
    if request.method == "POST":
        Query(request.POST, known={TOKEN})
        here = request.session.session_key
        others = [each for each in _own(request.user) if each.session_key != here]
        end_sessions(others, user=request.user, at=clock.now())
        messages.success(
            request,
            ngettext(
                "Signed out in %(count)s other place.",
                "Signed out in %(count)s other places.",
                len(others),
            )
            % {"count": len(others)},
        )
        return redirect("usersessions_list")
    lines = _lines(request)
    context = {
        "sessions": lines,
        "others": sum(not line.is_current for line in lines),
    }
    return render(request, "usersessions/usersession_list.html", context)


@require_POST
def end_session(request: SignedInRequest, session_id: int) -> HttpResponse:
    """End one of the person's own sessions; another's is not there (404)."""
    Query(request.POST, known={TOKEN})
    session = get_object_or_404(
        UserSession.objects.filter(user=request.user), pk=session_id
    )
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    end_sessions([session], user=request.user, at=clock.now())
    messages.success(request, _("Signed out: %(device)s.") % {"device": _device(session)})
    return redirect("usersessions_list")


@transaction.atomic
def end_sessions(ended: Sequence[UserSession], *, user: User, at: datetime) -> None:
    """End sessions of somebody, and write each down in the same transaction."""
    for session in ended:
        with translation.override("en"):  # as every note of the log
            device = _device(session)
        audit.record(
            "accounts.session_ended",
            actor=user,
            at=at,
            partner_id=user.partner.pk if user.partner else None,
            of=user,
            note=device,
        )
        session.end()


def _own(user: User) -> list[UserSession]:
    """Return a person's sessions that still open something."""
    found: list[UserSession] = UserSession.objects.purge_and_list(user)
    return found


def _lines(request: SignedInRequest) -> list[Here]:
    """Return this browser first, then what was used last."""
    lines = [
        Here(each, _device(each), each.session_key == request.session.session_key)
        for each in _own(request.user)
    ]
    return sorted(
        lines,
        key=lambda line: (line.is_current, line.session.last_seen_at),
        reverse=True,
    )


def _device(session: UserSession) -> str:
    device = device_of(session.user_agent)
    if device.browser and device.system:
        return _("%(browser)s on %(system)s") % {
            "browser": device.browser,
            "system": device.system,
        }
    if device.browser:
        return device.browser
    return device.unknown or _("Unknown browser")
