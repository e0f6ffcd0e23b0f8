"""Signals of prospects: the signed door they come in by, and who asks for them."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from deals.models import ProspectSignal, SignalSubscription
from deals.services import SignalError, is_signed, receive_signal, subscribe
from outbox import clock
from ui.doors import spend
from ui.http import SignedInRequest
from ui.query import Query
from ui.text import clean_text

MAX_BODY: Final = 8_192
KIND: Final = ProspectSignal.Kind.SIGN_UP.value

FIRST_YEAR, LAST_YEAR = 2000, 9998
"""Moments in between have a UTC that both databases can store."""


@csrf_exempt
@login_not_required
@require_POST
def signal(request: HttpRequest) -> HttpResponse:
    """Take one signal, as JSON, signed by the vendor's CRM (docs/deals.md, signals).

    202 if it is news, 200 if it was told before; 401 without a good signature, 413 and
    422 for what cannot be read. Without a secret in the settings there is no such page.
    """
    if not settings.SIGNALS_SECRET:
        raise Http404
    spend(request, "signal")
    body = request.body
    if len(body) > MAX_BODY:
        return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
    now = clock.now()
    if not is_signed(
        body,
        moment=request.headers.get("X-Signal-Moment", ""),
        signature=request.headers.get("X-Signal-Signature", ""),
        secret=settings.SIGNALS_SECRET,
        at=now,
    ):
        return _answer(HTTPStatus.UNAUTHORIZED, "not_signed")
    facts = _facts(body)
    if facts is None:
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, "unreadable")
    external_id, domain, happened_at = facts
    try:
        received = receive_signal(
            external_id=external_id,
            domain=domain,
            happened_at=happened_at,
            entered_by=None,
            at=now,
        )
    except SignalError:
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, "not_usable")
    if received.is_news:
        return _answer(HTTPStatus.ACCEPTED, "accepted")
    return _answer(HTTPStatus.OK, "known")


def _answer(status: HTTPStatus, said: str) -> JsonResponse:
    return JsonResponse({"status": said}, status=status)


def _facts(body: bytes) -> tuple[str, str, datetime] | None:
    """Return id, domain and moment of a message; None unless it is exactly that."""
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    names = ("id", "kind", "domain", "happened_at")
    if not isinstance(given, dict) or set(given) != set(names):
        return None
    texts = [given[name] for name in names]
    if not all(isinstance(text, str) for text in texts):
        return None
    try:
        external_id, kind, domain, moment = map(clean_text, texts)
    except ValidationError:
        return None
    happened_at = _moment(moment)
    return (external_id, domain, happened_at) if kind == KIND and happened_at else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment is None or moment.tzinfo is None:
        return None
    return moment if FIRST_YEAR <= moment.year <= LAST_YEAR else None


@require_POST
def ask(request: SignedInRequest) -> HttpResponse:
    """Ask for the signals of one's deals (`wanted=yes`), or no longer."""
    wanted = request.POST.get("wanted") == "yes"
    subscribe(user=request.user, wanted=wanted, at=clock.now())
    messages.success(
        request,
        _("You will hear when a prospect of your deals signs up.")
        if wanted
        else _("You will hear of prospects no more."),
    )
    return redirect("deals:signals")


@require_GET
def signals(request: SignedInRequest) -> HttpResponse:
    """Show whether somebody asked for signals."""
    Query(request.GET, known=())
    subscription = SignalSubscription.objects.filter(user=request.user).first()
    return render(request, "deals/signals.html", {"subscription": subscription})
