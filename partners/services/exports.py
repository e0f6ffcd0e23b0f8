"""Data that leaves the portal as a file: who took what, and how it was narrowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from partners.models import AuditEntry, Export, Partner, User
from partners.services import audit

SEEN_AS: Final = "seen_as"
"""Under this name an entry's changes say as whom a member of staff took a file."""


@transaction.atomic
def record_export(
    what: str,
    *,
    actor: User | None,
    at: datetime,
    partner_id: int | None,
    filters: Mapping[str, str],
    seen_as: Partner | None = None,
) -> None:
    """Write down an export before its first row leaves: `what` is "partners.points".

    `filters` say which part it was; without an actor it was a command. `seen_as` is the
    partner that a member of staff was looking as: the file holds what an owner sees.
    """
    looking = {SEEN_AS: str(seen_as)} if seen_as is not None else {}
    audit.record(
        f"{what}_exported",
        actor=actor,
        at=at,
        partner_id=partner_id,
        changes={name: (None, value) for name, value in {**filters, **looking}.items()},
    )


def seen_partner_of(entry: AuditEntry) -> str:
    """Return the partner as whom a member of staff took a file, "" if as themselves."""
    _before, name = entry.changes.get(SEEN_AS, (None, ""))
    return str(name or "")


def expire_files(*, user_ids: Iterable[int | None], at: datetime) -> None:
    """End the files of staff whose portfolio or role changes: they hold what was theirs.

    Whoever works for a partner has files of one company, and none without it.
    """
    files = Export.objects.filter(user__in=[each for each in user_ids if each])
    files.filter(partner=None, expires_at__gt=at).update(expires_at=at)
