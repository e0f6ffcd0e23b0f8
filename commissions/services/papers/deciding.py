"""Finance's part of a paper: approve it, or reject it with a reason (3.8)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commissions.models import PayoutDocument
from commissions.notifications.papers import filed_key, tell_decided
from commissions.selectors.papers import missing_papers
from commissions.services.papers.steps import (
    PaperError,
    State,
    locked_paper,
    record_paper,
    take_step,
)
from outbox.clock import program_day
from partners.models import User
from partners.services.notifications import settle_kind, settle_notifications
from program.payout import TAX_FORMS, Paper
from program.payout_life import DocumentEvent
from program.steps import Actor


@transaction.atomic
def approve_paper(
    *, document_id: int, filed_at: datetime, actor: User, at: datetime
) -> PayoutDocument:
    """Approve a paper as it was filed at a moment; what it takes the place of goes.

    A bank form brings its account into use. Raises `PaperError` unless it waits for
    approval, if it was filed anew since (`filed_at` is what somebody looked at), if it
    has run out, and for whoever filed it.
    """
    document = _looked_at(document_id, filed_at)
    if document.filed_by_id == actor.pk:
        raise PaperError(_("Somebody else than who filed it approves a paper."))
    if document.expires_on is not None and document.expires_on <= program_day(at):
        raise PaperError(_("This paper has run out already."))
    for old in _replaced_by(document):
        take_step(old, DocumentEvent.REPLACE, by=Actor.STAFF, actor=actor, at=at)
        # Before its successor: of a kind one is approved at most.
        old.save(update_fields=["state"])
    _decide(document, DocumentEvent.APPROVE, reason="", actor=actor, at=at)
    _settle(document, at=at)
    record_paper("commissions.paper_approved", document, actor=actor, at=at)
    return document


@transaction.atomic
def reject_paper(
    *, document_id: int, filed_at: datetime, reason: str, actor: User, at: datetime
) -> PayoutDocument:
    """Reject a paper with a reason that the partner reads; it can be filed anew.

    Raises `PaperError` without a reason, unless it waits for approval, and if it was
    filed anew since.
    """
    document = _looked_at(document_id, filed_at)
    if not reason.strip():
        raise PaperError(_("Say why it is rejected."))
    _decide(document, DocumentEvent.REJECT, reason=reason.strip(), actor=actor, at=at)
    record_paper("commissions.paper_rejected", document, actor=actor, at=at, note=reason)
    return document


def _settle(document: PayoutDocument, *, at: datetime) -> None:
    """Take the warnings off that nobody has to act on any more.

    What runs out is said of a paper; another one that does is warned of the next day.
    """
    partner = document.partner
    if document.kind != Paper.BANK_FORM:
        for kind in ("commissions.paper_expiring", "commissions.paper_expired"):
            settle_kind(kind=kind, partner_id=partner.pk, at=at)
    owed = missing_papers(
        partner_id=partner.pk, country=partner.country, on=program_day(at), quarter=None
    )
    if not owed:
        settle_kind(kind="commissions.forfeiture_ahead", partner_id=partner.pk, at=at)


def _looked_at(document_id: int, filed_at: datetime) -> PayoutDocument:
    document = locked_paper(document_id)
    if document.state == State.PENDING and document.filed_at != filed_at:
        raise PaperError(_("It was filed anew since you looked. Look again."))
    return document


def _replaced_by(document: PayoutDocument) -> list[PayoutDocument]:
    """Return the approved papers that end with a new one: of its kind, or of its need."""
    kinds = TAX_FORMS if Paper(document.kind) in TAX_FORMS else (document.kind,)
    approved = PayoutDocument.objects.filter(
        partner=document.partner_id,
        kind__in=kinds,
        quarter=document.quarter,
        state=State.APPROVED,
    )
    return list(approved)


def _decide(
    document: PayoutDocument,
    event: DocumentEvent,
    *,
    reason: str,
    actor: User,
    at: datetime,
) -> None:
    take_step(document, event, by=Actor.STAFF, actor=actor, at=at, note=reason)
    document.reason, document.decided_by, document.decided_at = reason, actor, at
    document.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    settle_notifications(key=filed_key(document), at=at)
    tell_decided(document, at=at)
