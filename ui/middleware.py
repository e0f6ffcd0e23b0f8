"""What is different for a signed-in person: language, time zone, and what may be kept."""

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation


class PersonLanguageMiddleware:
    """Answer in the person's language and show moments in the person's time zone.

    Stands after LocaleMiddleware (which speaks for people who are not signed in) and
    after AuthenticationMiddleware. Both are put back after the answer, because the thread
    serves somebody else next. Days of the programme are not touched by the time zone:
    they come from `outbox.clock.program_day`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language, zone = translation.get_language() or settings.LANGUAGE_CODE, None
        if request.user.is_authenticated:
            if request.user.language in dict(settings.LANGUAGES):
                language = request.user.language
            zone = zone_of(request.user.time_zone)

        with translation.override(language), timezone.override(zone):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            # LocaleMiddleware, further out, would name the browser's language instead.
            response.headers.setdefault("Content-Language", language)
        return response


class PrivatePagesMiddleware:
    """Have nobody keep what a signed-in person was answered, not even the browser.

    Else "back" shows it to whoever sits there after signing out, and a proxy to the next
    who asks. A view that says itself what may be kept is left alone. Static files are
    answered further out and are the same for everybody.

    Stands after PersonLanguageMiddleware, which has asked the database who this is: here
    it costs nothing, and cannot fail when the database has gone away since.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo | None:
    """Return the zone, or None (the portal's own) for a name this machine lacks."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return None
