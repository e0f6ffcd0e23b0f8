"""Data that leaves the portal as a file: who took what, and how it was narrowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from partners.models import Export, User
from partners.services import audit


@transaction.atomic
def record_export(
    what: str,
    *,
    actor: User | None,
    at: datetime,
    partner_id: int | None,
    filters: Mapping[str, str],
) -> None:
    """Write down an export before its first row leaves: `what` is "partners.points".

    `filters` say which part it was; without an actor it was a command.
    """
    audit.record(
        f"{what}_exported",
        actor=actor,
        at=at,
        partner_id=partner_id,
        changes={name: (None, value) for name, value in filters.items()},
    )


def expire_files(*, user_ids: Iterable[int | None], at: datetime) -> None:
    """End the files of staff whose portfolio or role changes: they hold what was theirs.

    Whoever works for a partner has files of one company, and none without it.
    """
    files = Export.objects.filter(user__in=[each for each in user_ids if each])
    files.filter(partner=None, expires_at__gt=at).update(expires_at=at)
