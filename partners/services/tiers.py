"""The life of a tier: monthly snapshots, upgrades, evaluations, cures (3.4).

Each step is exactly once by a unique key per partner and day, and a step that was
already taken is left alone. Decisions are made by `program.tiers`; here they are given
their facts, stored with them, and carried out.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max

from partners import standing_sql
from partners.models import (
    Certification,
    Evaluation,
    MembershipChoice,
    Partner,
    Snapshot,
    TierChange,
)
from partners.selectors import Edition, edition_on
from partners.services.standings import credited_tiers, show_credited_tiers
from program import tiers as rules
from program.rulebook import Tier

ONE_DAY = timedelta(days=1)


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


class Reached(NamedTuple):
    """The tier a partner's points gave on a day, and the snapshot that says so."""

    partner_id: int
    performing: Tier
    certified: bool
    snapshot_id: int | None


@transaction.atomic
def run_check_day(
    *, on: date, at: datetime, first: int = 0, last: int = standing_sql.NO_LAST_ID
) -> CheckDay:
    """Take the snapshot of a day and, on 15 January and 15 July, evaluate.

    Raises `NotACheckDayError` on any other day than the calendar's. Cures that have ended
    are decided first, then upgrades: whoever reaches a higher tier on an evaluation day
    is evaluated with it.
    """
    refuse_other_days(on=on)
    edition = edition_on(on)
    done = CheckDay(on=on)
    done.downgraded = end_cures(on=on, at=at, first=first, last=last)
    done.snapshots = take_snapshots(on=on, at=at, first=first, last=last)
    done.upgraded = grant_upgrades(on=on, at=at, first=first, last=last)
    calendar = edition.rulebook.calendar
    if calendar.is_evaluation_day(on):
        for day in calendar.period(on)[:-1]:
            # Months before the portal went live are read from the ledger: evidence of
            # what was reached, never an upgrade.
            take_snapshots(on=day, at=at, first=first, last=last)
        done += _evaluate(on=on, at=at, first=first, last=last, edition=edition)
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
    certified = _certified(on=on, first=first, last=last)
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


@transaction.atomic
def end_cures(*, on: date, at: datetime, first: int, last: int) -> int:
    """Decide the evaluations whose time to renew a certification ended before a day.

    Each is decided as of its last day to renew and takes effect on the day after it,
    however late this runs. A tier credited since the evaluation stands: what is decided
    here is older. Returns how many tiers changed; repeating it changes none.
    """
    ended = list(
        Evaluation.objects.filter(
            partner_id__gte=first,
            partner_id__lte=last,
            cure_until__lt=on,
            cure_ended_by=None,
        ).order_by("cure_until", "partner_id")
    )
    changed = 0
    for cure_until, evaluations in groupby(ended, key=lambda each: each.cure_until):
        assert cure_until  # the filter
        certified = _certified(on=cure_until, first=first, last=last)
        decisions = [
            _after_cure(each, renewed=each.partner_id in certified, at=at)
            for each in evaluations
        ]
        changed += _carry_out(decisions, on=cure_until + ONE_DAY, at=at)
    return changed


def _after_cure(evaluation: Evaluation, *, renewed: bool, at: datetime) -> Evaluation:
    """Return the decision that ends a cure, not stored yet."""
    edition = edition_on(evaluation.on)
    facts = evaluation.facts
    decision = rules.after_cure(
        on=evaluation.on,
        credited=Tier(evaluation.credited_before),
        credited_on=date.fromisoformat(facts["credited_on"]),
        period=[(date.fromisoformat(day), Tier(tier)) for day, tier in facts["period"]],
        renewed=renewed,
        rulebook=edition.rulebook,
    )
    since = TierChange.objects.filter(
        partner_id=evaluation.partner_id, on__gt=evaluation.on
    ).order_by("-on", "-id")
    if newest := since.first():
        decision = replace(decision, tier=Tier(newest.tier), cause=rules.Cause.KEPT)
    assert evaluation.cure_until
    return _stored(
        partner_id=evaluation.partner_id,
        on=evaluation.cure_until + ONE_DAY,
        at=at,
        credited=Tier(newest.tier if newest else evaluation.credited_before),
        decision=decision,
        facts={**facts, "renewed": renewed},
        edition=edition,
        ends_cure_of=evaluation,
    )


@transaction.atomic
def grant_upgrades(*, on: date, at: datetime, first: int, last: int) -> int:
    """Credit what a day's points give where it is higher than the credited tier.

    Only on the days the edition's upgrade schedule names (3.4): those of the monthly
    snapshot as a rule. Days before a partner's last tier change or evaluation are history
    and never touched. Returns the number of upgrades; repeating it grants nothing.
    """
    edition = edition_on(on)
    if not rules.is_upgrade_day(on=on, rulebook=edition.rulebook):
        return 0
    decided_later = _decided_after(on=on, first=first, last=last)
    reached = [
        each
        for each in _reached(on=on, first=first, last=last, edition=edition)
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
    _credit(changes)
    return len(changes)


def _reached(*, on: date, first: int, last: int, edition: Edition) -> Iterator[Reached]:
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
    certified_ids = _certified(on=on, first=first, last=last)
    for row in standing_sql.read(on=on, edition=edition, first=first, last=last):
        yield Reached(
            row.partner_id,
            Tier(row.performing_tier),
            row.partner_id in certified_ids,
            None,
        )


def _evaluate(
    *, on: date, at: datetime, first: int, last: int, edition: Edition
) -> CheckDay:
    """Decide for each partner that has no evaluation of the day yet; not providers."""
    decided = _decided_after(on=on, first=first, last=last)
    decided |= set(
        Evaluation.objects.filter(
            on=on, partner_id__gte=first, partner_id__lte=last
        ).values_list("partner_id", flat=True)
    )
    partner_ids = [
        pk
        for pk in Partner.objects.filter(
            pk__range=(first, last), membership=MembershipChoice.PARTNER
        )
        .order_by("pk")
        .values_list("pk", flat=True)
        if pk not in decided
    ]
    period_days = edition.rulebook.calendar.period(on)
    reached: dict[int, list[tuple[date, Tier]]] = defaultdict(list)
    for pk, day, tier in (
        Snapshot.objects.filter(
            partner_id__gte=first, partner_id__lte=last, on__in=period_days
        )
        .order_by("on")
        .values_list("partner_id", "on", "performing_tier")
    ):
        reached[pk].append((day, Tier(tier)))
    credited = credited_tiers(partner_ids=partner_ids, on=on)
    certified = _certified(on=on, first=first, last=last)
    evaluations = []
    for pk in partner_ids:
        tier, credited_on = credited.get(pk, (Tier.NONE, period_days[0]))
        decision = rules.evaluate(
            on=on,
            credited=Tier(tier),
            credited_on=credited_on,
            period=reached[pk],
            certified=pk in certified,
            rulebook=edition.rulebook,
        )
        facts = {
            "credited_on": credited_on.isoformat(),
            "period": [[day.isoformat(), str(best)] for day, best in reached[pk]],
            "certified": pk in certified,
        }
        evaluations.append(
            _stored(
                partner_id=pk, on=on, at=at, credited=Tier(tier), decision=decision,
                facts=facts, edition=edition,
            )
        )  # fmt: skip
    downgraded = _carry_out(evaluations, on=on, at=at)
    return CheckDay(on=on, evaluated=len(evaluations), downgraded=downgraded)


def _stored(
    *,
    partner_id: int,
    on: date,
    at: datetime,
    credited: Tier,
    decision: rules.Decision,
    facts: dict[str, Any],
    edition: Edition,
    ends_cure_of: Evaluation | None = None,
) -> Evaluation:
    canonical = json.dumps(
        {"edition": edition.code, "partner": partner_id, **facts}, sort_keys=True
    )
    return Evaluation(
        partner_id=partner_id,
        on=on,
        credited_before=credited,
        tier=decision.tier,
        cause=decision.cause,
        best_tier=decision.best or Tier.NONE,
        protected_until=decision.protected_until,
        cure_until=decision.cure_until,
        ends_cure_of=ends_cure_of,
        facts=facts,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        edition_id=edition.id,
        decided_at=at,
    )


def _carry_out(evaluations: list[Evaluation], *, on: date, at: datetime) -> int:
    """Store decisions and credit what they change; return how many tiers changed."""
    stored = Evaluation.objects.bulk_create(evaluations, batch_size=2_000)
    changes = [
        TierChange(
            partner_id=evaluation.partner_id,
            on=on,
            tier=evaluation.tier,
            cause=(
                TierChange.Cause.CERTIFICATION_LOST
                if evaluation.cause == Evaluation.Cause.CERTIFICATION_LOST
                else TierChange.Cause.DOWNGRADED
            ),
            evaluation=evaluation,
            recorded_at=at,
        )
        for evaluation in stored
        if evaluation.tier != evaluation.credited_before
    ]
    _credit(changes)
    return len(changes)


def _credit(changes: list[TierChange]) -> None:
    TierChange.objects.bulk_create(changes, batch_size=2_000)
    newest = max((change.on for change in changes), default=None)
    if newest is not None:
        show_credited_tiers(
            partner_ids=[change.partner_id for change in changes], on=newest
        )


def _certified(*, on: date, first: int, last: int) -> set[int]:
    """Return the partners with a valid Solutions Partner Certification on a day (R8)."""
    return set(
        Certification.objects.solutions_partner_on(on)
        .filter(person__partner_id__gte=first, person__partner_id__lte=last)
        .values_list("person__partner_id", flat=True)
    )


def _decided_after(*, on: date, first: int, last: int) -> set[int]:
    """Return the partners whose tier was changed or evaluated after a day."""
    later: set[int] = set()
    for model in (TierChange, Evaluation):
        later |= set(
            model.objects.filter(partner_id__gte=first, partner_id__lte=last, on__gt=on)
            .values("partner_id")
            .annotate(newest=Max("on"))
            .values_list("partner_id", flat=True)
        )
    return later
