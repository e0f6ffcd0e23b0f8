"""What the next evaluation would decide: the one rehearsal, for home and for appeals.

Checks that lie behind count as they were taken, or as the ledger has them where none
was. From there it is told twice: as if today were the day of the evaluation, with today's
points, and as it will be if nothing comes, without what expires by then. The rules that
decide are those of the day itself; nothing is credited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from partners import standing_sql
from partners.models import Partner, Snapshot
from partners.receipts.conditions import conditions_on
from partners.selectors import Editions, published_editions
from partners.services.standings import credited_tiers
from partners.services.tiers.decisions import certified_partners
from program import tiers as rules
from program.rulebook import Membership, Rulebook, Tier
from program.tiers import Cause, Decision, Totals

Period = list[tuple[date, Tier]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a partner had on a check day, as known at a moment; micro-points."""

    total: int
    tier: Tier
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """Where a partner stands today: the tier it holds, since when, and its points."""

    partner: Partner
    credited: Tier
    credited_on: date | None
    totals: Totals


@dataclass(slots=True, kw_only=True)
class Rehearsed:
    """What the evaluation would decide about a partner, and from which checks.

    `decision` is that of today's points. `left_alone` is that of what is left of them on
    the day, None where it was not asked for. `held` are the conditions that keep it from
    rising to `reached` (R5).
    """

    standpoint: Standpoint
    performing: Tier
    period: Period
    checks: Mapping[date, Check]
    certified: bool
    decision: Decision
    left_alone: Decision | None
    held: list[str] = field(default_factory=list)
    reached: Tier = Tier.NONE


def rehearse_partners(
    standpoints: Sequence[Standpoint],
    *,
    on: date,
    at: datetime,
    editions: Editions,
    since: date | None = None,
    ahead: bool = False,
) -> list[Rehearsed]:
    """Rehearse the next evaluation as of a day; partners in the order of their ids.

    `since` asks for earlier checks than those of the period, `ahead` for what is decided
    if nothing comes. A few reads, whatever the number of partners.
    """
    if not standpoints:
        return []
    calendar = editions.on(on).rulebook.calendar
    evaluation_on = calendar.next_evaluation(on)
    rulebook = editions.on(evaluation_on).rulebook
    period_days = rulebook.calendar.period(evaluation_on)
    days = {*period_days, *(calendar.snapshot_days(since, on) if since else ())}
    # On a check day, today's points are that check: what was taken may be older.
    behind = sorted(day for day in days if editions.first_day <= day < on)
    ids = [each.partner.pk for each in standpoints]
    checks = _checks(behind, ids=ids, editions=editions, at=at)
    coming = [day for day in period_days if day >= on]
    future = _read(coming, ids=ids, editions=editions, at=at) if ahead else {}
    certified = certified_partners(on=on, first=ids[0], last=ids[-1])
    certified_then = (
        certified_partners(on=evaluation_on, first=ids[0], last=ids[-1])
        if ahead
        else set()
    )
    found = []
    for each in standpoints:
        pk = each.partner.pk
        performing = _performing(each, on=on, rulebook=rulebook)
        past = [(day, checks[pk][day].tier) for day in period_days if day in checks[pk]]
        period = [*past, (evaluation_on, performing)]
        left_alone = None
        if ahead:
            left = [(day, check.tier) for day, check in sorted(future[pk].items())]
            left_alone = _left_alone(
                each,
                on=evaluation_on,
                period=[*past, *left],
                certified=pk in certified_then,
                rulebook=rulebook,
            )
        found.append(
            Rehearsed(
                standpoint=each,
                performing=performing,
                period=period,
                checks=checks[pk],
                certified=pk in certified,
                decision=_decide(
                    each,
                    on=evaluation_on,
                    period=period,
                    certified=pk in certified,
                    rulebook=rulebook,
                ),
                left_alone=left_alone,
            )
        )
    _hold_back(found, on=on, rulebook=rulebook)
    return found


def rehearse_evaluation(
    *, partner: Partner, evaluation_on: date, today: date, at: datetime
) -> Decision | None:
    """Return the decision to fear: the lower of today's and of what is left alone.

    None for a provider. `evaluation_on` is the next one.
    """
    if partner.membership != Membership.PARTNER:
        return None
    editions = published_editions()
    (standing,) = standing_sql.read(
        on=today, edition=editions.on(today), first=partner.pk, last=partner.pk
    )
    credited, credited_on = credited_tiers(partner_ids=[partner.pk], on=today).get(
        partner.pk, (Tier.NONE, None)
    )
    standpoint = Standpoint(
        partner=partner,
        credited=credited,
        credited_on=credited_on,
        totals=Totals(
            sourced=standing.sourced,
            assisted=standing.assisted,
            managed=standing.managed,
        ),
    )
    (rehearsed,) = rehearse_partners(
        [standpoint], on=today, at=at, editions=editions, ahead=True
    )
    assert rehearsed.left_alone
    # Of the same tier the reason of the day itself counts.
    return min(rehearsed.left_alone, rehearsed.decision, key=lambda one: one.tier.rank)


def _checks(
    days: Sequence[date], *, ids: list[int], editions: Editions, at: datetime
) -> Mapping[int, dict[date, Check]]:
    """Return partner id → day → what was there, from the snapshots.

    Where they lack it is read from the ledger, as the evaluation does for its period.
    """
    found: dict[int, dict[date, Check]] = defaultdict(dict)
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
        found[partner_id][day] = Check(total=total, tier=Tier(tier), known_at=taken_at)
    for day in days:
        missing = [pk for pk in ids if day not in found[pk]]
        if not missing:
            continue
        read = _read([day], ids=missing, editions=editions, at=at)
        for pk in missing:
            found[pk] |= read[pk]
    return found


def _read(
    days: Sequence[date], *, ids: list[int], editions: Editions, at: datetime
) -> Mapping[int, dict[date, Check]]:
    """Return partner id → day → what the ledger has for it; a day to come as well."""
    found: dict[int, dict[date, Check]] = defaultdict(dict)
    for day in days:
        for row in standing_sql.read(
            on=day, edition=editions.on(day), first=ids[0], last=ids[-1]
        ):
            found[row.partner_id][day] = Check(
                total=row.total, tier=Tier(row.performing_tier), known_at=at
            )
    return found


def _performing(each: Standpoint, *, on: date, rulebook: Rulebook) -> Tier:
    invited = each.partner.elite_invited_on
    return rules.performing_tier(
        totals=each.totals,
        rulebook=rulebook,
        membership=Membership(each.partner.membership),
        elite_admitted=each.credited is Tier.ELITE
        or (invited is not None and invited <= on),
    )


def _decide(
    each: Standpoint, *, on: date, period: Period, certified: bool, rulebook: Rulebook
) -> Decision:
    """Rise first, as the check of the day does, and evaluate what is credited then."""
    if each.partner.membership == Membership.PROVIDER:
        return Decision(tier=Tier.NONE, cause=Cause.KEPT)
    higher = None
    if rules.is_upgrade_day(on=on, rulebook=rulebook):
        higher = rules.upgrade(
            credited=each.credited,
            performing=dict(period)[on],
            certified=certified,
            rulebook=rulebook,
        )
    if higher is not None:
        best = max(tier for _day, tier in period)
        return Decision(tier=higher, cause=Cause.UPGRADED, best=best)
    return rules.evaluate(
        on=on,
        credited=each.credited,
        credited_on=each.credited_on or period[0][0],
        period=period,
        certified=certified,
        rulebook=rulebook,
    )


def _left_alone(
    each: Standpoint, *, on: date, period: Period, certified: bool, rulebook: Rulebook
) -> Decision:
    """Decide with what is left on the day.

    A certification that has expired by then postpones a demotion by the time to renew
    it; the demotion that follows even if it is renewed is the one that counts.
    """
    decision = _decide(each, on=on, period=period, certified=certified, rulebook=rulebook)
    if decision.cause is not Cause.CERTIFICATION_EXPIRED:
        return decision
    renewed = _decide(each, on=on, period=period, certified=True, rulebook=rulebook)
    return renewed if renewed.tier < decision.tier else decision


def _hold_back(found: list[Rehearsed], *, on: date, rulebook: Rulebook) -> None:
    """Leave those their tier who would rise but are not in good standing (R5)."""
    rising = {
        each.standpoint.partner.pk: each
        for each in found
        if each.decision.cause is Cause.UPGRADED
    }
    partners = [each.standpoint.partner for each in rising.values()]
    states = conditions_on(partners, on=on, rulebook=rulebook)
    for pk, each in rising.items():
        each.held = [str(state.condition) for state in states[pk] if not state.met]
        if each.held:
            each.reached = each.decision.tier
            each.decision = Decision(
                tier=each.standpoint.credited, cause=Cause.KEPT, best=each.decision.best
            )
