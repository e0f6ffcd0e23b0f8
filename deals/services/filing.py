"""Files on a shared deal: what may come in, how it is kept, and how it goes (R11).

Nothing is trusted but the content: the type is read from it and must be one of a short
list and the one the name says. Nothing is parsed; files go out as attachments alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, Final, NamedTuple

import puremagic
from django.core.exceptions import ValidationError
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
from deals.services.sharing import SharingError, refuse_internal
from partners.models import User
from partners.services import audit
from ui.text import clean_text

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"

BINARY: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
}
TEXT: Final[Mapping[str, str]] = {
    "txt": "text/plain",
    "csv": "text/csv",
    "eml": "message/rfc822",
}
ALLOWED: Final[Mapping[str, str]] = {**BINARY, **TEXT}
"""Ending of the name → type of the content."""

MAX_FILES: Final = 50
MAX_PARTNER_BYTES: Final = 1024**3
MAX_NAME: Final = 120
"""Characters of a file's name, its ending included."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_HEAD: Final = 8_192


class Upload(NamedTuple):
    """A file as it was read: its clean name, its type, its content."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read_upload(file: IO[bytes], *, name: str) -> Upload:
    """Read what somebody sent, or raise `SharingError` with what is wrong with it.

    No more than the limit and one byte is read, whatever the sender says of its size.
    """
    content = file.read(MAX_FILE_BYTES + 1)
    if not content:
        raise SharingError(_("The file is empty."))
    if len(content) > MAX_FILE_BYTES:
        raise SharingError(
            _("The file is larger than %(size)s MB.")
            % {"size": MAX_FILE_BYTES // 1024**2}
        )
    cleaned = clean_name(name)
    return Upload(cleaned, media_type(cleaned, content), content)


def clean_name(name: str) -> str:
    """Return a name that no system reads as a path or as something hidden.

    Raises `SharingError` for characters nobody can see, and for a name without an ending.
    """
    last = re.split(r"[/\\]", name)[-1]
    try:
        text = clean_text(last, max_length=10_000)
    except ValidationError as error:
        raise SharingError(error.messages[0]) from error
    text = " ".join(_FORBIDDEN.sub("_", text).split()).strip(". ")
    path = PurePosixPath(text)
    ending = path.suffix.lower()
    if not ending[1:]:
        raise SharingError(_("The name of the file has no ending, such as .pdf."))
    stem = path.stem.strip(". ") or "file"
    return f"{stem[: MAX_NAME - len(ending)].rstrip('. ')}{ending}"


def media_type(name: str, content: bytes) -> str:
    """Return the type of a content, or raise `SharingError` if it is none of the list.

    Name and content must say the same: a program called contract.pdf is refused, and so
    is a PDF called contract.exe.
    """
    ending = name.rpartition(".")[2]
    if ending not in ALLOWED:
        raise SharingError(
            _("Files ending in %(ending)s are not taken. Taken are: %(allowed)s.")
            % {"ending": ending[:20], "allowed": ", ".join(ALLOWED)}
        )
    fits = _is_text(content) if ending in TEXT else ALLOWED[ending] in _sniffed(content)
    if not fits:
        raise SharingError(
            _("The content is not what the name says: no %(ending)s file.")
            % {"ending": ending}
        )
    return ALLOWED[ending]


def _sniffed(content: bytes) -> set[str]:
    """Return the types whose signature a content begins with."""
    try:
        found = puremagic.magic_string(content[:_HEAD])
    except (puremagic.PureError, ValueError):
        return set()
    return {match.mime_type for match in found}


def _is_text(content: bytes) -> bool:
    """Say whether a content is plain text: UTF-8, nothing invisible, no markup."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if any(character < " " and character not in "\t\n\r" for character in text):
        return False
    return not text.lstrip().startswith(("<", "#!", "%PDF"))


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
    note_activity(
        deal,
        "file_added",
        actor=actor,
        at=at,
        facts={"name": file.name},
        internal=file.internal,
    )
    audit.record(
        "deals.internal_file_added" if file.internal else "deals.file_added",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=file,
        changes={"sha256": (None, file.sha256), "size": (None, file.size)},
    )
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
    if file.removed_at is not None:
        raise SharingError(_("The file is removed already."))
    if file.uploaded_by.is_staff != actor.is_staff:
        raise SharingError(_("Each side removes its own files."))
    if Proof.objects.filter(file=file).exists():
        raise SharingError(_("A proof of involvement rests on this file; it stays."))
    file.removed_at = at
    file.save(update_fields=["removed_at"])
    note_activity(
        deal,
        "file_removed",
        actor=actor,
        at=at,
        facts={"name": file.name},
        internal=file.internal,
    )
    audit.record(
        "deals.internal_file_removed" if file.internal else "deals.file_removed",
        actor=actor,
        at=at,
        partner_id=deal.partner_id,
        of=file,
    )
    storage, kept_as = file.content.storage, str(file.content.name)
    transaction.on_commit(lambda: storage.delete(kept_as))
