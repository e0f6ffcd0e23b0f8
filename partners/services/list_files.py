"""Files of long lists: asked for, made in the background, gone after a day."""

from __future__ import annotations

import tempfile
import uuid
from datetime import date, datetime, timedelta
from typing import Final

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

import outbox.services as outbox
from partners.models import Export, User
from partners.models.exports import MAX_QUERY
from partners.services.exports import record_export
from partners.services.notifications import notify
from ui.listings import Sheet, UnknownListError, listing_of
from ui.query import BadQueryError
from ui.sheets import write_sheet

DOWNLOAD_ROWS: Final = 1_000
"""Longest list that is downloaded at once; a longer one is made in the background."""

MAX_ROWS: Final = 50_000
LIFETIME: Final = timedelta(hours=24)
MAX_UNFINISHED: Final = 3
MAX_AN_HOUR: Final = 20
FOLDER: Final = "exports"


class ExportRefusedError(ValueError):
    """The file is not made; the sentence says why."""


def sheet_of(page: str, query: str, *, user: User, on: date, host: str) -> Sheet:
    """Return what a list shows to somebody; nothing is read yet.

    Raises `UnknownListError`, also for a list the account has none of, and
    `BadQueryError`.
    """
    listing = listing_of(page)
    if listing.of_company and user.partner is None:
        raise UnknownListError(page)
    if len(query) > MAX_QUERY:
        raise BadQueryError(_("The address is too long."))
    return listing.build(QueryDict(query), user=user, on=on, host=host)


@transaction.atomic
def ask_for_file(
    *, user: User, page: str, query: str, file_format: str, at: datetime, host: str
) -> Export:
    """Have a file of a list made in the background; `sheet_of` has checked the query.

    The same file that is being made already is returned again, so sending a form twice
    is harmless. Raises `ExportRefusedError` when somebody asks for too many.
    """
    User.objects.select_for_update().get(pk=user.pk)
    own = Export.objects.filter(user=user.pk)
    wanted = {"page": page, "query": query, "file_format": file_format}
    partner_id = user.partner.pk if user.partner else None
    running = own.unfinished().filter(**wanted, partner=user.partner).first()
    if running:
        return running
    if own.unfinished().count() >= MAX_UNFINISHED:
        raise ExportRefusedError(
            _("%(number)s files are being prepared already. Wait for one of them.")
            % {"number": MAX_UNFINISHED}
        )
    if own.filter(created_at__gt=at - timedelta(hours=1)).count() >= MAX_AN_HOUR:
        raise ExportRefusedError(
            _("You asked for %(number)s files within an hour. Try again later.")
            % {"number": MAX_AN_HOUR}
        )
    export = Export.objects.create(
        user_id=user.pk, partner_id=partner_id, created_at=at, **wanted
    )
    record_export(
        f"partners.{page}",
        actor=user,
        at=at,
        partner_id=partner_id,
        filters={"query": query, "format": file_format},
    )
    outbox.put(
        "partners.make_file",
        key=f"export:{export.pk}",
        export_id=export.pk,
        host=host,
    )
    return export


@transaction.atomic
def make_file(*, export_id: int, host: str, at: datetime, today: date) -> None:
    """Make the file with the rights its owner has now, and tell them.

    An export that is gone or finished is left alone. A list that may not, or cannot, be
    read any more ends as "not made" with the reason.
    """
    export = Export.objects.select_for_update().filter(pk=export_id).first()
    if export is None or export.state != Export.State.PREPARING:
        return
    user = User.objects.get(pk=export.user_id)
    with translation.override(user.language):
        try:
            sheet = _sheet_now(export, user=user, today=today, host=host)
        except (ExportRefusedError, BadQueryError, UnknownListError) as error:
            unknown = isinstance(error, UnknownListError)
            reason = _("This list is not yours any more.") if unknown else str(error)
            _fail(export, reason=reason, at=at)
            return
        export.file_name, export.row_count = _store(sheet, export, user.language)
    export.state = Export.State.READY
    export.expires_at = at + LIFETIME
    export.save(update_fields=["file_name", "row_count", "state", "expires_at"])
    _tell(export, at=at, rows=export.row_count)


def delete_expired(*, at: datetime) -> int:
    """Delete what expired, with its file; return how many exports.

    Files that no export names, left by a job that was killed, go after a day as well.
    """
    old = Export.objects.filter(expires_at__lte=at) | Export.objects.filter(
        state=Export.State.FAILED, created_at__lte=at - LIFETIME
    )
    count = 0
    for export in old:
        if export.file_name:
            default_storage.delete(export.file_name)
        export.delete()
        count += 1
    _delete_strays(at)
    return count


def _sheet_now(export: Export, *, user: User, today: date, host: str) -> Sheet:
    still_theirs = Export.objects.visible_to(user).filter(pk=export.pk).exists()
    if not (user.is_active and still_theirs):
        raise UnknownListError(export.page)
    sheet = sheet_of(export.page, export.query, user=user, on=today, host=host)
    if sheet.count() > MAX_ROWS:
        raise ExportRefusedError(
            _("The list has more than %(rows)s rows. Narrow it with a filter.")
            % {"rows": f"{MAX_ROWS:,}"}
        )
    return sheet


def _store(sheet: Sheet, export: Export, language: str) -> tuple[str, int]:
    """Write the file under a random name; return the name, and its number of rows."""
    with tempfile.TemporaryFile() as file:
        rows = write_sheet(sheet, file, file_format=export.file_format, language=language)
        file.seek(0)
        name = f"{FOLDER}/{uuid.uuid4().hex}.{export.file_format}"
        return default_storage.save(name, File(file, name=name)), rows


def _fail(export: Export, *, reason: str, at: datetime) -> None:
    export.state = Export.State.FAILED
    export.reason = reason[:300]
    export.save(update_fields=["state", "reason"])
    _tell(export, at=at, rows=None)


def _tell(export: Export, *, at: datetime, rows: int | None) -> None:
    notify(
        "partners.file_made",
        key=f"export:{export.pk}",
        user_ids=[export.user_id],
        at=at,
        partner_id=export.partner_id,
        facts={"list": export.page, "rows": rows},
        path=reverse("portal:exports"),
    )


def _delete_strays(at: datetime) -> None:
    try:
        _folders, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return
    kept = set(Export.objects.exclude(file_name="").values_list("file_name", flat=True))
    for name in names:
        path = f"{FOLDER}/{name}"
        if path in kept or default_storage.get_modified_time(path) > at - LIFETIME:
            continue
        default_storage.delete(path)
