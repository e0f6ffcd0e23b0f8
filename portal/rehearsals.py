"""The rehearsal: what the next evaluation would decide if it were today (3.4).

Every night, and whenever an edition is published.

`partners.services.tiers.rehearsal` decides; appeals and good standing weigh as they do on
the day. In the days in which an appeal may be made it is also told what becomes of the
tier if nothing comes. Nothing is credited. The whole programme takes a few reads.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from outbox import services as outbox
from partners import standing_sql
from partners.models import Standing, TierAppeal
from partners.selectors import Edition, published_editions
from partners.services import partner_ranges, refresh_standings
from partners.services.tiers.appeal_days import appeals_against, heeding
from partners.services.tiers.rehearsal import (
    Rehearsed,
    Standpoint,
    rehearse_partners,
)
from portal.models import Outlook
from program.calendar import add_months
from program.rulebook import Tier
from program.tiers import Totals

MONTHS_BACK = 12


@transaction.atomic
def rehearse(
    *, on: date, at: datetime, first: int = 0, last: int = standing_sql.NO_LAST_ID
) -> int:
    """Rehearse the next evaluation for partners `first`..`last`, from today's standings.

    Returns for how many; repeating it replaces the rows by the same ones. Standings that
    are not of the day are left out: their points are not those of the day.
    """
    editions = published_editions()
    evaluation_on = editions.on(on).rulebook.calendar.next_evaluation(on)
    edition = editions.on(evaluation_on)
    standings = (
        Standing.objects.filter(partner_id__gte=first, partner_id__lte=last, as_of=on)
        .select_related("partner")
        .order_by("pk")
    )
    standpoints = [_standpoint(standing) for standing in standings]
    window = timedelta(days=edition.rulebook.tiers.appeal_from_days)
    rehearsed = rehearse_partners(
        standpoints,
        on=on,
        at=at,
        editions=editions,
        since=add_months(on, -MONTHS_BACK),
        ahead=evaluation_on - window <= on < evaluation_on,
    )
    ids = [each.partner.pk for each in standpoints]
    appeals = appeals_against(evaluation_on=evaluation_on, partner_ids=ids)
    Outlook.objects.bulk_create(
        [
            _outlook(
                each,
                on=on,
                evaluation_on=evaluation_on,
                appeal=appeals.get(each.standpoint.partner.pk),
                edition=edition,
                at=at,
            )
            for each in rehearsed
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["partner"],
        update_fields=[
            "as_of", "evaluation_on", "credited_tier", "performing_tier", "tier", "cause",
            "facts", "curve", "edition", "computed_at",
        ],
    )  # fmt: skip
    return len(rehearsed)


def queue_rehearsals(*, edition_id: int) -> None:
    """Queue a rehearsal of every partner because an edition was published.

    The evaluation it decides may be the next one: pages are not to wait for the night.
    """
    for first, last in partner_ranges():
        outbox.put(
            "portal.rehearse",
            key=f"rehearse:edition:{edition_id}:{first}",
            first=first,
            last=last,
        )


@transaction.atomic
def rehearse_now(*, today: date, at: datetime, first: int, last: int) -> int:
    """Bring a range of partners to today and rehearse them; twice is harmless."""
    refresh_standings(on=today, first=first, last=last)
    return rehearse(on=today, at=at, first=first, last=last)


def _standpoint(standing: Standing) -> Standpoint:
    return Standpoint(
        partner=standing.partner,
        credited=Tier(standing.credited_tier),
        credited_on=standing.credited_on,
        totals=Totals(
            sourced=standing.sourced,
            assisted=standing.assisted,
            managed=standing.managed,
        ),
    )


def _outlook(
    rehearsed: Rehearsed,
    *,
    on: date,
    evaluation_on: date,
    appeal: TierAppeal | None,
    edition: Edition,
    at: datetime,
) -> Outlook:
    standpoint = rehearsed.standpoint
    credited, totals = standpoint.credited, standpoint.totals
    decision, _facts = heeding(
        rehearsed.decision, on=evaluation_on, credited=credited, appeal=appeal
    )
    facts: dict[str, Any] = {
        "sourced": totals.sourced,
        "assisted": totals.assisted,
        "managed": totals.managed,
        "credited_on": outbox.iso(standpoint.credited_on),
        "period": [[day.isoformat(), str(tier)] for day, tier in rehearsed.period],
        "certified": rehearsed.certified,
        "best": str(decision.best or Tier.NONE),
        "protected_until": outbox.iso(decision.protected_until),
        "cure_until": outbox.iso(decision.cure_until),
    }
    if rehearsed.held:
        facts |= {"held": rehearsed.held, "reached": str(rehearsed.reached)}
    if rehearsed.left_alone is not None:
        then, _facts = heeding(
            rehearsed.left_alone, on=evaluation_on, credited=credited, appeal=appeal
        )
        if then.tier < min(decision.tier, credited):
            facts["left_alone"] = str(then.tier)
    return Outlook(
        partner_id=standpoint.partner.pk,
        as_of=on,
        evaluation_on=evaluation_on,
        credited_tier=credited,
        performing_tier=rehearsed.performing,
        tier=decision.tier,
        cause=decision.cause,
        facts=facts,
        curve=[
            [day.isoformat(), check.total, check.known_at.isoformat()]
            for day, check in sorted(rehearsed.checks.items())
        ],
        edition_id=edition.id,
        computed_at=at,
    )
