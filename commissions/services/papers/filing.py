"""The partner's part of a paper: file it, take it back, file it anew (3.8, R11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from commissions.models import MAX_MINOR, PaperDemand, PayoutDocument, Statement
from commissions.notifications.papers import filed_key, tell_filed
from commissions.services.papers.steps import (
    PaperError,
    State,
    locked_paper,
    locked_partner,
    note_step,
    record_paper,
    take_step,
)
from commissions.services.sealing import seal_file
from outbox.clock import program_day
from partners.models import Partner, User
from partners.services import audit
from partners.services.notifications import settle_notifications
from program.payout import QUARTERLY, Paper, expires_on, needs_of
from program.payout_life import DocumentEvent
from program.steps import Actor
from ui.uploads import Upload

MAX_PARTNER_BYTES: Final = 1024**3

OPEN: Final = (State.IN_PROGRESS, State.PENDING, State.REJECTED)
"""A paper that is under way; there is one of a kind at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What an invoice says: its number, and its amount in minor units."""

    number: str
    amount_minor: int
    currency: str


def file_paper(
    *,
    partner_id: int,
    paper: Paper,
    upload: Upload,
    signed_on: date,
    actor: User,
    at: datetime,
    quarter: date | None = None,
    invoice: Invoice | None = None,
) -> PayoutDocument:
    """File a paper, for the first time or anew; finance is told and decides.

    `quarter`, its first day, is named for what is filed for each quarter, `invoice` for
    an invoice. The file is kept under a seal, under a name drawn by lot. Filing the same
    content again while it waits changes nothing.

    Raises `PaperError` for a paper that is not asked of the company, one that waits for
    approval, a quarter without a statement, a day to come, a paper that has run out, an
    invoice without its number or in another currency, and when there is no room left.
    Nothing is left of a file that was refused.
    """
    kept: list[PayoutDocument] = []
    try:
        return _file(
            kept,
            partner_id=partner_id,
            paper=paper,
            upload=upload,
            signed_on=signed_on,
            actor=actor,
            at=at,
            quarter=quarter,
            invoice=invoice,
        )
    except BaseException:
        # The storage knows no transaction.
        for document in kept:
            document.content.storage.delete(str(document.content.name))
        raise


@transaction.atomic
def _file(
    kept: list[PayoutDocument],
    *,
    partner_id: int,
    paper: Paper,
    upload: Upload,
    signed_on: date,
    actor: User,
    at: datetime,
    quarter: date | None,
    invoice: Invoice | None,
) -> PayoutDocument:
    partner = locked_partner(partner_id)
    _refuse_paper(partner, paper, quarter)
    _refuse_days(paper, signed_on, today=program_day(at))
    if paper == Paper.TAX_INVOICE:
        _refuse_invoice(partner, invoice, quarter)
    document = open_paper(partner, paper, quarter, actor=actor, at=at)
    if document.state == State.PENDING:
        if document.sha256 == upload.sha256:
            return document
        raise PaperError(
            _("This paper waits for approval. Take it back to file another one.")
        )
    _refuse_size(document, upload)
    before, old_file = document.sha256, document.content.name
    if document.state == State.REJECTED:
        take_back(document, actor=actor, at=at)
    document.name, document.media_type = upload.name, upload.media_type
    document.size, document.sha256 = len(upload.content), upload.sha256
    document.signed_on, document.expires_on = signed_on, expires_on(paper, signed_on)
    if invoice is not None and paper == Paper.TAX_INVOICE:
        document.invoice_number = invoice.number
        document.amount_minor, document.currency = invoice.amount_minor, invoice.currency
    sealed = ContentFile(seal_file(upload.content))
    document.content.save(upload.name, sealed, save=False)
    kept.append(document)
    submit_paper(
        document,
        action="commissions.paper_filed",
        changes={
            "sha256": (before or None, document.sha256),
            "size": (None, document.size),
        },
        actor=actor,
        at=at,
    )
    if old_file:
        storage = document.content.storage
        transaction.on_commit(lambda: storage.delete(old_file))
    return document


def open_paper(
    partner: Partner, paper: Paper, quarter: date | None, *, actor: User, at: datetime
) -> PayoutDocument:
    """Return the paper of a kind that is under way, or a new one, not stored yet."""
    found = (
        PayoutDocument.objects.filter(
            partner=partner, kind=paper, quarter=quarter, state__in=OPEN
        )
        .select_related("account")
        .first()
    )
    return found or PayoutDocument(
        partner=partner, kind=paper, quarter=quarter, filed_by=actor, filed_at=at
    )


def take_back(document: PayoutDocument, *, actor: User, at: datetime) -> None:
    """Take a locked paper back; stored at once: the database knows single steps."""
    take_step(document, DocumentEvent.RESTART, by=Actor.PARTNER, actor=actor, at=at)
    document.save(update_fields=["state"])
    record_paper("commissions.paper_restarted", document, actor=actor, at=at)
    settle_notifications(key=filed_key(document), at=at)


def submit_paper(
    document: PayoutDocument,
    *,
    action: str,
    changes: audit.Changes,
    actor: User,
    at: datetime,
) -> None:
    """Store a locked paper as one that waits for approval; tell finance, record it."""
    document.filed_by, document.filed_at = actor, at
    document.reason, document.decided_by, document.decided_at = "", None, None
    if document._state.adding:
        document.save()
        note_step(document, before="", actor=actor, at=at)
    take_step(document, DocumentEvent.SUBMIT, by=Actor.PARTNER, actor=actor, at=at)
    document.save()
    record_paper(action, document, actor=actor, at=at, changes=changes)
    tell_filed(document, at=at)


@transaction.atomic
def restart_paper(*, document_id: int, actor: User, at: datetime) -> PayoutDocument:
    """Take a paper back that nobody has approved, to file it anew.

    Raises `PaperError` for an approved one and one that was taken back already.
    """
    document = locked_paper(document_id)
    take_back(document, actor=actor, at=at)
    return document


def _refuse_paper(partner: Partner, paper: Paper, quarter: date | None) -> None:
    quarterly = paper in QUARTERLY
    if paper == Paper.BANK_FORM or quarterly != (quarter is not None):
        raise PaperError(_("This paper is not filed this way."))
    demanded = (
        PaperDemand.objects.of(partner.pk, quarter=quarter) if quarter else frozenset()
    )
    needs = needs_of(partner.country, demanded=demanded)
    if not any(paper in need.papers for need in needs):
        raise PaperError(_("This paper is not asked of your company."))
    if (
        quarter
        and not Statement.objects.filter(partner=partner, quarter=quarter).exists()
    ):
        raise PaperError(_("There is no statement of this quarter yet."))


def _refuse_days(paper: Paper, signed_on: date, *, today: date) -> None:
    if signed_on > today:
        raise PaperError(_("This day is still to come."))
    until = expires_on(paper, signed_on)
    if until is not None and until <= today:
        raise PaperError(_("A paper signed on that day has run out already."))


def _refuse_invoice(
    partner: Partner, invoice: Invoice | None, quarter: date | None
) -> None:
    if quarter is None or invoice is None or not invoice.number.strip():
        raise PaperError(_("An invoice has a number and an amount."))
    if not 1 <= invoice.amount_minor <= MAX_MINOR:
        raise PaperError(_("This is no amount of an invoice."))
    statement = Statement.objects.get(partner=partner, quarter=quarter)
    if invoice.currency != statement.currency:
        raise PaperError(
            _("The invoice is made out in the currency of the statement, %(currency)s.")
            % {"currency": statement.currency}
        )


def _refuse_size(document: PayoutDocument, upload: Upload) -> None:
    there = PayoutDocument.objects.filter(partner=document.partner_id)
    kept = there.exclude(pk=document.pk).aggregate(bytes=Sum("size"))["bytes"] or 0
    if kept + len(upload.content) > MAX_PARTNER_BYTES:
        raise PaperError(_("The company’s room for papers is used up."))
