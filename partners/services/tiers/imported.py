"""The tier history that a bundle brings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction

from partners.models import TierChange
from partners.services import audit
from partners.services.standings import credited_tiers, show_credited_tiers
from partners.services.tiers.admissions import end_admissions
from program.rulebook import Tier


@transaction.atomic
def record_imported_tiers(
    changes: Sequence[TierChange], *, partner_ids: Iterable[int], on: date, at: datetime
) -> None:
    """Store imported changes, and show what a day then credits to some partners.

    The audit log gets one entry for each partner whose history grew, with its last row.
    Who was Elite and is not any more was invited to it once: that has ended.
    """
    moved = {change.partner_id for change in changes}
    before = credited_tiers(partner_ids=moved, on=on)
    stored = TierChange.objects.bulk_create(changes, batch_size=2_000)
    after = credited_tiers(partner_ids=moved, on=on)
    last = {change.partner_id: change for change in stored}
    audit.record_many(
        [
            audit.Act(
                "partners.tiers_imported",
                partner_id=pk,
                of=change,
                changes=audit.differences(
                    _credited(before.get(pk)), _credited(after.get(pk))
                ),
            )
            for pk, change in last.items()
        ],
        actor=None,
        at=at,
    )
    end_admissions(
        {
            pk: after[pk][1]
            for pk, (tier, _since) in before.items()
            if tier is Tier.ELITE and after[pk][0] is not Tier.ELITE
        },
        at=at,
    )
    show_credited_tiers(partner_ids=partner_ids, on=on)


def _credited(held: tuple[Tier, date] | None) -> dict[str, str | date | None]:
    tier, since = held or (Tier.NONE, None)
    return {"tier": str(tier), "on": since}
