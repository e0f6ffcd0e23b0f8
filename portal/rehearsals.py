"""The nightly rehearsal: what the next evaluation would decide if it were today (3.4).

The checks that lie behind count as they were taken, today's points stand for the
evaluation's own check, and `program.tiers` decides as it will on the day, under the
edition of that day; appeals and good standing weigh as they do then. Nothing is
credited. The whole programme takes a few reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from partners import standing_sql
from partners.models import Snapshot, Standing, TierAppeal
from partners.receipts.conditions import conditions_on
from partners.selectors import Edition, Editions, published_editions
from partners.services.tiers.appeal_days import appeals_against, heeding
from partners.services.tiers.decisions import certified_partners
from portal.models import Outlook
from program import tiers as rules
from program.calendar import add_months
from program.rulebook import Membership, Tier

MONTHS_BACK = 12


@dataclass(frozen=True, slots=True)
class _Check:
    """What a partner had on a check day, as known at a moment; micro-points."""

    total: int
    tier: Tier
    known_at: datetime


@transaction.atomic
def rehearse(
    *, on: date, at: datetime, first: int = 0, last: int = standing_sql.NO_LAST_ID
) -> int:
    """Rehearse the next evaluation for partners `first`..`last`, from today's standings.

    Returns for how many; repeating it replaces the rows by the same ones. Standings that
    are not of the day are left out: their points are not those of the day.
    """
    editions = published_editions()
    calendar = editions.on(on).rulebook.calendar
    evaluation_on = calendar.next_evaluation(on)
    edition = editions.on(evaluation_on)
    standings = list(
        Standing.objects.filter(partner_id__gte=first, partner_id__lte=last, as_of=on)
        .select_related("partner")
        .order_by("pk")
    )
    days = calendar.snapshot_days(add_months(on, -MONTHS_BACK), on)
    # On a check day, today's points are that check: what was taken may be older.
    days = tuple(day for day in days if editions.first_day <= day < on)
    ids = [row.partner_id for row in standings]
    checks = _checks(days, ids=ids, editions=editions, at=at)
    certified = certified_partners(on=on, first=first, last=last)
    appeals = appeals_against(evaluation_on=evaluation_on, partner_ids=ids)
    outlooks = [
        _outlook(
            standing,
            evaluation_on=evaluation_on,
            checks=checks[standing.partner_id],
            certified=standing.partner_id in certified,
            appeal=appeals.get(standing.partner_id),
            edition=edition,
            at=at,
        )
        for standing in standings
    ]
    _hold_back(outlooks, standings, on=on, edition=edition)
    Outlook.objects.bulk_create(
        outlooks,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["partner"],
        update_fields=[
            "as_of", "evaluation_on", "credited_tier", "performing_tier", "tier", "cause",
            "facts", "curve", "edition", "computed_at",
        ],
    )  # fmt: skip
    return len(outlooks)


def _checks(
    days: tuple[date, ...], *, ids: list[int], editions: Editions, at: datetime
) -> Mapping[int, dict[date, _Check]]:
    """Return partner id → day → what was there, from the snapshots.

    Where they lack it is read from the ledger, as the evaluation does for its period.
    """
    found: dict[int, dict[date, _Check]] = defaultdict(dict)
    if not ids:
        return found
    for partner_id, day, sourced, assisted, managed, tier, taken_at in (
        Snapshot.objects.filter(
            partner_id__gte=ids[0], partner_id__lte=ids[-1], on__in=days
        )
        .order_by("on")
        .values_list(
            "partner_id", "on", "sourced", "assisted", "managed", "performing_tier",
            "taken_at",
        )
    ):  # fmt: skip
        total = sourced + assisted + managed
        found[partner_id][day] = _Check(total, Tier(tier), taken_at)
    for day in days:
        missing = [pk for pk in ids if day not in found[pk]]
        if not missing:
            continue
        wanted = set(missing)
        for row in standing_sql.read(
            on=day, edition=editions.on(day), first=missing[0], last=missing[-1]
        ):
            if row.partner_id in wanted:
                tier = Tier(row.performing_tier)
                found[row.partner_id][day] = _Check(row.total, tier, at)
    return found


def _outlook(
    standing: Standing,
    *,
    evaluation_on: date,
    checks: Mapping[date, _Check],
    certified: bool,
    appeal: TierAppeal | None,
    edition: Edition,
    at: datetime,
) -> Outlook:
    partner, rulebook = standing.partner, edition.rulebook
    credited = Tier(standing.credited_tier)
    invited = partner.elite_invited_on
    performing = rules.performing_tier(
        totals=rules.Totals(
            sourced=standing.sourced,
            assisted=standing.assisted,
            managed=standing.managed,
        ),
        rulebook=rulebook,
        membership=Membership(partner.membership),
        elite_admitted=credited is Tier.ELITE
        or (invited is not None and invited <= standing.as_of),
    )
    period_days = rulebook.calendar.period(evaluation_on)
    period = [(day, checks[day].tier) for day in period_days if day in checks]
    period.append((evaluation_on, performing))
    decision = _decide(
        on=evaluation_on,
        credited=credited,
        credited_on=standing.credited_on or period_days[0],
        performing=performing,
        period=period,
        certified=certified,
        edition=edition,
    )
    decision, _facts = heeding(
        decision, on=evaluation_on, credited=credited, appeal=appeal
    )
    if partner.membership == Membership.PROVIDER:
        decision = rules.Decision(tier=Tier.NONE, cause=rules.Cause.KEPT)
    facts: dict[str, Any] = {
        "sourced": standing.sourced,
        "assisted": standing.assisted,
        "managed": standing.managed,
        "credited_on": _iso(standing.credited_on),
        "period": [[day.isoformat(), str(tier)] for day, tier in period],
        "certified": certified,
        "best": str(decision.best or Tier.NONE),
        "protected_until": _iso(decision.protected_until),
        "cure_until": _iso(decision.cure_until),
    }
    return Outlook(
        partner_id=standing.partner_id,
        as_of=standing.as_of,
        evaluation_on=evaluation_on,
        credited_tier=credited,
        performing_tier=performing,
        tier=decision.tier,
        cause=decision.cause,
        facts=facts,
        curve=[
            [day.isoformat(), check.total, check.known_at.isoformat()]
            for day, check in sorted(checks.items())
        ],
        edition_id=edition.id,
        computed_at=at,
    )


def _hold_back(
    outlooks: list[Outlook], standings: list[Standing], *, on: date, edition: Edition
) -> None:
    """Leave those their tier who would rise but are not in good standing (R5)."""
    rising = {
        outlook.partner_id: outlook
        for outlook in outlooks
        if outlook.cause == rules.Cause.UPGRADED
    }
    partners = [row.partner for row in standings if row.partner_id in rising]
    states = conditions_on(partners, on=on, rulebook=edition.rulebook)
    for partner_id, outlook in rising.items():
        held = [str(state.condition) for state in states[partner_id] if not state.met]
        if held:
            outlook.facts |= {"held": held, "reached": str(outlook.tier)}
            outlook.tier, outlook.cause = outlook.credited_tier, rules.Cause.KEPT


def _decide(
    *,
    on: date,
    credited: Tier,
    credited_on: date,
    performing: Tier,
    period: list[tuple[date, Tier]],
    certified: bool,
    edition: Edition,
) -> rules.Decision:
    """Rise first, as the check of the day does, and evaluate what is credited then."""
    rulebook = edition.rulebook
    higher = None
    if rules.is_upgrade_day(on=on, rulebook=rulebook):
        higher = rules.upgrade(
            credited=credited,
            performing=performing,
            certified=certified,
            rulebook=rulebook,
        )
    if higher is not None:
        best = max(tier for _day, tier in period)
        return rules.Decision(tier=higher, cause=rules.Cause.UPGRADED, best=best)
    return rules.evaluate(
        on=on,
        credited=credited,
        credited_on=credited_on,
        period=period,
        certified=certified,
        rulebook=rulebook,
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
