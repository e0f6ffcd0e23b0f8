"""/commissions/statements/…/pdf|csv|xlsx: a statement as a file to keep."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from commissions.models import Statement
from commissions.services.statements.files import statement_sheet
from commissions.services.statements.printing import statement_pdf
from outbox import clock
from partners.services.exports import record_export
from ui.doors import limited
from ui.http import SignedInRequest
from ui.query import Query
from ui.sheets import CSV, XLSX, sheet_response

PDF = "pdf"


@require_GET
@limited("export")
def pdf(request: SignedInRequest, statement_id: UUID) -> HttpResponse:
    """Download a statement as PDF, in the language of who asks."""
    statement = _asked_for(request, statement_id)
    record_export("commissions.statement", **_taken(request, statement, PDF))
    content = statement_pdf(statement, language=translation.get_language() or "en")
    disposition = content_disposition_header(
        as_attachment=True, filename=f"{_name(statement)}.{PDF}"
    )
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": disposition or "attachment",
            "Cache-Control": "private, no-store",
        },
    )


@require_GET
@limited("export")
def csv(request: SignedInRequest, statement_id: UUID) -> HttpResponseBase:
    """Download the lines of a statement as CSV."""
    return _sheet(request, statement_id, CSV)


@require_GET
@limited("export")
def xlsx(request: SignedInRequest, statement_id: UUID) -> HttpResponseBase:
    """Download the lines of a statement as XLSX."""
    return _sheet(request, statement_id, XLSX)


def _sheet(
    request: SignedInRequest, statement_id: UUID, file_format: str
) -> HttpResponseBase:
    statement = _asked_for(request, statement_id)
    record_export("commissions.statement", **_taken(request, statement, file_format))
    return sheet_response(
        statement_sheet(statement), name=_name(statement), file_format=file_format
    )


def _asked_for(request: SignedInRequest, statement_id: UUID) -> Statement:
    Query(request.GET, known=())
    visible = Statement.objects.visible_to(request.user).select_related("partner")
    return get_object_or_404(visible, public_id=statement_id)


def _taken(
    request: SignedInRequest, statement: Statement, file_format: str
) -> dict[str, Any]:
    """Return what is written down of a file that is taken: by whom, of what."""
    return {
        # Whoever looks as a partner takes the file as themselves.
        "actor": getattr(request, "seen_by", None) or request.user,
        "at": clock.now(),
        "partner_id": statement.partner_id,
        "filters": {"statement": str(statement.number), "format": file_format},
        "seen_as": getattr(request, "seen_partner", None),
    }


def _name(statement: Statement) -> str:
    """Return what the file is called: which number, which quarter."""
    quarter = (statement.quarter.month + 2) // 3
    return f"statement-{statement.number}-{statement.quarter.year}Q{quarter}"
