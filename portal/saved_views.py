"""/views/: the views of lists that a person keeps, and those colleagues share."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outbox import clock
from partners.models import SavedView
from partners.models.exports import MAX_QUERY
from partners.models.saved_views import MAX_NAME
from partners.services.saved_views import (
    SavedViewError,
    address_of,
    change_view,
    delete_view,
    save_view,
    set_default_view,
)
from ui.http import SignedInRequest
from ui.listings import UnknownListError, listing_of, listings
from ui.query import BadQueryError, Query

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  (the name of a field)


@require_GET
def views(request: SignedInRequest) -> HttpResponse:
    """List what a person may open, list by list, each with what can be done to it."""
    Query(request.GET, known=())
    groups = []
    for listing in listings():
        found = list(SavedView.objects.of_list(listing.name, request.user))
        if found:
            groups.append((listing, [(view, address_of(view)) for view in found]))
    context = {"groups": groups, "now": clock.now(), "max_name": MAX_NAME}
    return render(request, "portal/saved_views.html", context)


@require_POST
def save(request: SignedInRequest) -> HttpResponse:
    """Keep what a list shows; go back to it, which then shows the view."""
    params = Query(request.POST, known={TOKEN, "list", "query", "name", "shared"})
    page, query = params.text("list"), params.text("query", max_length=MAX_QUERY)
    now = clock.now()
    try:
        listing = listing_of(page)
        view = save_view(
            user=request.user,
            page=page,
            name=params.text("name", max_length=MAX_NAME),
            query=query,
            shared=params.flag("shared"),
            at=now,
            today=clock.program_day(now),
        )
    except UnknownListError as error:
        raise Http404 from error
    except SavedViewError as error:
        messages.error(request, str(error))
        back = reverse(listing.url_name)
        return redirect(f"{back}?{query}" if query else back)
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
    return redirect(address_of(view))


@require_POST
def change(request: SignedInRequest) -> HttpResponse:
    """Rename an own view, and share it or not."""
    params = Query(request.POST, known={TOKEN, "view", "name", "shared"})
    try:
        change_view(
            user=request.user,
            view_id=_view_id(params),
            name=params.text("name", max_length=MAX_NAME),
            shared=params.flag("shared"),
            at=clock.now(),
        )
    except SavedView.DoesNotExist as error:
        raise Http404 from error
    except SavedViewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The view is changed."))
    return redirect("portal:views")


@require_POST
def delete(request: SignedInRequest) -> HttpResponse:
    """Delete an own view."""
    params = Query(request.POST, known={TOKEN, "view"})
    try:
        view = delete_view(user=request.user, view_id=_view_id(params), at=clock.now())
    except SavedView.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return redirect("portal:views")


@require_POST
def default(request: SignedInRequest) -> HttpResponse:
    """Have a list open with a view, or plainly again."""
    params = Query(request.POST, known={TOKEN, "view", "on"})
    on = params.flag("on")
    try:
        view = set_default_view(user=request.user, view_id=_view_id(params), on=on)
    except SavedView.DoesNotExist as error:
        raise Http404 from error
    words = (
        _("The list opens with “%(name)s” now.")
        if on
        else _("The list does not open with “%(name)s” any more.")
    )
    messages.success(request, words % {"name": view.name})
    return redirect("portal:views")


def _view_id(params: Query) -> UUID:
    try:
        return UUID(params.text("view"))
    except ValueError:
        raise BadQueryError(_("The parameter “view” cannot be read.")) from None
