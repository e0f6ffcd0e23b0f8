"""Files on a shared deal: what may come in, how it is kept, and how it goes (R11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import IO, Final

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from deals.models import Deal, DealFile, Proof
from deals.models.shared import MAX_FILE_BYTES
from deals.notifications.sharing import tell_file
from deals.services.activities import (
    locked,
    note_activity,
    partner_accounts,
    vendor_accounts,
)
from deals.services.sharing.writing import SharingError, refuse_internal
from partners.models import User
from partners.services import audit
from ui import uploads
from ui.uploads import SCANS, TEXT, Upload, UploadError

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"

ALLOWED: Final[Mapping[str, str]] = {
    **SCANS,
    "gif": "image/gif",
    "webp": "image/webp",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    **TEXT,
}
"""Ending of the name → type of the content."""

MAX_FILES: Final = 50
MAX_PARTNER_BYTES: Final = 1024**3


def read_upload(file: IO[bytes], *, name: str) -> Upload:
    """Read what somebody sent, or raise `SharingError` with what is wrong with it."""
    try:
        return uploads.read_upload(
            file, name=name, allowed=ALLOWED, max_bytes=MAX_FILE_BYTES
        )
    except UploadError as error:
        raise SharingError(str(error)) from error


def add_file(
    *, deal_id: int, upload: Upload, internal: bool, actor: User, at: datetime
) -> DealFile:
    """Keep a file on a deal, outside of the web root under a name drawn by lot.

    The other side is told, of an internal one nobody. Raises `SharingError` for an
    internal one of somebody who is not staff, one that is there already, and when the
    deal or the partner has no room left. Nothing is left of a file that was refused.
    """
    refuse_internal(internal, actor)
    file = DealFile(
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.content),
        sha256=upload.sha256,
        internal=internal,
        uploaded_by=actor,
        uploaded_at=at,
    )
    try:
        return _keep(file, upload, deal_id=deal_id, actor=actor, at=at)
    except BaseException:
        # The storage knows no transaction.
        if kept_as := file.content.name:
            file.content.storage.delete(kept_as)
        raise


@transaction.atomic
def _keep(
    file: DealFile, upload: Upload, *, deal_id: int, actor: User, at: datetime
) -> DealFile:
    deal = locked(deal_id)
    _refuse_crowd(deal, file)
    file.deal = deal
    file.content.save(upload.name, ContentFile(upload.content), save=False)
    file.save()
    changes = {"sha256": (None, file.sha256), "size": (None, file.size)}
    _write_down("file_added", file, actor=actor, at=at, changes=changes)
    if not file.internal:
        tell_file(
            deal,
            file,
            partner=partner_accounts(deal),
            vendor=vendor_accounts(deal),
            at=at,
        )
    return file


def _refuse_crowd(deal: Deal, file: DealFile) -> None:
    """Refuse what is there already, and what would be too much.

    Internal files count apart: whether the vendor has any is not for the partner to know.
    """
    there = DealFile.objects.filter(deal=deal, removed_at=None, internal=file.internal)
    if there.filter(sha256=file.sha256).exists():
        raise SharingError(_("This file is on the deal already."))
    if there.count() >= MAX_FILES:
        raise SharingError(
            _("A deal keeps %(count)s files at most. Remove one first.")
            % {"count": MAX_FILES}
        )
    kept = DealFile.objects.filter(
        deal__partner=deal.partner_id, removed_at=None, internal=file.internal
    ).aggregate(bytes=Sum("size"))
    if (kept["bytes"] or 0) + file.size > MAX_PARTNER_BYTES:
        raise SharingError(_("The company’s room for files is used up."))


@transaction.atomic
def remove_file(*, file_id: int, actor: User, at: datetime) -> None:
    """Remove a file: its row stays, its content goes when the transaction is done.

    Raises `SharingError` for a file of the other side, one that is removed already, and
    one that a proof of involvement rests on.
    """
    deal = locked(DealFile.objects.get(pk=file_id).deal_id)
    file = DealFile.objects.select_related("uploaded_by").get(pk=file_id)
    file.deal = deal
    if file.removed_at is not None:
        raise SharingError(_("The file is removed already."))
    if file.uploaded_by.is_staff != actor.is_staff:
        raise SharingError(_("Each side removes its own files."))
    if Proof.objects.filter(file=file).exists():
        raise SharingError(_("A proof of involvement rests on this file; it stays."))
    file.removed_at = at
    file.save(update_fields=["removed_at"])
    _write_down("file_removed", file, actor=actor, at=at)
    storage, kept_as = file.content.storage, str(file.content.name)
    transaction.on_commit(lambda: storage.delete(kept_as))


def _write_down(
    event: str,
    file: DealFile,
    *,
    actor: User,
    at: datetime,
    changes: audit.Changes | None = None,
) -> None:
    """Write the timeline and the audit log; of an internal file apart in both."""
    note_activity(
        file.deal,
        event,
        actor=actor,
        at=at,
        facts={"name": file.name},
        internal=file.internal,
    )
    audit.record(
        f"deals.internal_{event}" if file.internal else f"deals.{event}",
        actor=actor,
        at=at,
        partner_id=file.deal.partner_id,
        of=file,
        changes=changes,
    )
