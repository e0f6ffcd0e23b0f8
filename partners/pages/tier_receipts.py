"""The receipts of a snapshot, an evaluation, an override, an appeal, a review."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from outbox import clock
from partners.models import (
    Evaluation,
    Partner,
    Snapshot,
    TierAppeal,
    TierOverride,
)
from partners.permissions import may_read
from partners.receipts import addresses, words
from partners.receipts.decisions import evaluation_receipt, snapshot_receipt
from partners.receipts.elite import checklist_of
from partners.receipts.entries import EditionNote, edition_note
from partners.receipts.fingerprints import fingerprint_of
from partners.receipts.timeline import shown_reviews
from partners.selectors import Edition, published_editions
from ui.http import SignedInRequest, absolute_url
from ui.query import Query

M = TypeVar("M", bound=Model)


@require_GET
def receipt_snapshot(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Show what a monthly check counted and what it gave."""
    snapshot = _row(request, Snapshot.objects.visible_to(request.user), row_id)
    receipt = snapshot_receipt(snapshot)
    return _receipt(
        request,
        "partners/receipt_snapshot.html",
        snapshot.partner,
        page=_("Monthly snapshot"),
        receipt=receipt,
        snapshot=snapshot,
        rules=receipt.rules,
        edition=receipt.edition,
    )


@require_GET
def receipt_evaluation(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Show what an evaluation decided, and from which facts."""
    evaluations = Evaluation.objects.visible_to(request.user).select_related(
        "ends_cure_of"
    )
    evaluation = _row(request, evaluations, row_id)
    receipt = evaluation_receipt(evaluation)
    return _receipt(
        request,
        "partners/receipt_evaluation.html",
        evaluation.partner,
        page=_("Evaluation"),
        receipt=receipt,
        evaluation=evaluation,
        facts=receipt.facts,
        rules=receipt.rules,
        edition=receipt.facts.edition,
    )


@require_GET
def receipt_override(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Show who granted a tier, why and until when.

    Partners see what was granted; what was only proposed concerns staff.
    """
    overrides = TierOverride.objects.visible_to(request.user).select_related(
        "proposed_by", "decided_by", "withdrawn_by"
    )
    if not request.user.is_staff:
        granted = (TierOverride.State.APPROVED, TierOverride.State.WITHDRAWN)
        overrides = overrides.filter(state__in=granted, decided_at__isnull=False)
    override = _row(request, overrides, row_id)
    edition, note = _edition_on(override)
    return _receipt(
        request,
        "partners/receipt_override.html",
        override.partner,
        page=_("Granted tier"),
        override=override,
        earned_url=addresses.credited_tier_url(override.partner, override.from_on),
        rules=[words.overrides(), words.keeping(edition.rulebook)],
        edition=note,
    )


@require_GET
def receipt_appeal(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Show an appeal, its clock and its decision."""
    appeals = TierAppeal.objects.visible_to(request.user).select_related(
        "filed_by", "proposed_by", "decided_by", "override", "waiting"
    )
    appeal = _row(request, appeals, row_id)
    editions = published_editions()
    edition = editions.on(appeal.filed_on)
    return _receipt(
        request,
        "partners/receipt_appeal.html",
        appeal.partner,
        page=_("Appeal"),
        appeal=appeal,
        today=clock.today(),
        rules=[words.appeals(edition.rulebook), words.keeping(edition.rulebook)],
        edition=edition_note(edition, until=editions.ends_before(edition)),
    )


@require_GET
def receipt_elite(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Show the checklist of a review, and what came of it."""
    reviews = shown_reviews(request.user).select_related(
        "change", "invited_by", "checked_by", "closed_by"
    )
    review = _row(request, reviews, row_id)
    editions = published_editions()
    kept = review.checklist.get("edition")
    on = review.invited_on or review.closed_on or clock.today()
    edition = next((one for one in editions if one.code == kept), editions.on(on))
    return _receipt(
        request,
        "partners/receipt_elite.html",
        review.partner,
        page=_("Review for Elite"),
        review=review,
        on=on,
        lines=checklist_of(review, edition=edition, on=on),
        fingerprint_holds=review.sha256
        == fingerprint_of(
            edition=edition.code, partner_id=review.partner_id, facts=review.checklist
        ),
        change_url=addresses.credited_tier_url(review.partner, review.change.on)
        if review.change
        else "",
        rules=[words.invitation(edition.rulebook), words.elite(edition.rulebook)],
        edition=edition_note(edition, until=editions.ends_before(edition)),
    )


def _row(request: SignedInRequest, rows: QuerySet[M], row_id: UUID) -> M:
    """Return a row the person may see; 404 for others, and where the table is hidden."""
    Query(request.GET, known=())
    if not may_read(request.user, rows.model):
        raise Http404
    return get_object_or_404(rows.select_related("partner__pdm"), public_id=row_id)


def _edition_on(override: TierOverride) -> tuple[Edition, EditionNote]:
    editions = published_editions()
    edition = editions.on(override.from_on)
    return edition, edition_note(edition, until=editions.ends_before(edition))


def _receipt(
    request: SignedInRequest, template: str, partner: Partner, *, page: str, **more: Any
) -> HttpResponse:
    """Render a receipt with what every receipt ends with."""
    address = absolute_url(request, request.get_full_path())
    context = {
        "partner": partner,
        "known_at": None,
        "address": address,
        "objection_url": addresses.objection_url(partner, page=page, address=address),
        **more,
    }
    return render(request, template, context)
