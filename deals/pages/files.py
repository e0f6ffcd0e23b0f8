"""/deals/<deal>/files/…: what is put on a deal, taken from it, and downloaded (R11)."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from deals.forms.sharing import FileForm
from deals.models import Deal, DealFile
from deals.pages.detail import acted
from deals.pages.rights import deal_to, may_add, seen_deal
from deals.services.filing import add_file, read_upload, remove_file
from outbox import clock
from partners.models import User
from ui.doors import spend
from ui.http import SignedInRequest
from ui.query import Query

SAFE_HEADERS = {
    # Whatever it is, no browser shows it, runs it, or guesses another type.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


@require_POST
def file_add(request: SignedInRequest, deal_id: UUID) -> HttpResponse:
    """Put a file on the deal; staff may keep it among themselves."""
    deal = deal_to(may_add, request.user, deal_id)
    spend(request, "upload")
    form = FileForm(request.POST, request.FILES, user=request.user)

    def add() -> None:
        sent = form.cleaned_data["file"]
        add_file(
            deal_id=deal.pk,
            upload=read_upload(sent, name=sent.name),
            internal=form.cleaned_data.get("internal", False),
            actor=request.user,
            at=clock.now(),
        )

    return acted(
        request, deal, add, done=_("The file is on the deal."), part="files", form=form
    )


@require_GET
def file(request: SignedInRequest, deal_id: UUID, file_id: UUID) -> HttpResponseBase:
    """Download a file of the deal: as an attachment, never to be shown."""
    Query(request.GET, known=())
    found = _file(request.user, seen_deal(request.user, deal_id), file_id)
    try:
        content = found.content.open("rb")
    except FileNotFoundError as error:
        # Removed a moment ago.
        raise Http404 from error
    return FileResponse(
        content,
        as_attachment=True,
        filename=found.name,
        content_type=found.media_type,
        headers=SAFE_HEADERS,
    )


@require_POST
def file_remove(request: SignedInRequest, deal_id: UUID, file_id: UUID) -> HttpResponse:
    """Remove a file of the own side; that it was there stays known."""
    deal = deal_to(may_add, request.user, deal_id)
    found = _file(request.user, deal, file_id)
    return acted(
        request,
        deal,
        lambda: remove_file(file_id=found.pk, actor=request.user, at=clock.now()),
        done=_("The file is removed."),
        part="files",
    )


def _file(user: User, deal: Deal, file_id: UUID) -> DealFile:
    files = DealFile.objects.visible_to(user).filter(deal=deal)
    return get_object_or_404(files, public_id=file_id)
