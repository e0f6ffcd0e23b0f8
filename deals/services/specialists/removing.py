"""Areas and absences of specialists that hold no more: taken away, and written down.

Assignments keep by themselves which area they rest on.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from deals.models import SpecialistAbsence, SpecialistArea
from partners.models import User
from partners.services import audit

_AREA = ("specialist_id", "territory", "segment", "product_line")
_ABSENCE = ("specialist_id", "from_on", "until_on")


@transaction.atomic
def remove_area(*, area_id: int, actor: User, at: datetime) -> bool:
    """Take an area away: no new deals from there. Return False if it is gone already."""
    area = SpecialistArea.objects.select_for_update().filter(pk=area_id).first()
    return _remove(area, "deals.area_removed", _AREA, actor=actor, at=at)


@transaction.atomic
def remove_absence(*, absence_id: int, actor: User, at: datetime) -> bool:
    """Take an absence back. Return False if it is gone already."""
    absence = SpecialistAbsence.objects.select_for_update().filter(pk=absence_id).first()
    return _remove(absence, "deals.absence_removed", _ABSENCE, actor=actor, at=at)


def _remove(
    row: SpecialistArea | SpecialistAbsence | None,
    action: str,
    names: tuple[str, ...],
    *,
    actor: User,
    at: datetime,
) -> bool:
    if row is None:
        return False
    audit.record(
        action,
        actor=actor,
        at=at,
        partner_id=None,
        of=row,
        changes=audit.differences(audit.values_of(row, names), dict.fromkeys(names)),
    )
    row.delete()
    return True
