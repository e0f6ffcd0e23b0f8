"""The steps of a paper's life, for whoever takes one: lock, step, record."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from commissions.models import DocumentStep, PayoutDocument
from partners.models import Partner, User
from partners.services import audit
from program.payout_life import DOCUMENT_STEPS, DocumentEvent
from program.steps import Actor, IllegalStepError, step

State = PayoutDocument.State


class PaperError(ValueError):
    """Something that cannot be done with a paper; the sentence says why."""


def locked_partner(partner_id: int) -> Partner:
    """Return a partner, locked: its papers are filed and decided one after the other."""
    return Partner.objects.select_for_update().get(pk=partner_id)


def locked_paper(document_id: int) -> PayoutDocument:
    """Return a paper as it stands now; its partner is locked before it is read."""
    found = PayoutDocument.objects.values_list("partner_id", flat=True)
    partner = locked_partner(found.get(pk=document_id))
    document = PayoutDocument.objects.select_related("account").get(pk=document_id)
    document.partner = partner
    return document


def take_step(
    document: PayoutDocument,
    event: DocumentEvent,
    *,
    by: Actor,
    actor: User | None,
    at: datetime,
    note: str = "",
) -> None:
    """Move a locked paper and note the step; the caller saves and records.

    Raises `PaperError` for a step that its state does not have.
    """
    before = document.state
    try:
        document.state = step(DOCUMENT_STEPS, before, event, by=by)
    except IllegalStepError:
        raise PaperError(
            _("That cannot be done: the paper is in the state “%(state)s”.")
            % {"state": document.get_state_display()}
        ) from None
    note_step(document, before=before, actor=actor, at=at, note=note)


def note_step(
    document: PayoutDocument,
    *,
    before: str,
    actor: User | None,
    at: datetime,
    note: str = "",
) -> None:
    """Write a step into the paper's history; it has been stored before."""
    DocumentStep.objects.create(
        document=document,
        from_state=before,
        to_state=document.state,
        note=note,
        actor=actor,
        at=at,
    )


def record_paper(
    action: str,
    document: PayoutDocument,
    *,
    actor: User | None,
    at: datetime,
    changes: audit.Changes | None = None,
    note: str = "",
) -> None:
    """Tell the audit log what happened to a paper: which, and never what is in it."""
    audit.record(
        action,
        actor=actor,
        at=at,
        partner_id=document.partner_id,
        of=document,
        changes={"kind": (None, document.kind), **(changes or {})},
        note=note,
    )
