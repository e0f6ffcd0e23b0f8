"""How often somebody may try a door: by network address, account and named address.

`settings.RATE_LIMITS` has a line per door; what counts is kept in the cache, as sign-in's
limits are, so that all processes share it. A door that is tried too often answers 429
with the time to wait, whatever it would have said.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

RETRY_AFTER_S: Final = 60
"""The window of sign-in's doors; a failed sign-in says its own."""

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


class TooManyTriesError(Exception):
    """A door was tried too often; the answer is 429 with the seconds to wait."""

    def __init__(self, retry_after_s: int = RETRY_AFTER_S) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


def spend(request: HttpRequest, door: str, *, key: str = "") -> None:
    """Count one try at a door, or raise `TooManyTriesError`.

    `key` is the address or the secret that the request names. What is limited by account
    counts for whoever signed in, also while they look as somebody else; for a visitor
    without an account it counts by network address.
    """
    # Whoever looks as a partner (`portal.see_as`) has one account, the viewer has none.
    person = getattr(request, "seen_by", None) or request.user
    limits = settings.RATE_LIMITS.get(door, "")
    if not person.is_authenticated:
        limits = limits.replace("/user", "/ip")
    usage = ratelimit.consume(
        request,
        app="portal",
        action=door,
        config={door: limits},
        key=key.strip().lower(),
        user=person if person.is_authenticated else None,
        limit_get=True,
    )
    if usage is None:
        rates = ratelimit.parse_rates(limits)
        raise TooManyTriesError(int(max(rate.duration for rate in rates)))


def limited(door: str) -> Callable[[V], V]:
    """Count each request to a view as a try at a door."""

    def decorate(view: V) -> V:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            spend(request, door)
            return view(request, *args, **kwargs)

        return cast("V", counted)

    return decorate


def too_many_tries(
    request: HttpRequest, retry_after_s: int = RETRY_AFTER_S
) -> HttpResponse:
    """Answer 429: what happened, and when to try again."""
    response = render(
        request,
        "429.html",
        {"minutes": max(1, round(retry_after_s / 60))},
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )
    response.headers["Retry-After"] = str(retry_after_s)
    return response


class DoorsMiddleware:
    """Turn `TooManyTriesError`, from however deep, into its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if isinstance(exception, TooManyTriesError):
            return too_many_tries(request, exception.retry_after_s)
        return None
