"""Crediting what a check's points give where it is higher than the credited tier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from partners import standing_sql
from partners.models import Partner, Snapshot, TierChange, UpgradeHeld
from partners.receipts.conditions import conditions_on
from partners.selectors import Edition, edition_on
from partners.services.standing.telling import settle_others, tell
from partners.services.standings import credited_tiers
from partners.services.tiers.decisions import certified_partners, credit, decided_after
from program import tiers as rules
from program.rulebook import Tier


class Reached(NamedTuple):
    """The tier a partner's points gave on a day, and the snapshot that says so."""

    partner_id: int
    performing: Tier
    certified: bool
    snapshot_id: int | None


@transaction.atomic
def grant_upgrades(*, on: date, at: datetime, first: int, last: int) -> int:
    """Credit what a day's points give where it is higher than the credited tier.

    Only on the days the edition's upgrade schedule names (3.4): those of the monthly
    snapshot as a rule. Days before a partner's last tier change or evaluation are history
    and never touched. A partner that is not in good standing that day does not rise: what
    it reached is recorded as held back (R5). Returns the number of upgrades; repeating it
    grants nothing.
    """
    edition = edition_on(on)
    if not rules.is_upgrade_day(on=on, rulebook=edition.rulebook):
        return 0
    decided_later = decided_after(on=on, first=first, last=last)
    reached = [
        each
        for each in reached_on(on=on, first=first, last=last, edition=edition)
        if each.partner_id not in decided_later
    ]
    ids = [each.partner_id for each in reached]
    credited = credited_tiers(partner_ids=ids, on=on)
    changes = []
    for each in reached:
        tier, _day = credited.get(each.partner_id, (Tier.NONE, on))
        higher = rules.upgrade(
            credited=tier,
            performing=each.performing,
            certified=each.certified,
            rulebook=edition.rulebook,
        )
        if higher is not None:
            changes.append(
                TierChange(
                    partner_id=each.partner_id,
                    on=on,
                    tier=higher,
                    cause=TierChange.Cause.UPGRADED,
                    snapshot_id=each.snapshot_id,
                    recorded_at=at,
                )
            )
    changes = _in_good_standing(changes, checked=ids, on=on, at=at, edition=edition)
    credit(changes)
    return len(changes)


def _in_good_standing(
    changes: list[TierChange],
    *,
    checked: list[int],
    on: date,
    at: datetime,
    edition: Edition,
) -> list[TierChange]:
    """Return the changes of partners that meet all conditions; hold back the others.

    `checked` are all partners whose points were looked at.
    """
    partners = Partner.objects.in_bulk([change.partner_id for change in changes])
    said = set()
    states = conditions_on(partners.values(), on=on, rulebook=edition.rulebook)
    granted, held = [], []
    for change in changes:
        red = [str(s.condition) for s in states[change.partner_id] if not s.met]
        if not red:
            granted.append(change)
            continue
        held.append(
            UpgradeHeld(
                partner_id=change.partner_id,
                on=on,
                tier=change.tier,
                snapshot_id=change.snapshot_id,
                conditions=red,
                recorded_at=at,
            )
        )
        key = f"upgrade-held:{change.partner_id}:{change.tier}:{on:%Y-%m}"
        said.add(key)
        tell(
            "partners.upgrade_held",
            key=key,
            partner=partners[change.partner_id],
            at=at,
            tier=str(change.tier),
            conditions=[*red],
        )
    UpgradeHeld.objects.bulk_create(held, ignore_conflicts=True)
    # What was held back before is credited by now, or not reached any more, or said anew.
    settle_others("partners.upgrade_held", partner_ids=checked, keep=said, at=at)
    return granted


def reached_on(*, on: date, first: int, last: int, edition: Edition) -> Iterator[Reached]:
    """Yield what partners reached on a day: its snapshot, or the ledger without one."""
    snapshots = Snapshot.objects.filter(
        on=on, partner_id__gte=first, partner_id__lte=last
    ).order_by("partner_id")
    if edition.rulebook.calendar.is_snapshot_day(on):
        for pk, partner_id, tier, certified in snapshots.values_list(
            "pk", "partner_id", "performing_tier", "certified"
        ):
            yield Reached(partner_id, Tier(tier), certified, pk)
        return
    certified_ids = certified_partners(on=on, first=first, last=last)
    for row in standing_sql.read(on=on, edition=edition, first=first, last=last):
        yield Reached(
            row.partner_id,
            Tier(row.performing_tier),
            row.partner_id in certified_ids,
            None,
        )
