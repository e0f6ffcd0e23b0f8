"""Files of lists: short ones at once, long ones prepared and found at /exports/."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from outbox import clock
from partners.models import Export
from partners.models.exports import MAX_QUERY
from partners.services.exports import record_export
from partners.services.list_files import (
    DOWNLOAD_ROWS,
    ExportRefusedError,
    ask_for_file,
    sheet_of,
)
from ui.doors import limited
from ui.http import SignedInRequest, absolute_url
from ui.listings import UnknownListError, listing_of
from ui.query import Query
from ui.sheets import file_response, sheet_response

ACT = frozenset({"csrfmiddlewaretoken", "list", "query", "format"})
SHOWN = 50


@require_GET
@limited("export")
def download(request: SignedInRequest, name: str, file_format: str) -> HttpResponseBase:
    """Download exactly what a list shows; a long list is offered for preparation.

    Nothing is prepared by GET, because programs follow links.
    """
    user, now = request.user, clock.now()
    if user.is_staff and listing_of(name).of_company:
        return redirect("admin:index")
    query = request.GET.urlencode()
    today = clock.program_day(now)
    try:
        sheet = sheet_of(name, query, user=user, on=today, host=_host(request))
    except UnknownListError as error:
        raise Http404 from error
    count = sheet.count()
    if count > DOWNLOAD_ROWS:
        context = {
            "listing": listing_of(name),
            "query": query,
            "file_format": file_format,
            "count": count,
            "longest": DOWNLOAD_ROWS,
        }
        return render(request, "portal/download_long.html", context)
    record_export(
        f"partners.{name}",
        # Whoever looks as a partner takes the file as themselves.
        actor=getattr(request, "seen_by", None) or user,
        at=now,
        partner_id=user.partner.pk if user.partner else None,
        filters={"query": query, "format": file_format},
        seen_as=getattr(request, "seen_partner", None),
    )
    return sheet_response(sheet, name=f"{name}-{today}", file_format=file_format)


@require_POST
@limited("export")
def ask(request: SignedInRequest) -> HttpResponse:
    """Have a file of a list prepared; the page of files says how far it is."""
    params = Query(request.POST, known=ACT)
    file_format = params.choice("format", Export.Format)
    name, query = params.text("list"), params.text("query", max_length=MAX_QUERY)
    host, now = _host(request), clock.now()
    try:
        sheet_of(name, query, user=request.user, on=clock.program_day(now), host=host)
    except UnknownListError as error:
        raise Http404 from error
    try:
        ask_for_file(
            user=request.user,
            page=name,
            query=query,
            file_format=file_format or Export.Format.CSV,
            at=now,
            host=host,
        )
    except ExportRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("The file is being prepared. You can leave; you will be told."),
        )
    return redirect("portal:exports")


@require_GET
def exports(request: SignedInRequest) -> HttpResponse:
    """List the files a person asked for: what is being prepared, ready, or not made."""
    Query(request.GET, known=())
    now = clock.now()
    found = Export.objects.visible_to(request.user).order_by("-created_at", "-pk")
    rows: list[dict[str, Any]] = []
    for export in found[:SHOWN]:
        try:
            listing = listing_of(export.page)
        except UnknownListError:
            continue
        expired = export.expires_at is not None and export.expires_at <= now
        rows.append(
            {
                "export": export,
                "title": listing.title,
                "list_url": f"{reverse(listing.url_name)}?{export.query}",
                "expired": expired,
            }
        )
    waiting = any(row["export"].state == Export.State.PREPARING for row in rows)
    context = {"rows": rows, "waiting": waiting, "now": now}
    return render(request, "portal/exports.html", context)


@require_GET
def export_file(request: SignedInRequest, export_id: UUID) -> HttpResponseBase:
    """Hand out a file to the person who asked for it, until it expires."""
    Query(request.GET, known=())
    ready = Export.objects.visible_to(request.user).downloadable(clock.now())
    export = get_object_or_404(ready, public_id=export_id)
    try:
        file = default_storage.open(export.file_name)
    except FileNotFoundError as error:
        raise Http404 from error
    day = clock.program_day(export.created_at)
    return file_response(file, filename=f"{export.page}-{day}.{export.file_format}")


def _host(request: SignedInRequest) -> str:
    return absolute_url(request, "/").rstrip("/")
