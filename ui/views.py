"""The choices every page offers, language and colours, and the page for a bad address."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ui.query import BadQueryError

THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")
"""`auto` follows the system; base.html writes the choice into `data-bs-theme`."""

_YEAR_S = 365 * 24 * 60 * 60


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the colours in a cookie of this browser; go back to the page."""
    theme = request.POST.get("theme")
    if theme not in THEMES:
        raise BadRequest(_("There is no such colour theme."))
    response = redirect(_page_before(request))
    response.set_cookie(
        THEME_COOKIE,
        theme,
        max_age=_YEAR_S,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language, on the account and in this browser; go back to the page.

    The cookie keeps the language on the pages before signing in.
    """
    language = request.POST.get("language")
    if language not in dict(settings.LANGUAGES):
        raise BadRequest(_("There is no such language."))
    if request.user.is_authenticated:
        request.user.language = language
        request.user.save(update_fields=["language"])
    response = redirect(_page_before(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_YEAR_S,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, with the sentence if it was written for the person to read."""
    reason = str(exception) if isinstance(exception, BadQueryError) else ""
    return render(request, "400.html", {"reason": reason}, status=400)


def _page_before(request: HttpRequest) -> str:
    """Return the page the form stood on, or "/" if `next` leads out of the portal."""
    page = request.POST.get("next", "")
    if page.startswith("/") and url_has_allowed_host_and_scheme(
        page, allowed_hosts=None, require_https=request.is_secure()
    ):
        return page
    return "/"
