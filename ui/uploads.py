"""Files that people send, and how they go out again: inert on both ways (R11).

Nothing is trusted but the content: the type is read from it and must be one of a list
and the one the name says. Nothing is parsed; files go out as attachments alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import IO, Final, NamedTuple

import puremagic
from django.core.exceptions import ValidationError
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from ui.text import clean_text

SCANS: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}
"""Ending of the name → type of the content, of papers that are read and kept."""

TEXT: Final[Mapping[str, str]] = {
    "txt": "text/plain",
    "csv": "text/csv",
    "eml": "message/rfc822",
}
"""The same, of text: it has no signature, but must hold nothing else."""

MAX_NAME: Final = 120
"""Characters of a file's name, its ending included."""

SAFE_HEADERS: Final = {
    # Whatever it is, no browser shows it, runs it, or guesses another type.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_HEAD: Final = 8_192


class UploadError(ValueError):
    """A file that is not taken; the sentence says why."""


class Upload(NamedTuple):
    """A file as it was read: its clean name, its type, its content."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read_upload(
    file: IO[bytes], *, name: str, allowed: Mapping[str, str], max_bytes: int
) -> Upload:
    """Read what somebody sent, or raise `UploadError` with what is wrong with it.

    `allowed` is ending of the name → type of the content. No more than `max_bytes` and
    one byte is read, whatever the sender says of its size.
    """
    content = file.read(max_bytes + 1)
    if not content:
        raise UploadError(_("The file is empty."))
    if len(content) > max_bytes:
        raise UploadError(
            _("The file is larger than %(size)s MB.") % {"size": max_bytes // 1024**2}
        )
    cleaned = clean_name(name)
    return Upload(cleaned, media_type(cleaned, content, allowed), content)


def clean_name(name: str) -> str:
    """Return a name that no system reads as a path or as something hidden.

    Raises `UploadError` for characters nobody can see, and for a name without an ending.
    """
    last = re.split(r"[/\\]", name)[-1]
    try:
        text = clean_text(last, max_length=10_000)
    except ValidationError as error:
        raise UploadError(error.messages[0]) from error
    text = " ".join(_FORBIDDEN.sub("_", text).split()).strip(". ")
    path = PurePosixPath(text)
    ending = path.suffix.lower()
    if not ending[1:]:
        raise UploadError(_("The name of the file has no ending, such as .pdf."))
    stem = path.stem.strip(". ") or "file"
    return f"{stem[: MAX_NAME - len(ending)].rstrip('. ')}{ending}"


def media_type(name: str, content: bytes, allowed: Mapping[str, str]) -> str:
    """Return the type of a content, or raise `UploadError` if it is none of the list.

    Name and content must say the same: a program called contract.pdf is refused, and so
    is a PDF called contract.exe.
    """
    ending = name.rpartition(".")[2]
    if ending not in allowed:
        raise UploadError(
            _("Files ending in %(ending)s are not taken. Taken are: %(allowed)s.")
            % {"ending": ending[:20], "allowed": ", ".join(allowed)}
        )
    fits = _is_text(content) if ending in TEXT else allowed[ending] in _sniffed(content)
    if not fits:
        raise UploadError(
            _("The content is not what the name says: no %(ending)s file.")
            % {"ending": ending}
        )
    return allowed[ending]


def download(content: FieldFile, *, name: str, media_type: str) -> FileResponse:
    """Return a stored file as an attachment; 404 if it is gone."""
    try:
        opened = content.open("rb")
    except (FileNotFoundError, ValueError) as error:
        # Removed a moment ago, or a row that never had one.
        raise Http404 from error
    return attachment(opened, name=name, media_type=media_type)


def attachment(content: IO[bytes], *, name: str, media_type: str) -> FileResponse:
    """Return a content as an attachment, never to be shown."""
    return FileResponse(
        content,
        as_attachment=True,
        filename=name,
        content_type=media_type,
        headers=SAFE_HEADERS,
    )


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
