"""What every view says about its request and its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

if TYPE_CHECKING:
    from django import forms

    # The mypy plugin reads this name as AUTH_USER_MODEL, so that `ui` need not import it.
    from django.contrib.auth.models import _User
    from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request that passed HtmxMiddleware."""

    htmx: HtmxDetails


class SignedInRequest(HtmxRequest):
    """A request that passed LoginRequiredMiddleware: its user is a real one."""

    user: _User


def wants_fragment(request: HtmxRequest, element_id: str) -> bool:
    """Return whether htmx will put the response in place of this one element.

    htmx 2 names the element in `HX-Target`. Back and forward may ask for a page htmx no
    longer remembers; that request needs the whole page, whatever its target. A view that
    asks this also says `@vary_on_headers("HX-Target")`.
    """
    htmx = request.htmx
    return htmx.target == element_id and not htmx.history_restore_request


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what was posted, even if it is empty; None when nothing was.

    `request.POST or None` takes an empty form for one that was not sent.
    """
    return request.POST if request.method == "POST" else None


def render_form(
    request: HttpRequest, template: str, context: dict[str, Any], *, form: forms.BaseForm
) -> HttpResponse:
    """Render a page that holds `form`: 422 if the form was sent and refused, else 200.

    By the status htmx, tests and robots can tell a refused form from a page.
    """
    refused = form.is_bound and bool(form.errors)
    return render(
        request, template, {**context, "form": form}, status=422 if refused else 200
    )


def absolute_url(request: HttpRequest, path: str) -> str:
    """Return the address of a path of this portal, to be read outside of it.

    `path` begins with "/". The host of a request is what its sender wrote there, so a
    letter or a file names the one from the settings; only development has none.
    """
    if settings.PORTAL_URL:
        return f"{settings.PORTAL_URL}{path}"
    return request.build_absolute_uri(path)
