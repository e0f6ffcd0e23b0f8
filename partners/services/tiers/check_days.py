"""A day on which tiers are checked: cures that end, the snapshot, rises, evaluations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from partners import standing_sql
from partners.models import Partner, Snapshot
from partners.selectors import edition_on
from partners.services.tiers.admissions import lock_admitted
from partners.services.tiers.cures import end_cures
from partners.services.tiers.days import run_tier_day
from partners.services.tiers.decisions import certified_partners
from partners.services.tiers.elite_days import find_candidates, review_elite
from partners.services.tiers.evaluations import evaluate_partners
from partners.services.tiers.upgrades import grant_upgrades


class NotACheckDayError(ValueError):
    """Tiers are checked on the days of the evaluation calendar only."""


@dataclass(slots=True, kw_only=True)
class CheckDay:
    """What a check day did for a range of partners."""

    on: date
    snapshots: int = 0
    upgraded: int = 0
    evaluated: int = 0
    downgraded: int = 0

    def __iadd__(self, other: CheckDay) -> CheckDay:
        self.snapshots += other.snapshots
        self.upgraded += other.upgraded
        self.evaluated += other.evaluated
        self.downgraded += other.downgraded
        return self


@transaction.atomic
def run_check_day(
    *, on: date, at: datetime, first: int = 0, last: int = standing_sql.NO_LAST_ID
) -> CheckDay:
    """Take the snapshot of a day and, on 15 January and 15 July, evaluate.

    Raises `NotACheckDayError` on any other day than the calendar's. Cures that have ended
    and appeals that were decided come first, then upgrades: whoever reaches a higher tier
    on an evaluation day is evaluated with it. Candidates for Elite are found last.
    """
    refuse_other_days(on=on)
    edition = edition_on(on)
    done = CheckDay(on=on)
    lock_admitted(first=first, last=last)
    done.downgraded = end_cures(on=on, at=at, first=first, last=last)
    done.downgraded += run_tier_day(on=on, at=at, first=first, last=last)
    done.snapshots = take_snapshots(on=on, at=at, first=first, last=last)
    done.upgraded = grant_upgrades(on=on, at=at, first=first, last=last)
    calendar = edition.rulebook.calendar
    if calendar.is_evaluation_day(on):
        for day in calendar.period(on)[:-1]:
            # Months before the portal went live are read from the ledger: evidence of
            # what was reached, never an upgrade.
            take_snapshots(on=day, at=at, first=first, last=last)
        done.evaluated, downgraded = evaluate_partners(
            on=on, at=at, first=first, last=last, edition=edition
        )
        done.downgraded += downgraded
        review_elite(on=on, at=at, first=first, last=last)
    find_candidates(on=on, at=at, first=first, last=last)
    return done


def refuse_other_days(*, on: date) -> None:
    """Raise `NotACheckDayError` unless tiers are checked on this day."""
    calendar = edition_on(on).rulebook.calendar
    if not calendar.is_snapshot_day(on):
        raise NotACheckDayError(
            f"{on} is not a check day: tiers are checked on the "
            f"{calendar.snapshot_day}th of a month."
        )


@transaction.atomic
def take_snapshots(*, on: date, at: datetime, first: int, last: int) -> int:
    """Store the totals of a day for each partner that has no snapshot of it yet."""
    edition = edition_on(on)
    partners = Partner.objects.filter(pk__range=(first, last))
    taken = set(
        Snapshot.objects.filter(
            on=on, partner_id__gte=first, partner_id__lte=last
        ).values_list("partner_id", flat=True)
    )
    if len(taken) == partners.count():
        return 0
    certified = certified_partners(on=on, first=first, last=last)
    new = [
        Snapshot(
            partner_id=standing.partner_id,
            on=on,
            sourced=standing.sourced,
            assisted=standing.assisted,
            managed=standing.managed,
            performing_tier=standing.performing_tier,
            certified=standing.partner_id in certified,
            edition_id=edition.id,
            taken_at=at,
        )
        for standing in standing_sql.read(on=on, edition=edition, first=first, last=last)
        if standing.partner_id not in taken
    ]
    Snapshot.objects.bulk_create(new, batch_size=2_000, ignore_conflicts=True)
    return len(new)
