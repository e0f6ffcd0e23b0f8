"""Who is admitted to Elite's numbers, from which day to which (3.12).

The history is only added to, so that what a receipt said of a day it says for ever;
`Partner.elite_invited_on` is written here, beside it, and by no one else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction

from outbox import services as outbox
from partners.models import EliteAdmission, Partner


@transaction.atomic
def admit(partner: Partner, on: date, *, at: datetime) -> None:
    """Admit a partner from a day on, and on no day before it that counts already."""
    before = partner.elite_invited_on
    partner.elite_invited_on = on
    partner.save(update_fields=["elite_invited_on"])
    record_admission(partner, before=before, today=on, at=at)


@transaction.atomic
def record_admission(
    partner: Partner, *, before: date | None, today: date, at: datetime
) -> None:
    """Write the history of a partner whose day of admission was stored already.

    Without a day it is admitted no more from today on: it was until then.
    """
    on = partner.elite_invited_on
    if before is not None and (on is None or before < on):
        end = max(today, before) if on is None else before
        _write({partner.pk: end}, admitted=False, at=at)
    if on is not None:
        _write({partner.pk: on}, admitted=True, at=at)
    refresh_admitted(partner.pk, at=at)


@transaction.atomic
def end_admissions(ends: Mapping[int, date], *, at: datetime) -> None:
    """Admit partners no more from a day on: partner id → the day.

    Who was not admitted stays as it is, and so does who was admitted again since.
    """
    admitted = (
        Partner.objects.select_for_update(of=("self",))
        .filter(pk__in=list(ends), elite_invited_on__isnull=False)
        .order_by("pk")
    )
    ended = [
        pk
        for pk, begun in admitted.values_list("pk", "elite_invited_on")
        if begun is not None and begun <= ends[pk]
    ]
    if not ended:
        return
    _write({pk: ends[pk] for pk in ended}, admitted=False, at=at)
    Partner.objects.filter(pk__in=ended).update(elite_invited_on=None)
    for pk in ended:
        refresh_admitted(pk, at=at)


def lock_admitted(*, first: int, last: int) -> None:
    """Lock the partners whose admission a day may end, before anything else of theirs.

    Whoever decides about a tier locks the partner first: in the other order the two
    would wait for each other.
    """
    admitted = Partner.objects.filter(
        pk__gte=first, pk__lte=last, elite_invited_on__isnull=False
    )
    list(admitted.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def refresh_admitted(partner_id: int, *, at: datetime) -> None:
    """Queue the refresh of the standing, which knows who is admitted to Elite."""
    outbox.put(
        "partners.refresh_standing",
        key=f"standing:{partner_id}:elite:{at.isoformat()}",
        partner_id=partner_id,
    )


def _write(days: Mapping[int, date], *, admitted: bool, at: datetime) -> None:
    """Say from a day on that a partner is admitted, or is not, whatever was said before.

    What was recorded of later days is said anew: of a day the last row up to it counts.
    """
    said = _history(days)
    EliteAdmission.objects.bulk_create(
        [
            EliteAdmission(partner_id=pk, on=on, admitted=admitted, recorded_at=at)
            for pk, first in days.items()
            for on in (
                first,
                *(
                    day
                    for day, was in said[pk].items()
                    if day > first and was != admitted
                ),
            )
        ]
    )


def _history(partner_ids: Iterable[int]) -> Mapping[int, dict[date, bool]]:
    """Return partner id → day → what the last row of that day says."""
    said: dict[int, dict[date, bool]] = defaultdict(dict)
    rows = EliteAdmission.objects.filter(partner_id__in=list(partner_ids))
    for pk, on, admitted in rows.order_by("on", "id").values_list(
        "partner_id", "on", "admitted"
    ):
        said[pk][on] = admitted
    return said
