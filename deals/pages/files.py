"""/deals/<deal>/files/…: what is put on a deal, taken from it, and downloaded (R11)."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from deals import acts
from deals.models import Deal, DealFile
from deals.pages.acting import posted
from deals.pages.rights import seen_deal
from partners.models import User
from ui.http import SignedInRequest
from ui.query import Query
from ui.uploads import download


@require_GET
def file(request: SignedInRequest, deal_id: UUID, file_id: UUID) -> HttpResponseBase:
    """Download a file of the deal: as an attachment, never to be shown."""
    Query(request.GET, known=())
    found = _file(request.user, seen_deal(request.user, deal_id), file_id)
    return download(found.content, name=found.name, media_type=found.media_type)


def _file(user: User, deal: Deal, file_id: UUID) -> DealFile:
    files = DealFile.objects.visible_to(user).filter(deal=deal)
    return get_object_or_404(files, public_id=file_id)


file_add = posted(acts.ADD_FILE, part="files")
file_remove = posted(acts.REMOVE_FILE, part="files", find=_file)
